"""A gRPC server by its reflection: the descriptors of its services with all they import."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import httpx
from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from probes.block import MEGABYTE, Auth, Block, Headers, Size, secret_headers
from probes.descriptors import Gathered, shown
from probes.errors import Unfit, Unreachable, Withdrawn
from probes.probe import Fetched, Probe, Route, Served, Tools
from probes.reflection import IN_A_THREAD, PACKAGES, Conversation, NotFound, Unimplemented
from schemas.document import Document

if TYPE_CHECKING:
    import grpc.aio

_OF_ITS_OWN = frozenset({*(f"{package}.ServerReflection" for package in PACKAGES), "grpc.health.v1.Health"})
"""Services that every server has for its keepers; they are watched only where they are named."""

_RESERVED = frozenset({"content-type", "te", "user-agent"})  # codespell:ignore te


def _address(value: str) -> str:
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, UnicodeError, TypeError):
        raise ValueError("not a valid address; give one like grpcs://api.example.com") from None
    if url.scheme not in ("grpc", "grpcs") or not url.host:
        raise ValueError("not a grpcs:// (TLS) or grpc:// (plaintext) address; give one like grpcs://api.example.com:443")
    if url.userinfo or url.path not in ("", "/") or url.query or url.fragment:
        raise ValueError("an address is a host and a port alone; credentials go into `auth`, services into `services`")
    if url.scheme == "grpc" and url.port is None:
        raise ValueError("a plaintext address needs its port: grpc://api.internal:50051")
    return value


GrpcAddress = Annotated[str, AfterValidator(_address)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=500)]


class GrpcProbe(Block):
    """`kind: grpc`. Asks for what the server lists, or what `services` names. The document is a set of descriptors in a fixed
    order, so that equal schemas are equal bytes. Where reflection is off, watch a descriptor set by its URL instead:
    `kind: http` with `format: protobuf`."""

    kind: Literal["grpc"] = "grpc"
    url: GrpcAddress = Field(description="`grpcs://host` or `grpcs://host:port` over TLS; `grpc://host:port` is plaintext")
    services: tuple[ServiceName, ...] = Field(
        default=(), description="full names, such as `acme.orders.v1.Orders`; default: all it lists but reflection and health"
    )
    headers: Headers = Field(default_factory=dict, description="sent as metadata; values may be env: or file: references")
    auth: Auth | None = None
    ca_file: Path | None = Field(default=None, description="PEM file of the authorities to trust in place of the system's")
    max_bytes: Size = Field(default=16 * MEGABYTE, description="bytes, of all answers together")
    max_files: int = Field(default=2000, ge=1, le=20_000, description="files that the server describes itself in")
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for the whole conversation")
    private: bool = Field(default=False, description="allow loopback and private networks")

    @field_validator("headers")
    @classmethod
    def _metadata(cls, headers: Headers) -> Headers:
        for name in headers:
            if name.lower().startswith("grpc-") or name.lower() in _RESERVED:
                raise ValueError(f"the header {name} is set by gRPC itself")
            if name.lower().endswith("-bin"):
                raise ValueError(f"the header {name} would hold bytes by its name, and only text is sent")
        return headers

    @field_validator("ca_file")
    @classmethod
    def _exists(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"{path} is no file: ca_file is a PEM file of certificate authorities")
        return path

    @model_validator(mode="after")
    def _no_secret_in_the_clear(self) -> Self:
        if self.url.startswith("grpc:") and not self.private and (self.auth or self.headers):
            raise ValueError(
                "credentials would cross the network in plaintext; use grpcs://, or `private: true` on your own network"
            )
        return self

    def expand(self) -> Sequence[tuple[str, Probe]]:
        return (("", self),)

    def format(self) -> str | None:
        return "protobuf"

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """The whole description, each time; raises `probes.errors`."""
        url = httpx.URL(self.url)
        host, port = url.raw_host.decode("ascii"), url.port or 443
        where = url.netloc.decode("ascii")
        async with tools.http.route(host.strip("[]"), port, deadline=self.deadline, private=self.private) as route:
            try:
                async with asyncio.timeout(route.left.total_seconds()), self._channel(route, port, where) as channel:
                    content = await self._described(channel, tools, where)
            except TimeoutError:
                raise Unreachable(f"{where}: no whole answer within {self.deadline.total_seconds():g} s") from None
        return Served(document=Document(content=content, source=f"{url.scheme}://{where}", media_type="application/protobuf"))

    @asynccontextmanager
    async def _channel(self, route: Route, port: int, authority: str) -> AsyncIterator[grpc.aio.Channel]:
        """A connection to one of the checked addresses. By `authority` the server picks whom it is for, and its certificate
        is held against it."""
        # Otherwise the library writes lines of its own to standard error, with words of the server's in them.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # noqa: TID251 - because it is the library's only switch for it
        await asyncio.to_thread(importlib.import_module, "grpc.aio")  # takes a tenth of a second, once
        import grpc.aio

        options = [
            ("grpc.default_authority", authority),
            ("grpc.primary_user_agent", route.agent),
            ("grpc.enable_http_proxy", 0),  # the environment's, which would look the name up once more
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.enable_retries", 0),
            ("grpc.use_local_subchannel_pool", 1),  # no back-off of an earlier probe, no connection of another target
            ("grpc.max_receive_message_length", self.max_bytes),
            # A message is unpacked without a cap, so nothing packed is asked for, and what comes all the same is refused.
            ("grpc.compression_enabled_algorithms_bitset", 1),
            ("grpc.per_message_decompression", 0),
        ]
        target = _target(route.addresses, port)
        if self.url.startswith("grpc:"):
            made = grpc.aio.insecure_channel(target, options=options)
        else:
            roots = await asyncio.to_thread(self._authorities, self.ca_file) if self.ca_file else route.authorities
            made = grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(roots), options=options)
        async with made as channel:
            yield channel

    def _authorities(self, file: Path) -> bytes:
        try:
            return file.read_bytes()
        except OSError as error:
            raise Unreachable(f"ca_file {file} cannot be read: {os.strerror(error.errno or 0).lower()}") from None

    async def _described(self, channel: grpc.aio.Channel, tools: Tools, where: str) -> bytes:
        """By the newest version of the protocol that the server offers; the one it offered last is asked first."""
        learned = f"grpc {where}"
        last = tools.session.learned.get(learned, PACKAGES[0])
        refused: list[Unimplemented] = []
        for package in sorted(PACKAGES, key=lambda each: each != last):
            conversation = Conversation(
                channel=channel,
                package=package,
                where=where,
                metadata=tuple(secret_headers(self.headers, self.auth).items()),
                max_bytes=self.max_bytes,
                seconds=self.deadline.total_seconds(),
            )
            try:
                content = await self._gathered(conversation)
            except Unimplemented as without:
                refused.append(without)
            else:
                tools.session.learned[learned] = package
                return content
        raise refused[-1].error

    async def _gathered(self, conversation: Conversation) -> bytes:
        where = conversation.where
        found = Gathered(where, self.max_files)
        for service in self.services or await self._listed(conversation):
            if found.defines(service):
                continue
            try:
                await _add(found, await conversation.files(symbol=service))
            except NotFound:
                raise self._without(service, where) from None
            if not found.defines(service):
                raise Unfit(f"{where} was asked for {shown(service)} and answered with files that do not define it")
        while missing := found.missing():
            for name in missing:
                if found.holds(name):
                    continue
                try:
                    await _add(found, await conversation.files(file=name))
                except NotFound:
                    found.do_without(name)
                else:
                    if not found.holds(name):
                        raise Unfit(f"{where} was asked for {shown(name)} and answered with another file")
        return await asyncio.to_thread(found.serialized)

    async def _listed(self, conversation: Conversation) -> Sequence[str]:
        where = conversation.where
        try:
            listed = sorted(set(await conversation.services(self.max_files)) - _OF_ITS_OWN)
        except NotFound:
            listed = []
        if not listed:
            raise Unfit(f"{where} lists no services; if it has some, name them under `services`")
        return listed

    def _without(self, service: str, where: str) -> Unfit | Withdrawn:
        if self.services:
            return Withdrawn(f"{where} does not know the service {service}; check `services`", lasting=False)
        return Unfit(f"{where} lists {shown(service)} and does not describe it; name what you use under `services`")


async def _add(found: Gathered, raws: Sequence[bytes]) -> None:
    if sum(map(len, raws)) >= IN_A_THREAD:
        await asyncio.to_thread(found.add, raws)
    else:
        found.add(raws)


def _target(addresses: Sequence[str], port: int) -> str:
    """Addresses in the library's spelling, which has one family a target: where there are both, IPv4 as mapped into IPv6."""
    parsed = [ipaddress.ip_address(each) for each in addresses]
    if all(each.version == 4 for each in parsed):
        return "ipv4:" + ",".join(f"{each}:{port}" for each in parsed)
    return "ipv6:" + ",".join(f"[{each}]:{port}" if each.version == 6 else f"[::ffff:{each}]:{port}" for each in parsed)


PROBE = GrpcProbe
