"""A gRPC server by its reflection: honest servers of every age, TLS and metadata, and servers that lie."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_reflection.v1alpha import reflection as theirs
from grpc_reflection.v1alpha import reflection_pb2 as wire
from pydantic import ValidationError

from monitor.demo.serve import Tls
from monitor.demo.vendor import Misbehave, Reply, Vendor
from monitor.egress import Egress
from probes.errors import Forbidden, Refused, Spent, Unfit, Unreachable, Withdrawn
from probes.grpc import GrpcProbe
from probes.http import HttpProbe
from probes.probe import Route, Served, Session, Tools
from schemas import formats
from schemas.compare import compare
from schemas.document import Document
from tests.grpc_vendor import Line, Reflecting, Said, described, error_answer, files_answer
from tests.probes.conftest import NOW

ORDERS = """
syntax = "proto3";
package acme.orders.v1;
import "acme/money.proto";
import "google/protobuf/timestamp.proto";
message Order { string id = 1; acme.Money total = 2; google.protobuf.Timestamp placed = 3; string note = 4; }
message GetOrder { string id = 1; }
service Orders { rpc Get(GetOrder) returns (Order); }
"""
FILES = {
    "acme/orders.proto": ORDERS,
    "acme/money.proto": 'syntax = "proto3"; package acme; message Money { int64 units = 1; string currency = 2; }',
    "acme/stock.proto": """
        syntax = "proto3"; package acme; import "acme/money.proto";
        message Item { string sku = 1; Money price = 2; }
        service Stock { rpc Price(Item) returns (Item); }""",
}
ORDERED = ["acme/money.proto", "google/protobuf/timestamp.proto", "acme/orders.proto", "acme/stock.proto"]


@pytest.fixture(scope="module")
def files() -> dict[str, FileDescriptorProto]:
    return described(FILES)


@pytest.fixture
def server(files: dict[str, FileDescriptorProto]) -> Reflecting:
    return Reflecting(files=dict(files))


def probe(port: int, **changed: Any) -> GrpcProbe:
    block = {"kind": "grpc", "url": f"grpc://127.0.0.1:{port}", "private": True, "deadline": timedelta(seconds=10)}
    return GrpcProbe.model_validate(block | changed)


async def fetched(probe: GrpcProbe, tools: Tools) -> Document:
    found = await probe.fetch(tools, {})
    assert isinstance(found, Served)
    return found.document


def names(document: Document) -> list[str]:
    return [file.name for file in FileDescriptorSet.FromString(document.content).file]


def asked(server: Reflecting) -> list[str]:
    """What was asked for by the questions so far, in order."""
    return [question.file_containing_symbol or question.file_by_filename or "the list" for _, question in server.asked]


# Honest servers


async def test_the_document_holds_every_service_and_import_in_the_order_in_which_they_build_on_each_other(
    server: Reflecting, tools: Tools
) -> None:
    async with server.up() as port:
        document = await fetched(probe(port), tools)
    assert names(document) == ORDERED
    assert document.source == f"grpc://127.0.0.1:{port}"
    schema = formats.load("protobuf").read(document)
    assert (
        formats.load("protobuf").describe(schema) == "Protocol buffers acme, acme.orders.v1, google.protobuf, 5 messages, 2 calls"
    )


async def test_the_order_and_portions_in_which_a_server_answers_do_not_show(
    files: dict[str, FileDescriptorProto], tools: Tools
) -> None:
    found = set()
    for whole, order in ((False, sorted(files)), (True, sorted(files)), (True, sorted(files, reverse=True))):
        listed = tuple(sorted(("acme.Stock", "acme.orders.v1.Orders"), reverse=whole))
        async with Reflecting(files={name: files[name] for name in order}, whole=whole, listed=listed).up() as port:
            found.add((await fetched(probe(port), tools)).content)
    assert len(found) == 1


async def test_comments_of_the_source_do_not_show(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    commented = FileDescriptorProto.FromString(files["acme/money.proto"].SerializeToString())
    commented.source_code_info.location.add(path=[4, 0], span=[1, 2, 3], leading_comments="A sum of money.")
    found = set()
    for money in (files["acme/money.proto"], commented):
        async with Reflecting(files={**files, "acme/money.proto": money}).up() as port:
            found.add((await fetched(probe(port), tools)).content)
    assert len(found) == 1


async def test_what_has_come_is_not_asked_for_again(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    server = Reflecting(files=files, whole=True)
    async with server.up() as port:
        await fetched(probe(port), tools)
    assert asked(server) == ["the list", "acme.Stock"]


async def test_a_server_that_knows_only_v1alpha_is_asked_so_and_the_next_time_at_once(tools: Tools) -> None:
    # Not our stand-in but the servicer that others install: it knows nothing but v1alpha.
    served = grpc.aio.server()
    theirs.enable_server_reflection(["grpc.channelz.v1.Nothing", theirs.SERVICE_NAME], served)
    port = served.add_insecure_port("127.0.0.1:0")
    await served.start()
    try:
        document = await fetched(probe(port, services=[theirs.SERVICE_NAME]), tools)
        with pytest.raises(Unfit, match=r"lists grpc\.channelz\.v1\.Nothing and does not describe it"):
            await fetched(probe(port), tools)
    finally:
        await served.stop(None)
    (name,) = names(document)
    assert name.endswith("v1alpha/reflection.proto")
    assert list(tools.session.learned.values()) == ["grpc.reflection.v1alpha"]


async def test_a_server_that_learns_v1_or_forgets_it_is_asked_in_both(
    files: dict[str, FileDescriptorProto], tools: Tools
) -> None:
    vendor, seen = Vendor(), []
    for offered in (("v1alpha",), ("v1",), ("v1", "v1alpha")):
        server = Reflecting(files=files, offered=offered)
        async with server.up() as behind, Line(vendor, "/", behind).up() as port:
            tools.session.learned[f"grpc 127.0.0.1:{port}"] = f"grpc.reflection.{seen[-1] if seen else 'v1'}"
            await fetched(probe(port), tools)
        seen.append(server.asked[-1][0])
    assert seen == ["v1alpha", "v1", "v1"]


async def test_where_reflection_is_off_the_error_says_what_to_do_instead(tools: Tools) -> None:
    async with Reflecting(offered=()).up() as port:
        with pytest.raises(
            Unfit, match=r"reflection switched off.*descriptor set by its URL.*`kind: http` with `format: protobuf`"
        ):
            await fetched(probe(port), tools)


@pytest.mark.parametrize("name", ["/orders.binpb", "/orders"])
async def test_and_that_is_possible(
    files: dict[str, FileDescriptorProto], tools: Tools, vendor: Vendor, base: str, name: str
) -> None:
    content = FileDescriptorSet(file=[files[each] for each in ORDERED]).SerializeToString()
    vendor.publish(name, content, media_type="application/octet-stream")
    by_url = HttpProbe.model_validate({"kind": "http", "url": f"{base}{name}", "format": "protobuf", "private": True})
    found = await by_url.fetch(tools, {})
    assert isinstance(found, Served)
    async with Reflecting(files=files).up() as port:
        reflected = await fetched(probe(port), tools)
    reading = formats.load("protobuf")
    assert reading.read(found.document) == reading.read(reflected)
    assert by_url.format() == "protobuf"


async def test_only_what_is_named_is_watched(server: Reflecting, tools: Tools) -> None:
    async with server.up() as port:
        document = await fetched(probe(port, services=["acme.Stock"]), tools)
    assert names(document) == ["acme/money.proto", "acme/stock.proto"]
    assert "the list" not in asked(server)


async def test_a_named_service_that_is_not_there_is_withdrawn_if_it_stays_so(server: Reflecting, tools: Tools) -> None:
    async with server.up() as port:
        with pytest.raises(Withdrawn, match=r"does not know the service acme\.Stok; check `services`") as caught:
            await fetched(probe(port, services=["acme.Stock", "acme.Stok"]), tools)
    assert not caught.value.lasting


async def test_a_field_that_is_dropped_is_a_finding(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    server = Reflecting(files=files)
    async with server.up() as port:
        before = await fetched(probe(port), tools)
        server.files = described({**FILES, "acme/orders.proto": ORDERS.replace("string note = 4;", "")})
        after = await fetched(probe(port), tools)
    (finding,) = compare(before, after, format="protobuf").findings
    assert finding.address.endswith("acme.orders.v1.Order.note")


async def test_the_compilers_own_files_may_be_missing(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    own = {name: file for name, file in files.items() if not name.startswith("google/")}
    async with Reflecting(files=own).up() as port:
        document = await fetched(probe(port), tools)
    assert names(document) == [name for name in ORDERED if name in own]
    formats.load("protobuf").read(document)


# TLS, metadata, addresses


def credentials(tls: Tls) -> grpc.ServerCredentials:
    both = tls.certificate.read_bytes()
    return grpc.ssl_server_credentials([(both, both)])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_over_tls_with_metadata(server: Reflecting, tools: Tools, tmp_path: Path, host: str) -> None:
    tls = Tls.make(tmp_path)
    server.required = {"authorization": "Bearer t0ken", "x-tenant": "5"}
    known = {"ca_file": tls.authority, "url": f"grpcs://{host}:"}
    async with server.up(credentials(tls)) as port:
        known["url"] = f"grpcs://{host}:{port}"
        told = await fetched(probe(port, **known, auth={"kind": "bearer", "token": "t0ken"}, headers={"X-Tenant": "5"}), tools)
        assert names(told) == ORDERED
        with pytest.raises(Refused, match="UNAUTHENTICATED: it does not accept our credentials") as caught:
            await fetched(probe(port, **known, auth={"kind": "bearer", "token": "wr0ng"}, headers={"X-Tenant": "5"}), tools)
    assert "wr0ng" not in str(caught.value)


async def test_the_daemons_own_authorities_are_trusted_too(server: Reflecting, tmp_path: Path) -> None:
    tls = Tls.make(tmp_path)
    async with server.up(credentials(tls)) as port, Egress(authority=tls.authority) as egress:
        document = await fetched(probe(port, url=f"grpcs://localhost:{port}"), Tools(http=egress, session=Session(), now=NOW))
    assert names(document) == ORDERED


async def test_a_certificate_of_nobody_we_know_is_refused(server: Reflecting, tools: Tools, tmp_path: Path) -> None:
    async with server.up(credentials(Tls.make(tmp_path))) as port:
        with pytest.raises(Unreachable, match=f"localhost:{port}: its TLS certificate is not trusted"):
            await fetched(probe(port, url=f"grpcs://localhost:{port}"), tools)


async def test_a_certificate_for_another_name_is_refused(server: Reflecting, tools: Tools, tmp_path: Path) -> None:
    authority = trustme.CA()
    other = authority.issue_cert("api.example.com")
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    chain = b"".join(part.bytes() for part in other.cert_chain_pems)
    async with server.up(grpc.ssl_server_credentials([(other.private_key_pem.bytes(), chain)])) as port:
        with pytest.raises(Unreachable, match="certificate is for another name"):
            await fetched(probe(port, url=f"grpcs://localhost:{port}", ca_file=tmp_path / "authority.pem"), tools)


async def test_tls_is_never_given_up_for_plaintext(server: Reflecting, tools: Tools) -> None:
    async with server.up() as port:
        with pytest.raises(Unreachable, match="it does not speak TLS"):
            await fetched(probe(port, url=f"grpcs://localhost:{port}"), tools)


async def test_a_file_of_authorities_that_holds_none_is_named_as_the_cause(
    server: Reflecting, tools: Tools, tmp_path: Path
) -> None:
    (tmp_path / "authority.pem").write_text("nothing of the kind")
    async with server.up(credentials(Tls.make(tmp_path))) as port:
        (tmp_path / "authority.pem").write_text("nothing of the kind")
        with pytest.raises(Unreachable, match="authorities given for it are not in PEM form"):
            await fetched(probe(port, url=f"grpcs://localhost:{port}", ca_file=tmp_path / "authority.pem"), tools)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1", "169.254.169.254"])
async def test_no_connection_is_made_to_an_address_that_is_not_allowed(server: Reflecting, tools: Tools, host: str) -> None:
    vendor = Vendor()
    async with server.up() as behind, Line(vendor, "/", behind).up() as port:
        private = host.startswith("169")
        with pytest.raises(Forbidden, match="where we do not connect"):
            await fetched(probe(port, url=f"grpc://{host}:{port}", private=private), tools)
    assert not vendor.asked


class Leads:
    """A door to the network that has looked a name up already."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    @asynccontextmanager
    async def route(self, host: str, port: int, *, deadline: timedelta, private: bool = False) -> AsyncIterator[Route]:
        yield Route(addresses=self._addresses, authorities=None, left=deadline, agent="tests")


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("127.0.0.2", "127.0.0.1"), ("::1", "127.0.0.1"), ("127.0.0.1", "::1")])
async def test_the_name_is_kept_and_looked_up_by_nobody_else(
    server: Reflecting, addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with server.up() as behind, (line := Line(Vendor(), "/", behind)).up() as port:
        tools = Tools(http=Leads(*addresses), session=Session(), now=NOW)  # type: ignore[arg-type]  # because it has one door only
        document = await fetched(probe(port, url=f"grpc://orders.acme.invalid:{port}"), tools)
    assert names(document) == ORDERED
    assert document.source == f"grpc://orders.acme.invalid:{port}"
    assert f"orders.acme.invalid:{port}".encode() in line.passed_on


async def test_nobody_listening_is_unreachable(server: Reflecting, tools: Tools) -> None:
    async with server.up() as port:
        pass
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}: no connection: connection refused"):
        await fetched(probe(port), tools)


async def test_a_web_server_is_told_from_a_grpc_server(tools: Tools, base: str) -> None:
    port = int(base.rpartition(":")[2])
    with pytest.raises(Unreachable, match=r"it speaks HTTP/1\.1"):
        await fetched(probe(port), tools)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "https://api.example.com"}, "not a grpcs:// (TLS) or grpc:// (plaintext) address"),
        ({"url": "api.example.com:443"}, "not a grpcs:// (TLS) or grpc:// (plaintext) address"),
        ({"url": "grpcs://user:word@api.example.com"}, "a host and a port alone"),
        ({"url": "grpcs://api.example.com/acme.Stock"}, "a host and a port alone"),
        ({"url": "grpc://api.example.com"}, "needs its port"),
        ({"url": "grpc://api.example.com:80", "private": False, "headers": {"x": "y"}}, "in plaintext"),
        ({"services": ["acme/Stock"]}, "should match pattern"),
        ({"headers": {"grpc-timeout": "1S"}}, "set by gRPC itself"),
        ({"headers": {"x-bytes-bin": "AA"}}, "only text is sent"),
        ({"ca_file": "nowhere.pem"}, "nowhere.pem is no file"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_configuration_says_what_is_wrong(wrong: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        probe(1, **wrong)
    assert said in str(caught.value)


# Refusals


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, Refused),
        (grpc.StatusCode.PERMISSION_DENIED, Refused),
        (grpc.StatusCode.UNAVAILABLE, Unreachable),
        (grpc.StatusCode.UNKNOWN, Unreachable),
        (grpc.StatusCode.INTERNAL, Unreachable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Unreachable),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Spent),
        (grpc.StatusCode.UNIMPLEMENTED, Unfit),
        (grpc.StatusCode.DATA_LOSS, Unfit),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
@pytest.mark.parametrize("within", [False, True], ids=["as the status", "within an answer"])
async def test_a_refusal_means_the_same_wherever_it_stands(
    server: Reflecting, tools: Tools, code: grpc.StatusCode, error: type[Exception], within: bool
) -> None:
    if within:
        server.twist = lambda question: error_answer(code)
    else:
        server.refusal = code, {}
    async with server.up() as port:
        with pytest.raises(error) as caught:
            await fetched(probe(port), tools)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ({"grpc-retry-pushback-ms": "90000"}, timedelta(seconds=90)),
        ({"retry-after": "90"}, timedelta(seconds=90)),
        ({"retry-after": "999999999"}, timedelta(days=7)),
        ({"grpc-retry-pushback-ms": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_a_server_may_say_how_long_to_leave_it_alone(
    server: Reflecting, tools: Tools, told: Mapping[str, str], wait: timedelta | None
) -> None:
    async with server.up() as port:
        server.refusal = grpc.StatusCode.RESOURCE_EXHAUSTED, told
        with pytest.raises(Spent) as spent:
            await fetched(probe(port), tools)
        server.refusal = grpc.StatusCode.UNAVAILABLE, told
        with pytest.raises(Unreachable) as away:
            await fetched(probe(port), tools)
    assert (spent.value.hold, away.value.retry_after) == (wait or timedelta(minutes=15), wait)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Refused), (403, Refused), (429, Unreachable), (503, Unreachable), (404, Withdrawn), (410, Withdrawn), (302, Unfit)],
)
async def test_a_proxys_status_means_what_it_does_to_the_other_probes(tools: Tools, status: int, error: type[Exception]) -> None:
    async with Reflecting().up() as behind, Line(vendor := Vendor(), "/", behind).up() as port:
        vendor.next("/", Reply(status=status, headers={"x-not-by": "grpc"}))
        with pytest.raises(error, match=f"answered {status}"):
            await fetched(probe(port), tools)


# Servers that lie, or never end


def lying(files: dict[str, FileDescriptorProto], about: str, with_: Said) -> Reflecting:
    """A server that gives this answer whenever it is asked for the file or the symbol `about`."""

    def twist(question: wire.ServerReflectionRequest) -> Said | None:
        return with_ if about in (question.file_by_filename, question.file_containing_symbol) else None

    return Reflecting(files=files, twist=twist)


def file(name: str, *imports: str, package: str = "acme") -> FileDescriptorProto:
    return FileDescriptorProto(name=name, package=package, dependency=imports, syntax="proto3")


async def refused(server: Reflecting, tools: Tools, **changed: Any) -> str:
    async with server.up() as port:
        with pytest.raises(Unfit) as caught:
            await fetched(probe(port, **changed), tools)
    return str(caught.value).replace(f"127.0.0.1:{port}", "acme")


async def test_another_file_than_the_one_asked_for(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    server = lying(files, "acme/money.proto", files_answer([file("acme/cents.proto")]))
    assert await refused(server, tools) == "acme was asked for acme/money.proto and answered with another file"


async def test_a_file_without_the_service_asked_for(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    server = lying(files, "acme.Stock", files_answer([file("acme/stock.proto")]))
    assert await refused(server, tools) == "acme was asked for acme.Stock and answered with files that do not define it"


async def test_an_import_that_is_not_there(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    without = {name: each for name, each in files.items() if name != "acme/money.proto"}
    said = await refused(Reflecting(files=without), tools)
    assert said == "acme: acme/orders.proto imports acme/money.proto, which the server does not have"


async def test_imports_in_a_circle(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    circle = {**files, "acme/money.proto": file("acme/money.proto", "acme/bank.proto")}
    circle["acme/bank.proto"] = file("acme/bank.proto", "acme/money.proto")
    said = await refused(Reflecting(files=circle), tools)
    assert said.startswith("acme: its files import each other in a circle (acme/")


async def test_a_file_that_imports_itself(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    circle = {**files, "acme/money.proto": file("acme/money.proto", "acme/money.proto")}
    said = await refused(Reflecting(files=circle), tools)
    assert said == "acme: its files import each other in a circle (acme/money.proto -> acme/money.proto)"


async def test_two_different_files_of_one_name(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    twice = [files["acme/stock.proto"], file("acme/money.proto"), files["acme/money.proto"]]
    said = await refused(lying(files, "acme.Stock", files_answer(twice)), tools)
    assert said == "acme answered with two different files of the name acme/money.proto"


async def test_imports_without_end(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    def twist(question: wire.ServerReflectionRequest) -> Said | None:
        name = question.file_by_filename
        return files_answer([file(name, f"{name}x")]) if name.startswith("acme/money.proto") else None

    server = Reflecting(files=files, twist=twist)
    said = await refused(server, tools, max_files=30)
    assert said.startswith("acme describes itself in more than the 30 files allowed; name what you use under `services`")
    assert len(server.asked) <= 33


async def test_a_thousand_imports_at_once_are_not_even_asked_for(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    many = file("acme/money.proto", *(f"acme/{number}.proto" for number in range(1000)))
    server = Reflecting(files={**files, "acme/money.proto": many})
    assert "more than the 30 files allowed" in await refused(server, tools, max_files=30)
    assert len(server.asked) < 6


async def test_more_services_than_files_are_allowed(tools: Tools) -> None:
    server = Reflecting(listed=tuple(f"acme.S{number}" for number in range(31)))
    assert (await refused(server, tools, max_files=30)).startswith("acme lists 31 services, more than the 30 files allowed")
    assert asked(server) == ["the list"]


async def test_answers_that_are_small_each_and_too_much_together(tools: Tools) -> None:
    texts = {
        f"s{number}.proto": f'syntax = "proto3"; package acme; message M{number} {{}} '
        + f"service {'Long' * 20}{number} {{ rpc Get(M{number}) returns (M{number}); }}"
        for number in range(20)
    }
    said = await refused(Reflecting(files=described(texts)), tools, max_bytes=4000)
    assert said == "acme sent more than the 4,000 bytes allowed for this target"


async def test_a_million_imports_of_one_file_are_refused_as_such(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    many = file("acme/money.proto", *(f"{number:x}" for number in range(1_000_000)))
    assert "more than the 2,000 files allowed" in await refused(Reflecting(files={**files, "acme/money.proto": many}), tools)


async def test_a_server_without_services(tools: Tools) -> None:
    assert (await refused(Reflecting(), tools)).startswith("acme lists no services")


@pytest.mark.parametrize(
    "answer",
    [
        Said(),
        Said(list_services_response=wire.ListServiceResponse()),
        Said(all_extension_numbers_response=wire.ExtensionNumberResponse(base_type_name="acme.M")),
    ],
    ids=["nothing", "a list", "extensions"],
)
async def test_an_answer_to_another_question(files: dict[str, FileDescriptorProto], tools: Tools, answer: Said) -> None:
    assert await refused(lying(files, "acme.Stock", answer), tools) == "acme answered something else than what it was asked"


async def test_files_that_are_none(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    for raw, said in ((b"\xff\xff", "something that is no description of a file"), (b"", "a file that has no name")):
        answer = Said(file_descriptor_response=wire.FileDescriptorResponse(file_descriptor_proto=[raw]))
        assert await refused(lying(files, "acme.Stock", answer), tools) == f"acme answered with {said}"


async def test_names_made_to_spoil_a_log_do_not(files: dict[str, FileDescriptorProto], tools: Tools) -> None:
    evil = {**files, "acme/money.proto": file("acme/money.proto", "a\n\x1b[2J\u202e" + "b" * 500)}
    said = await refused(Reflecting(files=evil), tools)
    assert said.isprintable()
    assert said.isascii()
    assert len(said) < 200


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Misbehave.GZIP_BOMB, "something that is not gRPC"),
        (Misbehave.LOGIN_PAGE, "something that is not gRPC"),
        (Misbehave.EMPTY, "something that is not gRPC"),
        (Misbehave.ANNOUNCE_HUGE, "sent more than the 16,777,216 bytes allowed"),
        (Misbehave.TRUNCATE, "no message of the reflection protocol"),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
async def test_what_is_below_grpc_is_said_in_our_words(tools: Tools, how: Misbehave, said: str) -> None:
    async with Reflecting().up() as behind, Line(vendor := Vendor(), "/", behind).up() as port:
        vendor.next("/", how)
        with pytest.raises(Unfit, match=said):
            await fetched(probe(port), tools)
