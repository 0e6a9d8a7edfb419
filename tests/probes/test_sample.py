"""The sample probe: the shape of an answer, and none of its values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.demo.vendor import Reply, Vendor
from probes.errors import Refused, Unfit
from probes.probe import Served, Tools
from probes.sample import SampleProbe


def probe(base: str, **keys: Any) -> SampleProbe:
    return SampleProbe.model_validate({"kind": "sample", "url": f"{base}/v1/pets?limit=3", "private": True, **keys})


async def shape(vendor: Vendor, base: str, tools: Tools, value: Any) -> Any:
    vendor.publish("/v1/pets", json.dumps(value).encode())
    fetched = await probe(base).fetch(tools, {})
    assert isinstance(fetched, Served)
    return json.loads(fetched.document.content)


async def test_values_are_replaced_by_one_of_their_type(vendor: Vendor, base: str, tools: Tools) -> None:
    got = await shape(vendor, base, tools, {"name": "Jane Doe", "age": 41, "score": 3.75, "ok": True, "left": None, "tags": []})
    assert got == {"name": "", "age": 0, "score": 0.5, "ok": False, "left": None, "tags": []}


async def test_elements_of_one_shape_stand_once(vendor: Vendor, base: str, tools: Tools) -> None:
    pets = [{"id": 1}, {"id": 2}, {"id": 3, "note": "x"}, {"id": 4}]
    assert await shape(vendor, base, tools, pets) == [{"id": 0, "note": ""}, {"id": 0}]


async def test_keys_that_are_values_are_numbered(vendor: Vendor, base: str, tools: Tools) -> None:
    people = {"ada@example.org": {"age": 1}, "bob@example.org": {"age": 2}, "eve@example.org": {"age": 3, "note": ""}}
    assert await shape(vendor, base, tools, {"total": 3, "more": False, **people}) == {
        "total": 0,
        "more": False,
        "00000000": {"age": 0, "note": ""},
        "00000001": {"age": 0},
    }


async def test_values_are_kept_of_chosen_fields_only(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.publish("/v1/pets", json.dumps({"data": [{"state": "open", "name": "Jane"}, {"state": "paid"}]}).encode())
    fetched = await probe(base, learn_values=["data[].state"]).fetch(tools, {})
    assert isinstance(fetched, Served)
    items = json.loads(fetched.document.content)["shape"]["fields"]["data"]["items"]
    assert items["fields"]["state"]["domain"] == {"open": 1, "paid": 1}
    assert b"Jane" not in fetched.document.content


async def test_other_data_of_the_same_shape_is_the_same_document(vendor: Vendor, base: str, tools: Tools) -> None:
    first = await shape(vendor, base, tools, {"data": [{"a": 1, "b": "x"}, {"b": None, "a": 2}], "more": True})
    second = await shape(
        vendor, base, tools, {"more": False, "data": [{"b": None, "a": 9}, {"b": "y", "a": 7}, {"b": "z", "a": 1}]}
    )
    assert first == second


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    )
)
async def test_a_shape_is_its_own_shape(vendor: Vendor, base: str, tools: Tools, value: Any) -> None:
    once = await shape(vendor, base, tools, {"data": value})
    assert await shape(vendor, base, tools, once) == once


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(status=200, headers={"content-type": "application/json"}, body=b'{"error": "no such pet"}'), "an error in place"),
        (
            Reply(status=200, headers={"content-type": "application/json"}, body=b'{"errors": [{"code": 7}], "ok": false}'),
            "an error in place",
        ),
        (Reply(status=200, headers={"content-type": "application/json"}, body=b"<!doctype html>"), "a web page"),
        (Reply(status=200, headers={"content-type": "text/csv"}, body=b"a,b"), "text/csv where JSON was expected"),
        (Reply(status=200, headers={"content-type": "application/json"}, body=b"{"), "something that is not JSON"),
        (Reply(status=200, headers={"content-type": "application/json"}, body=b"NaN"), "something that is not JSON"),
        (Reply(status=200, headers={"content-type": "application/json"}, body=b""), "an empty body"),
        (
            Reply(status=200, headers={"content-type": "application/json"}, body=b"[" * 500 + b"]" * 500),
            "more than 100 levels deep",
        ),
        (Reply(status=200, headers={"content-type": "application/json"}, body=b"[" * 90_000), "something that is not JSON"),
        (Reply(status=418), "answered 418"),
    ],
)
async def test_what_is_no_sample_is_unfit_and_never_drift(
    vendor: Vendor, base: str, tools: Tools, reply: Reply, text: str
) -> None:
    vendor.next("/v1/pets", reply)
    with pytest.raises(Unfit, match=text):
        await probe(base).fetch(tools, {})


async def test_a_refusal_is_one(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.next("/v1/pets", Reply(status=401))
    with pytest.raises(Refused):
        await probe(base).fetch(tools, {})


@pytest.mark.parametrize("body", [{"error": None, "data": [1]}, {"errors": [], "data": [1]}, {"error": "", "x": 1}])
async def test_an_empty_error_beside_the_data_is_data(vendor: Vendor, base: str, tools: Tools, body: Any) -> None:
    assert set(await shape(vendor, base, tools, body)) == set(body)


@pytest.mark.parametrize("kind", ["application/vnd.api+json", "application/json; charset=utf-8", "text/json"])
async def test_every_kind_of_json_is_json(vendor: Vendor, base: str, tools: Tools, kind: str) -> None:
    vendor.publish("/v1/pets", b"[1]", media_type=kind)
    fetched = await probe(base).fetch(tools, {})
    assert isinstance(fetched, Served)
    assert fetched.document.media_type == "application/json"
