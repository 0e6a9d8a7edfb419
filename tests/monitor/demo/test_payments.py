"""The demo's payments vendor: as large and tangled as a real description, and different on cue in just what it says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from monitor.demo.payments import Stage, description

Path = tuple[str | int, ...]


def document(stage: Stage) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(description(stage))
    return parsed


def leaves(node: Any, path: Path = ()) -> dict[Path, Any]:
    if isinstance(node, dict):
        return {found: leaf for key, value in node.items() for found, leaf in leaves(value, (*path, key)).items()}
    if isinstance(node, list):
        return {found: leaf for index, value in enumerate(node) for found, leaf in leaves(value, (*path, index)).items()}
    return {path: node}


def reachable(schemas: dict[str, Any], name: str) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[waiting.pop()]))) - seen
        seen |= named
        waiting += named
    return seen


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_realistic_in_size(stage: Stage) -> None:
    parsed = document(stage)
    assert 300_000 < len(description(stage)) < 1_000_000
    assert sum(len(item) for item in parsed["paths"].values()) > 60
    assert len(parsed["components"]["schemas"]) > 80


@pytest.mark.parametrize("stage", Stage)
def test_every_reference_leads_somewhere(stage: Stage) -> None:
    parsed = document(stage)
    for path, value in leaves(parsed).items():
        if path[-1] == "$ref":
            node: Any = parsed
            for step in value.removeprefix("#/").split("/"):
                node = node[step]


@pytest.mark.parametrize("stage", Stage)
def test_what_is_required_is_described(stage: Stage) -> None:
    for name, schema in document(stage)["components"]["schemas"].items():
        assert set(schema.get("required", ())) <= set(schema.get("properties", {})), name


def test_operations_have_names_of_their_own() -> None:
    named = [operation["operationId"] for item in document(Stage.COMPATIBLE)["paths"].values() for operation in item.values()]
    assert len(named) == len(set(named))


def test_a_payment_leads_back_to_itself() -> None:
    assert "payment" in reachable(document(Stage.FIRST)["components"]["schemas"], "payment")


def test_the_breaking_stage_drops_one_field_and_adds_one_word_and_keeps_its_version() -> None:
    first, broken = document(Stage.FIRST), document(Stage.BREAKING)
    payment, broken_payment = first["components"]["schemas"]["payment"], broken["components"]["schemas"]["payment"]
    assert set(payment["properties"]) - set(broken_payment["properties"]) == {"receipt_url"}
    old, new = payment["properties"]["status"]["enum"], broken_payment["properties"]["status"]["enum"]
    assert new == [*old, "requires_review"]
    for each in (first, broken):
        del each["components"]["schemas"]["payment"]
    assert broken == first


def test_the_compatible_stage_only_adds() -> None:
    first, grown = leaves(document(Stage.FIRST)), leaves(document(Stage.COMPATIBLE))
    assert first.items() <= grown.items()
    assert {path[:3] for path in grown.keys() - first.keys()} == {
        ("components", "schemas", "payment"),
        ("components", "schemas", "payment_create"),
        ("paths", "/v1/payments/{id}/receipt", "post"),
    }
    required = grown.keys() - first.keys()
    assert not [path for path in required if "required" in path and path[0] == "components"]


def test_the_same_stage_is_the_same_bytes() -> None:
    once = description(Stage.FIRST)
    description.cache_clear()
    assert description(Stage.FIRST) == once
