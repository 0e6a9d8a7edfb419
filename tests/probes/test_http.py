"""The http probe: what is a document, what is not, and what each refusal means."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.demo.vendor import Misbehave, Reply, Vendor
from probes.errors import Forbidden, ProbeError, Refused, Unfit, Unreachable, Withdrawn
from probes.http import HttpProbe
from probes.probe import NotModified, Served, Tools

DOCUMENT = b'{"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": {}}' * 30


def probe(url: str, **changed: Any) -> HttpProbe:
    return HttpProbe.model_validate({"kind": "http", "url": url, "private": True, **changed})


async def served(of: HttpProbe, tools: Tools, known: dict[str, str] | None = None) -> Served:
    fetched = await of.fetch(tools, known or {})
    assert isinstance(fetched, Served)
    return fetched


async def test_a_document_comes_as_served_with_what_matters_of_its_headers(vendor: Vendor, base: str, tools: Tools) -> None:
    early = {"Deprecation": "@1735689600", "Sunset": "Sat, 01 May 2027 00:00:00 GMT", "Link": '</v2>; rel="successor-version"'}
    vendor.publish("/api.json", DOCUMENT, headers={**early, "X-Request-Id": "17", "Server": "nginx"})
    document = (await served(probe(f"{base}/api.json?key=s3cret"), tools)).document
    assert (document.content, document.media_type, document.source) == (DOCUMENT, "application/json", f"{base}/api.json")
    assert {name: document.headers[name] for name in ("deprecation", "sunset", "link")} == {
        k.lower(): v for k, v in early.items()
    }
    assert set(document.headers) == {"etag", "last-modified", "deprecation", "sunset", "link"}


@pytest.mark.parametrize("validators", [{"dated": False}, {"etag": False}, {}])
async def test_an_unchanged_document_costs_a_304(vendor: Vendor, base: str, tools: Tools, validators: dict[str, bool]) -> None:
    vendor.publish("/api.json", DOCUMENT, **validators)
    first = await served(probe(f"{base}/api.json"), tools)
    assert await probe(f"{base}/api.json").fetch(tools, first.validators) == NotModified()
    assert vendor.not_modified == 1


async def test_a_changed_document_comes_whole(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/api.json", DOCUMENT)
    first = await served(probe(f"{base}/api.json"), tools)
    vendor.publish("/api.json", DOCUMENT + b" ")
    assert (await served(probe(f"{base}/api.json"), tools, dict(first.validators))).document.content == DOCUMENT + b" "


@pytest.mark.parametrize("etag", ["é", "x" * 5000, "\t"])
async def test_a_validator_that_could_not_be_sent_back_is_not_kept(vendor: Vendor, base: str, tools: Tools, etag: str) -> None:
    vendor.publish("/api.json", DOCUMENT, etag=False, dated=False, headers={"ETag": f'"{etag}"'})
    first = await served(probe(f"{base}/api.json"), tools)
    assert first.validators == {}
    await served(probe(f"{base}/api.json"), tools, {"etag": '"known"', "of": "x"})


async def test_without_validators_nothing_is_asked_for_conditionally(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/api.json", DOCUMENT)
    await served(probe(f"{base}/api.json"), tools)
    assert not {"if-none-match", "if-modified-since"} & set(vendor.asked[0].headers)


async def test_a_vendor_without_validators_gets_whole_fetches(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/api.json", DOCUMENT, etag=False, dated=False)
    first = await served(probe(f"{base}/api.json"), tools)
    assert first.validators == {}
    assert (await served(probe(f"{base}/api.json"), tools, dict(first.validators))).document == first.document


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "{base}/b.json"},
        {"accept": "application/yaml"},
        {"headers": {"X-Version": "2"}},
        {"auth": {"kind": "basic", "user": "u", "password": "p"}},
    ],
)
async def test_validators_of_another_request_earn_no_304(
    vendor: Vendor, base: str, tools: Tools, changed: dict[str, Any]
) -> None:
    vendor.publish("/a.json", DOCUMENT)
    vendor.publish("/b.json", DOCUMENT)
    first = await served(probe(f"{base}/a.json"), tools)
    url = changed.pop("url", "{base}/a.json").format(base=base)
    await served(probe(url, **changed), tools, dict(first.validators))
    assert vendor.not_modified == 0


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ({"kind": "bearer", "token": "s3cret"}, "authorization", "Bearer s3cret"),
        (
            {"kind": "basic", "user": "me", "password": "s3crét"},
            "authorization",
            "Basic " + base64.b64encode("me:s3crét".encode()).decode(),
        ),
        ({"kind": "header", "name": "X-Api-Key", "value": "s3cret"}, "x-api-key", "s3cret"),
    ],
)
async def test_credentials_go_along(vendor: Vendor, base: str, tools: Tools, auth: dict[str, str], name: str, value: str) -> None:
    vendor.publish("/api.json", DOCUMENT)
    wanted = probe(f"{base}/api.json", auth=auth, headers={"X-Version": "2026-03-10"}, accept="application/yaml")
    await served(wanted, tools)
    asked = vendor.asked[0].headers
    assert (asked[name], asked["x-version"], asked["accept"]) == (value, "2026-03-10", "application/yaml")
    assert "s3cr" not in repr(wanted)


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (401, Refused, "does not accept our credentials"),
        (403, Refused, "does not accept our credentials"),
        (404, Withdrawn, "nothing is served at this address"),
        (410, Withdrawn, "has withdrawn this address for good"),
        (408, Unreachable, "answered 408"),
        (425, Unreachable, "answered 425"),
        (429, Unreachable, "answered 429"),
        (500, Unreachable, "answered 500"),
        (503, Unreachable, "answered 503"),
        (400, Unfit, "answered 400"),
        (204, Unfit, "answered 204"),
        (206, Unfit, "answered 206"),
        (304, Unfit, "answered 304 to a request without conditions"),
    ],
)
async def test_every_status_means_something(
    vendor: Vendor, base: str, tools: Tools, status: int, error: type[ProbeError], text: str
) -> None:
    vendor.next("/api.json", Reply(status=status, headers={"retry-after": "30"}))
    with pytest.raises(error, match=text) as caught:
        await probe(f"{base}/api.json").fetch(tools, {})
    if isinstance(caught.value, Withdrawn):
        assert caught.value.lasting is (status == 410)
    if isinstance(caught.value, Unreachable):
        assert caught.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(status=200, headers={"content-type": "text/html"}, body=b"<form>"), "a web page"),
        (Reply(status=200, headers={"content-type": "application/json"}, body=b"\xef\xbb\xbf \n<!DOCTYPE html>"), "a web page"),
        (Reply(status=200, body=b"<HTML><body>"), "a web page"),
        (Reply(status=200, body=b""), "an empty body"),
        (Reply(status=200, body=b" \n\t"), "an empty body"),
    ],
)
async def test_a_200_that_is_no_document_is_unfit(vendor: Vendor, base: str, tools: Tools, reply: Reply, text: str) -> None:
    vendor.next("/api.json", reply)
    with pytest.raises(Unfit, match=text):
        await probe(f"{base}/api.json").fetch(tools, {})


async def test_a_login_page_behind_a_redirect_is_unfit(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/login", b"{}", always=Misbehave.LOGIN_PAGE)
    vendor.next("/api.json", Reply(status=302, headers={"location": "/login"}))
    with pytest.raises(Unfit, match="a login or error page"):
        await probe(f"{base}/api.json").fetch(tools, {})


async def test_xml_that_is_no_web_page_is_a_document(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/x.wsdl", b"<?xml version='1.0'?><definitions/>", media_type="Text/XML; charset=utf-8")
    assert (await served(probe(f"{base}/x.wsdl"), tools)).document.media_type == "text/xml"


async def test_a_private_address_needs_the_setting(vendor: Vendor, base: str, tools: Tools) -> None:
    with pytest.raises(Forbidden, match="set `private: true`"):
        await probe(base, private=False).fetch(tools, {})


def test_a_block_is_one_target_and_names_its_format() -> None:
    block = probe("https://api.example.com", format="openapi")
    assert (block.expand(), block.format(), probe(block.url).format()) == ((("", block),), "openapi", None)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"url": "api.example.com"}, "not an http or https URL"),
        ({"url": "ftp://api.example.com"}, "not an http or https URL"),
        ({"url": "https://me:s3cret@api.example.com"}, "a user or password stands in the URL"),
        ({"url": "http://host:port"}, "not a valid URL"),
        ({"method": "POST"}, "method"),
        ({"headers": {"X Y": "1"}}, "not a valid header name"),
        ({"headers": {"Host": "evil.example"}}, "is set by driftpager itself"),
        ({"headers": {"X-Key": "s3cret\r\nX-Evil: 1"}}, "printable ASCII on one line"),
        ({"auth": {"kind": "bearer", "token": "s3cret\n"}}, "printable ASCII on one line"),
        ({"auth": {"kind": "magic"}}, "auth"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"deadline": 0}, "deadline"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_block_is_refused_without_showing_what_was_given(changed: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text) as caught:
        probe(**{"url": "https://api.example.com", **changed})
    assert "s3cret" not in str(caught.value)
