"""Pact files and HAR recordings as calls: names and shapes are kept, values never; what is no recording says where."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Unreadable
from schemas.usages import har, pact
from schemas.usages.lines import line_of
from schemas.usages.paths import Templates
from schemas.usages.recorded import Call, Shape, form_shape, shape_of

BODY = {"id": "o-1", "lines": [{"sku": "a"}, {"sku": "b"}], "total": 3, "gift": None, "open": True}
SHAPE = Shape(
    "object",
    (
        ("id", Shape("string")),
        ("lines", Shape("array", items=(Shape("object", (("sku", Shape("string")),)),))),
        ("total", Shape("number")),
        ("gift", Shape("null")),
        ("open", Shape("boolean")),
    ),
)
JSON = {"Content-Type": "application/json; charset=utf-8"}


def pact_file(*interactions: dict[str, Any], version: str = "2.0.0", **more: Any) -> bytes:
    metadata = {"pactSpecification": {"version": version}}
    root = {"consumer": {"name": "us"}, "provider": {"name": "shop"}, "interactions": list(interactions), "metadata": metadata}
    return json.dumps({**root, **more}, indent=2).encode()


def request(**more: Any) -> dict[str, Any]:
    return {"method": "post", "path": "/orders", **more}


VERSION_2 = pact_file(
    {
        "description": "an order is placed",
        "request": request(query="dry=1&tag=a&tag=b", headers=JSON, body=BODY),
        "response": {"status": 201, "headers": JSON, "body": BODY},
    }
)
VERSION_3 = pact_file(
    {
        "description": "an order is placed",
        "providerStates": [{"name": "open"}],
        "request": request(query={"dry": ["1"], "tag": ["a", "b"]}, headers=JSON, body=BODY, matchingRules={"body": {}}),
        "response": {"status": 201, "headers": JSON, "body": BODY},
    },
    version="3.0.0",
)
VERSION_4 = pact_file(
    {
        "type": "Synchronous/HTTP",
        "description": "an order is placed",
        "request": request(
            query={"dry": ["1"], "tag": ["a", "b"]},
            headers={"content-type": ["application/json"]},
            body={"content": BODY, "contentType": "application/json", "encoded": False},
        ),
        "response": {
            "status": 201,
            "body": {
                "content": base64.b64encode(json.dumps(BODY).encode()).decode(),
                "contentType": "application/json",
                "encoded": "base64",
            },
        },
    },
    {"type": "Asynchronous/Messages", "description": "order paid", "contents": {}},
    version="4.0",
)


@pytest.mark.parametrize(("content", "others"), [(VERSION_2, 0), (VERSION_3, 0), (VERSION_4, 1)], ids=["2", "3", "4"])
def test_each_version_of_a_pact_file_tells_the_same_exchange(content: bytes, others: int) -> None:
    (call,), left_out = pact.read(content, "us-shop.json")
    assert (call.method, call.path, call.query, call.label) == ("POST", "/orders", ("dry", "tag"), "an order is placed")
    assert (call.sent_type, call.sent) == ("application/json", SHAPE)
    assert (call.status, call.got_type, call.got) == (201, "application/json", SHAPE)
    assert call.headers in (("content-type",), ())
    assert left_out == others


def test_a_pact_file_with_messages_alone_has_no_calls() -> None:
    content = json.dumps({"consumer": {}, "provider": {}, "messages": [{"description": "x", "contents": {}}]}).encode()
    assert pact.read(content) == ((), 1)


def test_forms_are_understood_by_the_names_of_their_fields() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    interaction = {"request": request(headers=form, body="amount=5&card[number]=42&items[0][price]=p"), "response": {}}
    (call,), _ = pact.read(pact_file(interaction))
    assert call.sent == form_shape(["amount", "card[number]", "items[0][price]"])
    assert call.sent is not None
    assert [name for name, _ in call.sent.members] == ["amount", "card", "items"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON: unexpected end of data at line 1, column 2; is it cut short?"),
        (b"[]", "not a Pact file: it has no `interactions` at line 1"),
        (b'{"openapi": "3.0.0"}', "not a Pact file: it has no `interactions` at line 1"),
        (b'{\n"interactions":\n{}}', "not a Pact file: `interactions` is no list at line 3"),
        (pact_file({"request": request()}, {"response": {}}), "not a Pact file: an interaction has no `request` at line 15"),
        (b'{"interactions": [\n1]}', "not a Pact file: an interaction is no object at line 2"),
        (
            b'{"interactions": [{"request": {}, "response": {\n"status": "ok"}}]}',
            "not a Pact file: `status` of a response is a number at line 2",
        ),
        (
            b'{"interactions": [{\n"request": {"method": 1}}]}',
            "not a Pact file: `method` and `path` of a request are texts at line 2",
        ),
    ],
)
def test_what_is_no_pact_file_is_refused_and_says_where(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        pact.read(content)
    assert str(caught.value) == message


def entry(method: str, url: str, *, status: int = 200, posted: Any = None, content: Any = None) -> dict[str, Any]:
    query = [{"name": "page", "value": "s3cr3t-page"}]
    headers = [{"name": "Authorization", "value": "Bearer s3cr3t-token"}]
    sent = {"postData": posted} if posted is not None else {}
    return {
        "request": {"method": method, "url": url, "queryString": query, "headers": headers, **sent},
        "response": {"status": status, "content": content or {}},
    }


def recording(*entries: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}, indent=1).encode()


def text(value: Any, *, encoding: str = "", kind: str = "application/json") -> dict[str, Any]:
    raw = json.dumps(value)
    if encoding:
        return {"mimeType": kind, "text": base64.b64encode(raw.encode()).decode(), "encoding": encoding}
    return {"mimeType": f"{kind}; charset=utf-8", "text": raw}


def test_a_recording_tells_calls_by_name_and_shape() -> None:
    content = recording(
        entry("POST", "https://Shop.example:8443/v1/orders?page=1", posted=text(BODY), status=201, content=text(BODY)),
        entry("GET", "https://shop.example/v1/orders", content=text(BODY, encoding="base64")),
        entry("POST", "https://shop.example/f", posted={"mimeType": "", "params": [{"name": "card[number]", "value": "42"}]}),
    )
    first, second, third = har.read(content, "a.har")
    assert (first.method, first.origin, first.path) == ("POST", "https://shop.example:8443", "/v1/orders")
    assert (first.query, first.headers) == (("page",), ("authorization",))
    assert (first.sent, first.got, first.status) == (SHAPE, SHAPE, 201)
    assert second.got == SHAPE
    assert (third.sent_type, third.sent) == ("application/x-www-form-urlencoded", form_shape(["card[number]"]))


def test_equal_calls_are_kept_once_and_what_is_no_call_not_at_all() -> None:
    content = recording(
        entry("GET", "https://shop.example/v1/orders", content=text({"total": 1})),
        entry("GET", "https://shop.example/v1/orders", content=text({"total": 2})),
        entry("OPTIONS", "https://shop.example/v1/orders"),
        entry("GET", "data:text/plain,x"),
        entry("GET", "wss://shop.example/live"),
        entry("GET", "https://[broken/"),
    )
    assert len(har.read(content)) == 1


def test_no_value_of_a_recording_is_kept() -> None:
    secret = {"name": "s3cr3t-name", "cards": [{"number": "s3cr3t-number"}], "count": 51423}
    content = recording(
        entry(
            "POST", "https://ann:s3cr3t-pass@shop.example/v1/orders?page=s3cr3t-page", posted=text(secret), content=text(secret)
        )
    )
    kept = pickle.dumps(har.read(content, "a.har"))
    assert b"s3cr3t" not in kept
    assert b"51423" not in repr(har.read(content)).encode()


def test_a_call_is_told_without_what_looks_like_an_identifier() -> None:
    paths = {
        "/v1/orders/8172": "GET /v1/orders/…",
        "/v1/orders/latest": "GET /v1/orders/latest",
        "/2010-04-01/Accounts": "GET /…/Accounts",
        "/people/ann@example.com/x": "GET /people/…/x",
        "/a/0f8fad5b-d9cb-469f-a165-70867728950e": "GET /a/…",
    }
    assert {path: Call(method="GET", path=path).shown for path in paths} == paths
    assert "8172" not in repr(Call(method="GET", path="/v1/orders/8172"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "not a HAR recording: it has no `log.entries` at line 1"),
        (b'{"log": {"entries": [\n{"request": {}}]}}', "not a HAR recording: an entry has no `request` with a `url` at line 2"),
        (b'{"log": {"entries": [\n\n7]}}', "not a HAR recording: an entry has no `request` with a `url` at line 3"),
        (b'{"log"', "not valid JSON: unexpected end of data at line 1, column 7; is it cut short?"),
    ],
)
def test_what_is_no_recording_is_refused_and_says_where(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        har.read(content)
    assert str(caught.value) == message


KEYS = (
    *("log", "entries", "request", "response", "interactions", "url", "method", "path", "body", "content", "headers", "query"),
    *("queryString", "postData", "params", "name", "text", "mimeType", "encoding", "encoded", "status", "type"),
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=30,
)


@given(JSONS)
def test_any_json_is_understood_or_refused(value: Any) -> None:
    for wrapped in (value, {"interactions": [value]}, {"interactions": [{"request": value, "response": value}]}):
        with contextlib.suppress(Unreadable):
            pact.read(json.dumps(wrapped).encode())
    request = {"url": "https://a.example/b", "postData": value, "queryString": value, "headers": value}
    for wrapped in (value, {"log": {"entries": [value]}}, {"log": {"entries": [{"request": request, "response": value}]}}):
        with contextlib.suppress(Unreadable):
            har.read(json.dumps(wrapped).encode())


@given(st.binary(max_size=40))
def test_any_bytes_are_understood_or_refused(content: bytes) -> None:
    for read in (pact.read, har.read):
        with contextlib.suppress(Unreadable):
            read(content)


def test_a_deep_body_is_cut_and_a_long_list_keeps_its_different_shapes() -> None:
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    assert str(shape_of(deep)).count("'a'") < 100
    many = shape_of([{f"k{index}": 1} for index in range(1000)] + [1])
    assert len(many.items) == 200


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/orders", ["list"]),
        ("/orders/", ["list"]),
        ("/orders/7", ["one"]),
        ("/orders/latest", ["latest", "one"]),
        ("/orders/7.json", ["as json", "one"]),
        ("/orders/a%2Fb", ["one"]),
        ("/orders/7/lines/8", ["line"]),
        ("/orders/{id}", ["one"]),
        ("/orders//lines/8", []),
        ("/nothing", []),
        ("/files/a/b", []),
    ],
)
def test_a_path_fits_the_most_literal_template_first(path: str, expected: list[str]) -> None:
    templates = Templates(
        [
            ("/orders", "list"),
            ("/orders/{id}", "one"),
            ("/orders/latest", "latest"),
            ("/orders/{id}.json", "as json"),
            ("/orders/{order}/lines/{line}", "line"),
            ("/files/{path}", "file"),
        ]
    )
    assert templates.matches(path) == expected


@pytest.mark.parametrize(
    ("pointer", "line"), [("", 1), ("/a", 2), ("/a/1", 4), ("/a/1/b~1c", 5), ("/a/9", 2), ("/d", 8), ("/zap", 1), ("/d/x", 8)]
)
def test_a_place_in_a_json_text_has_a_line(pointer: str, line: int) -> None:
    written = '{\n"a": [\n  1,\n  {\n  "b/c": 2}\n\n],\n"d": {"e": "}"}}'
    assert line_of(written, pointer) == line
