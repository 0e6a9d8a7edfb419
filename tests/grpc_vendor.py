"""A vendor that speaks gRPC: a real server with reflection, honest or not, and a line before it that can misbehave below gRPC."""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import grpc
import grpc.aio
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_reflection.v1alpha import reflection_pb2 as wire
from grpc_tools import protoc

from monitor.demo.vendor import Asked, Misbehave, Reply, Vendor

Said = wire.ServerReflectionResponse
Twist = Callable[[wire.ServerReflectionRequest], Said | None]


def described(files: Mapping[str, str]) -> dict[str, FileDescriptorProto]:
    """What the real compiler makes of `.proto` files, with all they import, by name."""
    with tempfile.TemporaryDirectory() as written:
        folder = Path(written)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        common = Path(protoc.__file__).parent / "_proto"
        made = folder / "all.binpb"
        words = ["protoc", f"-I{folder}", f"-I{common}", "--include_imports", f"--descriptor_set_out={made}", *files]
        assert protoc.main(words) == 0
        found = FileDescriptorSet.FromString(made.read_bytes())
    return {file.name: file for file in found.file}


def files_answer(files: Iterable[FileDescriptorProto]) -> Said:
    """An answer that holds these files."""
    raw = [file.SerializeToString() for file in files]
    return Said(file_descriptor_response=wire.FileDescriptorResponse(file_descriptor_proto=raw))


def error_answer(code: grpc.StatusCode) -> Said:
    """An answer that is an error, within a call that goes well."""
    return Said(error_response=wire.ErrorResponse(error_code=code.value[0], error_message="s3cret words of the server's own"))


@dataclass(slots=True, kw_only=True)
class Reflecting:
    """A server that tells of `files`, in the `offered` versions of the protocol.

    `listed` are the services it lists, None for all it has; `whole` answers come with everything they import. `required`
    is the metadata without which nobody is told anything. `twist` may give another answer than the honest one.
    """

    files: dict[str, FileDescriptorProto] = field(default_factory=dict)
    offered: tuple[str, ...] = ("v1", "v1alpha")
    listed: tuple[str, ...] | None = None
    whole: bool = False
    required: Mapping[str, str] = field(default_factory=dict)
    refusal: tuple[grpc.StatusCode, Mapping[str, str]] | None = None
    twist: Twist | None = None
    asked: list[tuple[str, wire.ServerReflectionRequest]] = field(default_factory=list)

    @asynccontextmanager
    async def up(self, credentials: grpc.ServerCredentials | None = None) -> AsyncIterator[int]:
        """Serve on 127.0.0.1 while the block runs; gives the port."""
        server = grpc.aio.server()
        for version in self.offered:
            server.add_generic_rpc_handlers((self._handler(version),))
        place = "127.0.0.1:0"
        port = server.add_secure_port(place, credentials) if credentials else server.add_insecure_port(place)
        await server.start()
        try:
            yield port
        finally:
            await server.stop(None)

    def _handler(self, version: str) -> grpc.GenericRpcHandler:
        async def told(
            questions: AsyncIterator[wire.ServerReflectionRequest], context: grpc.aio.ServicerContext
        ) -> AsyncIterator[Said]:
            sent = {str(name): str(value) for name, value in context.invocation_metadata() or ()}
            if not self.required.items() <= sent.items():
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
            if self.refusal is not None:
                await context.abort(self.refusal[0], "s3cret words of the server's own", tuple(self.refusal[1].items()))
            async for question in questions:
                self.asked.append((version, question))
                twisted = self.twist(question) if self.twist is not None else None
                yield twisted if twisted is not None else self._answer(question)

        serving = grpc.stream_stream_rpc_method_handler(told, wire.ServerReflectionRequest.FromString, Said.SerializeToString)
        return grpc.method_handlers_generic_handler(
            f"grpc.reflection.{version}.ServerReflection", {"ServerReflectionInfo": serving}
        )

    def _answer(self, question: wire.ServerReflectionRequest) -> Said:
        defined = {f"{file.package}.{service.name}": file for file in self.files.values() for service in file.service}
        if question.WhichOneof("message_request") == "list_services":
            own = [f"grpc.reflection.{version}.ServerReflection" for version in self.offered]
            names = [*own, *defined] if self.listed is None else self.listed
            listed = [wire.ServiceResponse(name=name) for name in names]
            return Said(list_services_response=wire.ListServiceResponse(service=listed))
        found = self.files.get(question.file_by_filename) or defined.get(question.file_containing_symbol)
        if found is None:
            return error_answer(grpc.StatusCode.NOT_FOUND)
        return files_answer(self.files.values() if self.whole else [found])


def _frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    return len(body).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + body


def _headers(stream: int, pairs: Mapping[str, str], *, end: bool = False) -> bytes:
    coded = b"".join(b"\0" + bytes((len(each),)) + each.encode() + bytes((len(v),)) + v.encode() for each, v in pairs.items())
    return _frame(1, 5 if end else 4, stream, coded)


def _message(stream: int, body: bytes, *, packed: int = 0, announced: int | None = None) -> bytes:
    return _frame(0, 0, stream, bytes((packed,)) + (len(body) if announced is None else announced).to_bytes(4) + body)


_OK = {":status": "200", "content-type": "application/grpc"}

AS_GRPC = {401: 16, 403: 7, 429: 14, 500: 13, 503: 14}
"""An HTTP status, as a server says the same by gRPC."""


def _reply(stream: int, said: Reply, statuses: Mapping[int, int]) -> bytes:
    if said.status in statuses:
        return _headers(stream, {**_OK, "grpc-status": str(statuses[said.status]), **said.headers}, end=True)
    return _headers(stream, {":status": str(said.status), **said.headers}, end=True)


def _wrong(stream: int, how: Misbehave) -> bytes:
    """All that is ever sent on a stream."""
    ended = _headers(stream, {"grpc-status": "0"}, end=True)
    match how:
        case Misbehave.TRUNCATE:
            return _headers(stream, _OK) + _message(stream, b"\x22\x7f half a message") + ended
        case Misbehave.CUT_GZIP:
            packed = gzip.compress(bytes(4096))
            return (
                _headers(stream, {**_OK, "grpc-encoding": "gzip"})
                + _message(stream, packed[: len(packed) // 2], packed=1)
                + ended
            )
        case Misbehave.GZIP_BOMB:
            packed = gzip.compress(bytes(8 * 1024 * 1024))
            return _headers(stream, {**_OK, "grpc-encoding": "gzip"}) + _message(stream, packed, packed=1)
        case Misbehave.NOT_GZIP:
            return _headers(stream, {**_OK, "grpc-encoding": "gzip"}) + _message(stream, b"nothing packed", packed=1) + ended
        case Misbehave.UNASKED_ENCODING:
            return _headers(stream, {**_OK, "grpc-encoding": "br"}) + _message(stream, b"\x0b\x02\x80{}\x03", packed=1) + ended
        case Misbehave.ENDLESS | Misbehave.ANNOUNCE_HUGE:
            return _headers(stream, _OK) + _message(stream, b"the beginning", announced=500 * 1024 * 1024)
        case Misbehave.LOGIN_PAGE:
            page = _frame(0, 1, stream, b"<!DOCTYPE html><html><form>Please sign in</form></html>")
            return _headers(stream, {":status": "200", "content-type": "text/html"}) + page
        case Misbehave.EMPTY:
            return _headers(stream, _OK, end=True)
        case Misbehave.NOT_MODIFIED:
            return _headers(stream, {":status": "304"}, end=True)
        case _:
            return b""


class Line:
    """What stands before a server: passes each connection on to `port`, unless `vendor` has something else in mind for it
    at `path`, which is then done to every call of that connection. A status is sent as a proxy does, unless `statuses` has
    what gRPC calls it."""

    def __init__(self, vendor: Vendor, path: str, port: int, statuses: Mapping[int, int] = MappingProxyType({})) -> None:
        self._vendor = vendor
        self._statuses = statuses
        self._path = path
        self._port = port
        self.passed_on = bytearray()
        """What the clients have sent to the server, of all connections."""

    @asynccontextmanager
    async def up(self) -> AsyncIterator[int]:
        """Listen on 127.0.0.1 while the block runs; gives the port."""
        connections: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            # A connection that is cut off is what half of the tests are about.
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                await self._connection(reader, writer)
            writer.close()
            connections.discard(task)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wrong = await self._vendor.hear(Asked(method="POST", path=self._path, query="", headers={}, body=b""))
        if wrong is not None:
            await _misbehave(wrong, reader, writer, self._statuses)
            return
        behind, before = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await asyncio.gather(_copy(reader, before, self.passed_on), _copy(behind, writer, bytearray()))
        finally:
            before.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray) -> None:
    while data := await reader.read(65536):
        seen += data
        writer.write(data)
        await writer.drain()
    writer.close()


async def _misbehave(
    how: Misbehave | Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, statuses: Mapping[int, int]
) -> None:
    """HTTP/2 by hand, as far as a client insists on it before its calls go wrong."""
    await reader.readexactly(24)
    writer.write(_frame(4, 0, 0))
    while True:
        head = await reader.readexactly(9)
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9])
        body = await reader.readexactly(int.from_bytes(head[:3]))
        if kind == 4 and not flags & 1:
            writer.write(_frame(4, 1, 0))
        elif kind == 6 and not flags & 1:
            writer.write(_frame(6, 1, 0, body))
        elif kind == 1 and isinstance(how, Reply):
            writer.write(_reply(stream, how, statuses))
        elif kind == 1 and how is Misbehave.HANG_UP:
            return
        elif kind == 1 and how is Misbehave.DRIP:
            writer.write(_headers(stream, _OK) + _message(stream, b"", announced=60_000))
            while not writer.is_closing():
                writer.write(_frame(0, 0, stream, b" "))
                await asyncio.sleep(0.02)
        elif kind == 1 and how is not Misbehave.HANG:
            writer.write(_wrong(stream, how))
