"""One conversation by gRPC's server reflection protocol, and what a server's refusals mean to a probe.

The messages are those of `grpc/reflection/v1/reflection.proto` as far as they are used; `v1alpha` has the same ones.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

from probes.answers import refuse_by_status
from probes.errors import ProbeError, Refused, Spent, Unfit, Unreachable
from probes.probe import Answer

if TYPE_CHECKING:
    import grpc.aio

IN_A_THREAD = 256 * 1024
"""From this many bytes on, what came is taken apart outside the loop."""

PACKAGES = ("grpc.reflection.v1", "grpc.reflection.v1alpha")
"""The protocol, newest first."""

_MESSAGES = """
syntax = "proto3";
message Question { oneof about { string file = 3; string symbol = 4; string services = 7; } }
message Answer { oneof with { Files files = 4; Services services = 6; Failure failure = 7; } }
message Files { repeated bytes file = 1; }
message Services { repeated Service service = 1; }
message Service { string name = 1; }
message Failure { int32 code = 1; }
"""

_HOLD = timedelta(minutes=15)
"""For a spent budget where the server does not say how long."""

_LONGEST_WAIT = timedelta(days=7)

_BY_HTTP = re.compile(r"Received http2 header with status: (\d{3})\b")
"""How the library words an answer by something that does not speak gRPC, a proxy mostly."""

_GARBLED = ("Stream removed", "No status received")
"""How it words, under a code of its own choice, that the other side broke the protocol."""

_TOO_LARGE = ("message larger than max", "metadata size exceeds")

_OF_TLS = {
    "CERTIFICATE_VERIFY_FAILED": "its TLS certificate is not trusted",
    "Hostname Verification Check failed": "its TLS certificate is for another name",
    "WRONG_VERSION_NUMBER": "it does not speak TLS; is it `grpc://` what you mean?",
    "http1.x server": "it speaks HTTP/1.1, and gRPC needs HTTP/2",
    "security handshaker": "the certificate authorities given for it are not in PEM form",
    "andshake": "the TLS handshake failed",
    "Connection refused": "no connection: connection refused",
}
"""What a failed connection's text holds, to our own words for it; the first that is found counts."""


class NotFound(Exception):
    """The server does not know the file or the symbol."""


class Unimplemented(Exception):
    """The server does not offer this version of the protocol. `error` is what it is to a probe if it offers no other."""

    def __init__(self, error: ProbeError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(slots=True, kw_only=True)
class Conversation:
    """Questions to one server, each a call of its own on one connection.

    The protocol would allow all of them in one call. But in that form the library loses the status of a server that
    ends it while we write (its text is "Internal error from Core" then), and that status is what a probe is about.
    """

    channel: grpc.aio.Channel
    package: str
    where: str
    metadata: tuple[tuple[str, str], ...]
    max_bytes: int
    seconds: float
    received: int = 0

    async def services(self, at_most: int) -> Sequence[str]:
        """The full names of all services, as listed. Raises `NotFound`, `Unimplemented` and `ProbeError`."""
        listed = self._kind(await self._ask(services="*"), "services").services.service
        if len(listed) > at_most:
            text = f"{self.where} lists {len(listed):,} services, more than the {at_most:,} files allowed"
            raise Unfit(f"{text}; name what you use under `services`, or raise `max_files`")
        return [each.name for each in listed]

    async def files(self, *, symbol: str = "", file: str = "") -> Sequence[bytes]:
        """The serialized file that defines `symbol`, or that is called `file`, with any of its imports. Raises `NotFound`,
        `Unimplemented` and `ProbeError`."""
        answer = await self._ask(**({"symbol": symbol} if symbol else {"file": file}))
        return list(self._kind(answer, "files").files.file)

    async def _ask(self, **question: str) -> Any:
        import grpc.aio
        from google.protobuf.message import DecodeError

        ask = self.channel.unary_stream(f"/{self.package}.ServerReflection/ServerReflectionInfo", bytes, bytes)
        sent = _messages()["Question"](**question).SerializeToString()
        call = ask(sent, metadata=self.metadata, timeout=self.seconds)
        try:
            raw = await call.read()
        except grpc.aio.AioRpcError as error:
            told: Any = error.trailing_metadata()
            trailing = {str(name): str(value) for name, value in told or ()}
            raise self._failure(error.code().name, error.details() or "", trailing) from None
        finally:
            call.cancel()
        if not isinstance(raw, bytes):
            raise Unfit(f"{self.where} ended the call before it had answered")
        self.received += len(raw)
        if self.received > self.max_bytes:
            raise Unfit(f"{self.where} sent more than the {self.max_bytes:,} bytes allowed for this target")
        read = _messages()["Answer"].FromString
        try:
            return await asyncio.to_thread(read, raw) if len(raw) >= IN_A_THREAD else read(raw)
        except DecodeError:
            raise Unfit(f"{self.where} answered with something that is no message of the reflection protocol") from None

    def _kind(self, answer: Any, wanted: str) -> Any:
        given = answer.WhichOneof("with")
        if given == "failure":
            raise self._failure(_code(answer.failure.code), "", {})
        if given != wanted:
            raise Unfit(f"{self.where} answered something else than what it was asked")
        return answer

    def _failure(self, code: str, details: str, trailing: dict[str, str]) -> Exception:
        """What a status means. `details` is the library's or the server's free text: it is searched and never shown."""
        wait = _wait(trailing)
        by_http = _BY_HTTP.match(details)
        error = self._by_status(int(by_http[1]), wait) if by_http else self._by_code(code, details, wait)
        if code == "UNIMPLEMENTED":
            return Unimplemented(error)
        return NotFound() if code == "NOT_FOUND" else error

    def _by_status(self, status: int, wait: timedelta | None) -> ProbeError:
        answer = Answer(status=status, headers=httpx.Headers(), body=b"", url=f"https://{self.where}", retry_after=wait)
        try:
            refuse_by_status(answer)
        except ProbeError as error:
            return error
        return Unfit(f"{self.where} answered {status} without gRPC")

    def _by_code(self, code: str, details: str, wait: timedelta | None) -> ProbeError:
        said = f"{self.where} answered {code}"
        if details.startswith(_GARBLED) and code in ("UNKNOWN", "INTERNAL", "RESOURCE_EXHAUSTED"):
            if any(words in details for words in _TOO_LARGE):
                return Unfit(f"{self.where} sent more than the {self.max_bytes:,} bytes allowed for this target")
            return Unfit(f"{self.where} answered with something that is not gRPC")
        match code:
            case "UNAUTHENTICATED" | "PERMISSION_DENIED":
                return Refused(f"{said}: it does not accept our credentials; check `auth`, `headers` and their rights")
            case "RESOURCE_EXHAUSTED":
                return Spent(f"{said}: a budget is spent there; asking again later", hold=wait or _HOLD)
            case "UNAVAILABLE":
                cause = next((ours for words, ours in _OF_TLS.items() if words in details), "it is not available")
                return Unreachable(f"{self.where}: {cause}", retry_after=wait)
            case "DEADLINE_EXCEEDED":
                return Unreachable(f"{self.where}: no whole answer within {self.seconds:g} s")
            case "UNKNOWN" | "INTERNAL" | "ABORTED" | "CANCELLED":
                return Unreachable(said, retry_after=wait)
            case "UNIMPLEMENTED":
                text = f"{self.where} has reflection switched off"
                return Unfit(f"{text}; watch a descriptor set by its URL instead: `kind: http` with `format: protobuf`")
            case _:
                return Unfit(f"{said} where its descriptors were expected")


def _code(number: int) -> str:
    import grpc

    return next((each.name for each in grpc.StatusCode if each.value[0] == number), f"error {number}")


def _wait(trailing: dict[str, str]) -> timedelta | None:
    """How long the server wants to be left alone; None if it does not say. A negative push-back means no retry at once,
    and we make none anyway."""
    for name, unit in (("grpc-retry-pushback-ms", timedelta(milliseconds=1)), ("retry-after", timedelta(seconds=1))):
        text = trailing.get(name, "")
        if text.isascii() and text.isdigit() and len(text) <= 12:
            return min(int(text) * unit, _LONGEST_WAIT)
    return None


@cache
def _messages() -> dict[str, Any]:
    """The message classes, made on first use: loading what makes them takes longer than starting most commands."""
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass

    from schemas.protobuf.parser import parse

    file, _ = parse(_MESSAGES)
    file.name = "reflection.proto"
    pool = DescriptorPool()
    pool.Add(file)
    return {each.name: GetMessageClass(pool.FindMessageTypeByName(each.name)) for each in file.message_type}
