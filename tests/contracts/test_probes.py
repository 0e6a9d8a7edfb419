"""What every kind of probe keeps, whatever it fetches. A new kind needs a `Surface` here, or the first test fails."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from graphql import build_schema, introspection_from_schema

from monitor import plugins
from monitor.demo.salesforce import App
from monitor.demo.serve import serve
from monitor.demo.vendor import Misbehave, Reply, Vendor
from monitor.egress import Egress
from probes.errors import ProbeError, Refused, Unfit, Unreachable, Withdrawn
from probes.probe import Fetched, NotModified, Probe, Served, Session, Tools
from schemas import formats
from tests.grpc_vendor import AS_GRPC, Line, Reflecting, described

SECRET = "s3cret-canary"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@cache
def salesforce_app() -> App:
    return App.make()


class Surface(ABC):
    """One watched surface of a vendor: how it is configured, and how it gets another content."""

    kind: ClassVar[str]
    path: ClassVar[str] = "/surface"
    """Where the network kinds ask for the document; empty for a kind without a network."""

    def __init__(self, vendor: Vendor, base: str, folder: Path) -> None:
        self.vendor = vendor
        self.base = base
        self.folder = folder

    @classmethod
    @asynccontextmanager
    async def up(cls, vendor: Vendor, folder: Path) -> AsyncIterator[Self]:
        """The surface while the block runs."""
        async with serve(vendor) as base:
            yield cls(vendor, base, folder)
            vendor.let_go()

    @abstractmethod
    def block(self) -> dict[str, Any]:
        """The configuration, without `kind` and what all network kinds share."""

    @abstractmethod
    def publish(self, edition: int) -> None:
        """Serve one of two different contents, 1 or 2, of at least 2 KB."""

    def probe(self, **changed: Any) -> Probe:
        network = {"private": True, "deadline": timedelta(seconds=10)} if self.path else {}
        model = plugins.kinds(plugins.Family.PROBE)[self.kind]
        probe: Any = model.model_validate({"kind": self.kind, **network, **self.block(), **changed})
        ((_, single),) = probe.expand()
        return single  # type: ignore[no-any-return]  # because a plugin's model is a Probe by promise: this suite checks it


class HttpSurface(Surface):
    kind = "http"

    def block(self) -> dict[str, Any]:
        auth = {"kind": "bearer", "token": SECRET}
        return {"url": f"{self.base}{self.path}?key={SECRET}", "headers": {"X-Key": SECRET}, "auth": auth}

    def publish(self, edition: int) -> None:
        self.vendor.publish(self.path, json.dumps({"edition": edition, "pad": "x" * 2000}).encode())


class SampleSurface(HttpSurface):
    kind = "sample"

    def publish(self, edition: int) -> None:
        value = {f"key{number}": edition for number in range(300)} | {f"edition{edition}": SECRET}
        self.vendor.publish(self.path, json.dumps(value).encode())


class GraphQLSurface(HttpSurface):
    kind = "graphql"

    def publish(self, edition: int) -> None:
        schema = build_schema(f"type Query {{ edition{edition}: Int }}")
        body = json.dumps({"data": introspection_from_schema(schema)}).encode()
        self.vendor.answer = lambda asked: Reply(status=200, headers={"content-type": "application/json"}, body=body)
        self.vendor.publish(self.path, body)


class SalesforceSurface(Surface):
    kind = "salesforce"
    path = "/services/data/v66.0/sobjects/Account/describe"

    def block(self) -> dict[str, Any]:
        app = salesforce_app()
        token = {"access_token": f"00D!{SECRET}", "instance_url": self.base, "token_type": "Bearer"}
        self.vendor.answer = lambda asked: Reply(status=200, body=json.dumps(token).encode())
        auth = {"kind": "salesforce-jwt", "login": self.base, "client_id": SECRET, "user": app.user, "key": app.private_key}
        return {"api_version": "66.0", "objects": ["Account"], "auth": auth}

    def publish(self, edition: int) -> None:
        body = json.dumps({"name": "Account", "fields": [{"name": f"Field{edition}", "label": "x" * 2000}]}).encode()
        self.vendor.publish(self.path, body, etag=False, modified=datetime(2026, 1, edition, tzinfo=UTC))


class FileSurface(Surface):
    kind = "file"
    path = ""

    def block(self) -> dict[str, Any]:
        return {"path": str(self.folder / "document.json")}

    def publish(self, edition: int) -> None:
        (self.folder / "document.json").write_text(json.dumps({"edition": edition, "pad": "x" * 2000 * edition}))


class GrpcSurface(Surface):
    kind = "grpc"

    def __init__(self, vendor: Vendor, base: str, folder: Path, server: Reflecting | None = None) -> None:
        super().__init__(vendor, base, folder)
        self.server = server or Reflecting()

    @classmethod
    @asynccontextmanager
    async def up(cls, vendor: Vendor, folder: Path) -> AsyncIterator[Self]:
        server = Reflecting()
        async with server.up() as behind, Line(vendor, cls.path, behind, AS_GRPC).up() as port:
            yield cls(vendor, f"grpc://127.0.0.1:{port}", folder, server)

    def block(self) -> dict[str, Any]:
        return {"url": self.base, "headers": {"X-Key": SECRET}, "auth": {"kind": "bearer", "token": SECRET}}

    def publish(self, edition: int) -> None:
        fields = "".join(f"string a_field_of_some_length_{number} = {number};" for number in range(1, 100 + edition))
        text = f'syntax = "proto3"; package acme; message M {{ {fields} }} service S {{ rpc Get(M) returns (M); }}'
        self.server.files = described({"acme/s.proto": text})


EVERY = (HttpSurface, FileSurface, GraphQLSurface, GrpcSurface, SalesforceSurface, SampleSurface)
SURFACES: dict[str, type[Surface]] = {surface.kind: surface for surface in EVERY}
NETWORK = [kind for kind, surface in SURFACES.items() if surface.path]


def test_every_registered_kind_is_held_to_this_contract() -> None:
    assert set(SURFACES) == set(plugins.kinds(plugins.Family.PROBE))


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture(params=sorted(SURFACES))
async def surface(request: pytest.FixtureRequest, vendor: Vendor, tmp_path: Path) -> AsyncIterator[Surface]:
    async with SURFACES[request.param].up(vendor, tmp_path) as surface:
        yield surface


@pytest.fixture(params=sorted(NETWORK))
async def remote(request: pytest.FixtureRequest, vendor: Vendor, tmp_path: Path) -> AsyncIterator[Surface]:
    async with SURFACES[request.param].up(vendor, tmp_path) as surface:
        yield surface


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with Egress() as egress:
        yield Tools(http=egress, session=Session(), now=NOW + timedelta(days=3650))


def served(fetched: Fetched) -> Served:
    assert isinstance(fetched, Served)
    return fetched


# A document


async def test_a_document_is_the_same_each_time_it_is_fetched_whole(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    probe = surface.probe()
    first, second = served(await probe.fetch(tools, {})), served(await probe.fetch(tools, {}))
    assert first.document.content == second.document.content != b""


async def test_an_unchanged_document_is_not_modified_or_the_same_bytes(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    probe = surface.probe()
    first = served(await probe.fetch(tools, {}))
    again = await probe.fetch(tools, first.validators)
    assert again == NotModified() or served(again).document.content == first.document.content


async def test_a_changed_document_is_seen_through_the_validators(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    probe = surface.probe()
    first = served(await probe.fetch(tools, {}))
    surface.publish(2)
    second = served(await probe.fetch(tools, first.validators))
    assert second.document.hash != first.document.hash


async def test_validators_survive_being_stored(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    probe = surface.probe()
    stored = json.loads(json.dumps(dict(served(await probe.fetch(tools, {})).validators)))
    assert all(isinstance(part, str) for pair in stored.items() for part in pair)
    await probe.fetch(tools, stored)


async def test_validators_of_another_age_do_no_harm(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    served(await surface.probe().fetch(tools, {"etag": '"old"', "last-modified": "nonsense", "file": "7", "of": "x", "else": ""}))


async def test_the_format_of_its_documents_is_a_known_one(surface: Surface) -> None:
    assert surface.probe().format() in (None, *formats.names())


async def test_a_document_too_large_is_unfit(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    with pytest.raises(Unfit, match="allowed"):
        await surface.probe(max_bytes=1024).fetch(tools, {})


async def test_nothing_there_is_an_error_of_ours(surface: Surface, tools: Tools) -> None:
    with pytest.raises(ProbeError):
        await surface.probe().fetch(tools, {})


async def test_neither_document_nor_probe_shows_a_secret(surface: Surface, tools: Tools) -> None:
    surface.publish(1)
    probe = surface.probe()
    fetched = served(await probe.fetch(tools, {}))
    shown = [fetched.document.source, dict(fetched.document.headers), dict(fetched.validators), repr(tools)]
    assert SECRET not in str(shown)
    # `url` itself may be configured with a key in its query; nothing else may show in a log of the configuration.
    assert SECRET not in repr(probe).replace(f"?key={SECRET}", "")


# A vendor that misbehaves


async def test_a_hanging_vendor_is_unreachable_at_the_deadline(remote: Surface, tools: Tools) -> None:
    remote.publish(1)
    probe = remote.probe(deadline=timedelta(milliseconds=300))
    remote.vendor.next(remote.path, Misbehave.HANG)
    with pytest.raises(Unreachable, match=r"0\.3 s"):
        await probe.fetch(tools, {})


async def test_a_dripping_vendor_is_unreachable_at_the_deadline(remote: Surface, tools: Tools) -> None:
    remote.publish(1)
    probe = remote.probe(deadline=timedelta(milliseconds=300))
    remote.vendor.next(remote.path, Misbehave.DRIP)
    with pytest.raises(Unreachable, match=r"0\.3 s"):
        await probe.fetch(tools, {})


@pytest.mark.parametrize(
    "how", [Misbehave.TRUNCATE, Misbehave.GZIP_BOMB, Misbehave.LOGIN_PAGE, Misbehave.EMPTY, Misbehave.NOT_MODIFIED]
)
async def test_what_is_no_document_is_unfit(remote: Surface, tools: Tools, how: Misbehave) -> None:
    remote.publish(1)
    probe = remote.probe()
    remote.vendor.next(remote.path, *[how] * 4)
    with pytest.raises(Unfit):
        await probe.fetch(tools, {})


async def test_a_hang_up_is_unreachable(remote: Surface, tools: Tools) -> None:
    remote.publish(1)
    probe = remote.probe()
    remote.vendor.next(remote.path, Misbehave.HANG_UP, Misbehave.HANG_UP)  # a GET on a kept connection is sent once more
    with pytest.raises(Unreachable):
        await probe.fetch(tools, {})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Refused),
        (403, Refused),
        (404, Withdrawn),
        (410, Withdrawn),
        (429, Unreachable),
        (500, Unreachable),
        (503, Unreachable),
    ],
)
async def test_a_status_means_the_same_to_every_probe(
    remote: Surface, tools: Tools, status: int, error: type[ProbeError]
) -> None:
    remote.publish(1)
    probe = remote.probe()
    remote.vendor.next(remote.path, *[Reply(status=status, headers={"retry-after": "60"})] * 2)
    with pytest.raises(error) as caught:
        await probe.fetch(tools, {})
    if isinstance(caught.value, Withdrawn):
        assert caught.value.lasting is (status == 410)
    if isinstance(caught.value, Unreachable):
        assert caught.value.retry_after == timedelta(minutes=1)


async def test_after_any_misbehaviour_the_next_fetch_works(remote: Surface, tools: Tools) -> None:
    remote.publish(1)
    probe = remote.probe(deadline=timedelta(seconds=2))
    for how in (Misbehave.TRUNCATE, Misbehave.HANG_UP, Misbehave.LOGIN_PAGE, Misbehave.CUT_GZIP, Reply(status=500)):
        remote.vendor.next(remote.path, how)
        with suppress(ProbeError):
            await probe.fetch(tools, {})
        served(await probe.fetch(tools, {}))


async def test_cancelling_ends_a_fetch_and_passes(remote: Surface, tools: Tools) -> None:
    remote.publish(1)
    probe = remote.probe()
    served(await probe.fetch(tools, {}))
    before = len(remote.vendor.asked)
    remote.vendor.next(remote.path, Misbehave.HANG)
    running = asyncio.create_task(probe.fetch(tools, {}))
    await remote.vendor.heard(before + 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    "how", [*Misbehave, *(Reply(status=s, body=SECRET.encode()) for s in (302, 400, 401, 403, 404, 418, 500))], ids=str
)
async def test_every_failure_is_one_line_without_a_secret(remote: Surface, tools: Tools, how: Misbehave | Reply) -> None:
    remote.publish(1)
    probe = remote.probe(deadline=timedelta(milliseconds=300), max_bytes=100_000)
    remote.vendor.next(remote.path, *[how] * 4)
    try:
        await probe.fetch(tools, {})
    except ProbeError as error:
        text = str(error)
    else:
        pytest.fail(f"{how} was taken for a document")
    assert SECRET not in text
    assert "\n" not in text
    assert len(text) <= 250
