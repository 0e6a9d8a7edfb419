"""Whom TLS trusts: what the operating system trusts, and the authorities of the configuration."""

from __future__ import annotations

import ssl
import sys
from functools import cache
from pathlib import Path

import truststore

_ASKED_EACH_TIME = sys.platform in ("darwin", "win32")
"""Where the system itself judges a chain of certificates, and its answer may change while we run."""


@cache
def trust(authority: Path | None) -> ssl.SSLContext:
    """For any number of clients. `authority` is a further file of authorities in PEM form; OSError where it is none.

    Elsewhere than on macOS and Windows the system's trust is a file, read here, once: read at every connection, as truststore
    does, it keeps everything else waiting for 20 ms. Truststore is left where Python itself knows of no such file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not _ASKED_EACH_TIME:
        context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"]:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority is not None:
        context.load_verify_locations(cafile=str(authority))
    return context
