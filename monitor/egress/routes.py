"""Where a connection that is not ours to make may lead: addresses checked beforehand, and the authorities we trust."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.clock import Clock
from monitor.egress.addresses import Address, literal, refused_because
from monitor.egress.names import Resolver
from probes.errors import Forbidden, Unreachable
from probes.probe import Route

_HASHED = re.compile(r"[0-9a-f]{8}\.\d")
"""How OpenSSL names the files of a folder of authorities."""

_BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep theirs if OpenSSL was built to look elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scout:
    """Finds the way to a host. `authority` is our own file of certificate authorities beside the system's."""

    names: Resolver
    clock: Clock
    authority: Path | None
    agent: str

    async def route(self, host: str, port: int, *, shown: str, deadline: timedelta, private: bool) -> Route:
        """Within `deadline`; `shown` names the host in errors. Raises `Unreachable` or `Forbidden`."""
        begun = self.clock.monotonic()
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                addresses = await self._allowed(host, port, shown=shown, private=private)
                authorities = await asyncio.to_thread(_trusted, self.authority)
        except TimeoutError:
            raise Unreachable(f"{shown}: its name was not looked up within {deadline.total_seconds():g} s") from None
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            raise Unreachable(f"{shown}: this machine's certificate authorities cannot be read ({why})") from None
        left = deadline - timedelta(seconds=self.clock.monotonic() - begun)
        return Route(addresses=addresses, authorities=authorities, left=left, agent=self.agent)

    async def _allowed(self, host: str, port: int, *, shown: str, private: bool) -> tuple[str, ...]:
        """The addresses of `host` that the policy allows, in the system's order, at least one."""
        spelled = literal(host)
        try:
            found = [spelled] if spelled is not None else await self._looked_up(host, port)
        except (OSError, UnicodeError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise Unreachable(f"{shown}: the name does not resolve") from None
        refused = [because for each in found if (because := refused_because(each, private=private)) is not None]
        allowed = tuple(str(each) for each in found if refused_because(each, private=private) is None)
        if refused and not allowed:
            raise Forbidden(f"{shown} {refused[0]}")
        if not allowed:
            raise Unreachable(f"{shown}: the name does not resolve")
        return allowed

    async def _looked_up(self, host: str, port: int) -> list[Address]:
        return [found for each in await self.names.resolve(host, port) if (found := literal(each["host"])) is not None]


def _trusted(own: Path | None) -> bytes | None:
    """The system's certificate authorities and our `own`, PEM, for a library that does not ask the system itself.

    None where the system keeps them in no file: the library's own are meant then. Raises OSError.
    """
    system = _system_authorities()
    if own is None:
        return system
    return (system or b"") + b"\n" + own.read_bytes()


def _system_authorities() -> bytes | None:
    paths = ssl.get_default_verify_paths()
    files = [Path(paths.cafile)] if paths.cafile else []
    if not files and paths.capath:
        files = sorted(each for each in Path(paths.capath).iterdir() if _HASHED.fullmatch(each.name))
    files = files or [path for each in _BUNDLES if (path := Path(each)).is_file()][:1]
    return b"\n".join(each.read_bytes() for each in files) or None
