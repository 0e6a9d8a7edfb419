"""A body as it comes off the wire, unpacked by us, so that none can grow over what we allow, packed or unpacked."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import Any

from probes.errors import Unfit

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, zstd"
"""What we ask for in Accept-Encoding, and all we unpack."""

_RATIO = 250
_RATIO_FROM = 1024 * 1024
"""From this many unpacked bytes on, a body may be at most `_RATIO` times what came over the wire. Real descriptions
pack 10 to 40 times; a gzip bomb 1,000 times, a zstd bomb far more."""

_STEP = 1024 * 1024
"""Bytes unpacked between two looks at the caps."""

_WINDOW_LOG = 23
"""8 MB, the window RFC 9659 allows over HTTP: a larger one is somebody asking for our memory."""


class Plain:
    """No packing: what comes is what there is."""

    complete = True

    def unpack(self, data: bytes) -> Iterator[bytes]:
        yield data


class Deflated:
    """gzip, or deflate in both its forms: with a zlib head, and raw as some servers send it."""

    def __init__(self, coding: str) -> None:
        self._wbits: int | None = zlib.MAX_WBITS | 16 if coding == "gzip" else None
        self._inner: Any = None

    @property
    def complete(self) -> bool:
        return self._inner is None or bool(self._inner.eof)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inner is None or self._inner.eof:
                if not data.strip(b"\0"):  # padding after the last member is allowed
                    return
                if self._wbits is None:
                    self._wbits = zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS
                self._inner = zlib.decompressobj(self._wbits)
            piece = self._inner.decompress(data, _STEP)
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            yield piece
            if not data and len(piece) < _STEP:
                return


class Zstandard:
    """One zstd frame after the other."""

    def __init__(self) -> None:
        self._inner: Any = None

    @property
    def complete(self) -> bool:
        return self._inner is None or bool(self._inner.eof)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inner is None or self._inner.eof:
                if not data:
                    return
                self._inner = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})
            piece = self._inner.decompress(data, max_length=_STEP)
            data = self._inner.unused_data if self._inner.eof else b""
            yield piece
            if not data and (self._inner.eof or self._inner.needs_input):
                return


class Body:
    """Collects one body. `host` is for the error texts; `coding` is the Content-Encoding as sent; `max_bytes` caps both
    what comes over the wire and what it unpacks to. Every method may raise `Unfit`."""

    def __init__(self, host: str, coding: str, max_bytes: int) -> None:
        self._host = host
        self._max_bytes = max_bytes
        self._wire = 0
        self._size = 0
        self._pieces: list[bytes] = []
        self._coding = coding.strip().lower()
        self._unpacker = self._unpacker_for(self._coding)

    def _unpacker_for(self, coding: str) -> Plain | Deflated | Zstandard:
        if coding in ("", "identity"):
            return Plain()
        if coding in ("gzip", "x-gzip", "deflate"):
            return Deflated(coding.removeprefix("x-"))
        if coding == "zstd":
            return Zstandard()
        raise Unfit(f"{self._host} packed the body as {coding[:40]!r}, which was not asked for (we take {ACCEPTED})")

    def feed(self, data: bytes) -> None:
        """Take the next bytes off the wire."""
        self._wire += len(data)
        if self._wire > self._max_bytes:
            raise Unfit(f"{self._host} sent more than the {_size(self._max_bytes)} allowed for this target")
        try:
            for piece in self._unpacker.unpack(data):
                self._pieces.append(piece)
                self._size += len(piece)
                if self._size > self._max_bytes:
                    raise Unfit(f"{self._host} sent a body that unpacks to more than the {_size(self._max_bytes)} allowed")
                if self._size > _RATIO_FROM and self._size > _RATIO * self._wire:
                    raise Unfit(f"{self._host} sent a body that unpacks to over {_RATIO} times its size, as a bomb does")
        except (zlib.error, zstd.ZstdError) as error:
            raise Unfit(f"{self._host} sent a body that is not the {self._coding} it is said to be") from error

    def whole(self) -> bytes:
        """The unpacked body; raises `Unfit` when the packing has not come to its end."""
        if not self._unpacker.complete:
            raise Unfit(f"{self._host} sent a {self._coding} body that is cut short")
        return b"".join(self._pieces)

    def so_far(self) -> bytes:
        """What has been unpacked until now, for the body of an error answer, of which a beginning is enough."""
        return b"".join(self._pieces)


def _size(count: int) -> str:
    return f"{count // (1024 * 1024)} MB" if count >= 1024 * 1024 else f"{count} bytes"
