"""`driftpager try` and `diff` with addresses: one look at a real server, and nothing kept."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.grpc_vendor import Reflecting, described
from tests.monitor.cli.commands import describe, field, run

CRATE = describe(field("Name"))


class Vendor(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/private.json" and self.headers["x-key"] != "t0ken":
            self.answer(401, "", "text/plain")
        elif self.path == "/login":
            self.answer(200, "<!doctype html><html><body>Sign in</body></html>", "text/html")
        elif self.path in ("/crate.json", "/private.json"):
            self.answer(200, CRATE, "application/json")
        else:
            self.answer(404, "", "text/plain")

    def answer(self, status: int, body: str, media_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", '"1"')
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_try_says_what_it_understood_and_what_to_write_and_writes_nothing(vendor: str, tmp_path: Path) -> None:
    ended = run("try", f"{vendor}/crate.json", "--private", "--format", "salesforce")
    assert (ended.code, ended.err) == (0, "")
    assert f"fetched     {len(CRATE)} bytes, application/json" in ended.out
    assert "Crate, 1 fields" in ended.out
    assert "has etag: while nothing changes" in ended.out
    assert not list(tmp_path.iterdir())


def test_what_try_prints_is_a_good_configuration(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "t0ken")
    address = f"{vendor}/private.json"
    ended = run("try", address, "--private", "--format", "salesforce", "-H", "x-key: env:KEY", "-o", "json")
    answer = json.loads(ended.out)
    assert (ended.code, answer["format"]) == (0, "salesforce")
    assert "t0ken" not in ended.out
    monkeypatch.setenv("HOOK", "https://hooks.example.com/")
    monkeypatch.setenv("SECRET", "whsec_" + "A" * 32)
    channel = 'channels: {hook: {kind: webhook, url: "env:HOOK", secret: "env:SECRET"}}\n'
    Path("driftpager.yml").write_text(answer["configuration"] + "\n" + channel)
    checked = run("check", "-o", "json")
    assert (checked.code, checked.err) == (0, "")
    assert [target["format"] for target in json.loads(checked.out)["targets"]] == ["salesforce"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/private.json", "answered 401"),
        ("/nowhere", "answered 404"),
        ("/login", "with a web page"),
    ],
)
def test_an_address_that_serves_no_document_is_one_clear_line(vendor: str, path: str, said: str) -> None:
    for command in (("try", vendor + path), ("diff", vendor + path, vendor + "/crate.json")):
        ended = run(*command, "--private")
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err
        assert ended.err.count("\n") == 1


def test_private_networks_are_asked_only_on_request(vendor: str) -> None:
    ended = run("try", f"{vendor}/crate.json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("--private allows private networks\n")


def test_nobody_listening_is_one_clear_line() -> None:
    ended = run("try", "http://127.0.0.1:1/openapi.json", "--private")
    assert (ended.code, ended.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    "args",
    [
        ("http://user:secret@example.com/",),
        ("https://example.com/", "--kind", "htp"),
        ("https://example.com/", "-H", "nocolon"),
        ("https://example.com/", "-H", "x-key:env:NOT_SET_ANYWHERE"),
        ("https://example.com/", "--format", "soap"),
    ],
)
def test_a_wrong_question_is_one_line_and_exit_3(args: tuple[str, ...]) -> None:
    ended = run("try", *args)
    assert (ended.code, ended.out, ended.err.count("\n")) == (3, "", 1)
    assert "secret" not in ended.err


def test_diff_compares_a_file_with_an_address(vendor: str) -> None:
    Path("old.json").write_text(describe(field("Name"), field("Gone__c")))
    ended = run("diff", "old.json", f"{vendor}/crate.json", "--private", "--format", "salesforce")
    assert (ended.code, ended.err) == (1, "")
    assert "Crate.Gone__c" in ended.out


async def test_a_grpc_address_says_how_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'syntax = "proto3"; package acme; message Item { string sku = 1; } service Stock { rpc Get(Item) returns (Item); }'
    async with Reflecting(files=described({"acme/stock.proto": text})).up() as port:
        ended = await asyncio.to_thread(run, "try", f"grpc://127.0.0.1:{port}", "--private")
        assert (ended.code, ended.err) == (0, "")
        assert "Protocol buffers acme, 1 messages, 1 calls" in ended.out
        assert f'        kind: grpc\n        url: "grpc://127.0.0.1:{port}"\n        format: protobuf\n' in ended.out
        refused = await asyncio.to_thread(run, "try", f"grpc://127.0.0.1:{port}")
        assert (refused.code, refused.out) == (2, "")
        assert "--private allows private networks" in refused.err
        in_the_clear = await asyncio.to_thread(run, "try", f"grpc://127.0.0.1:{port}", "-H", "authorization:word")
        assert in_the_clear.code == 3
        assert "credentials would cross the network in plaintext" in in_the_clear.err
