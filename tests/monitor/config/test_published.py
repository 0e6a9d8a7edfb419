"""A sampled answer is held against what its vendor publishes, too: the file is read with the configuration."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.config import ConfigError, Target, load
from schemas.compare import compare
from schemas.document import Document

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "state": {"$ref": "#/components/schemas/S"}},
}
OTHER = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}
ANSWER = {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}
DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {"/orders/{id}": {"get": {"responses": ANSWER}}, "/ping": {"get": {"responses": OTHER}}},
    "components": {"schemas": {"Order": ORDER, "S": {"type": "string"}, "Unrelated": {"type": "object"}}},
}


def target(folder: Path, keys: str) -> Target:
    (folder / "shop.json").write_text(json.dumps(DESCRIPTION))
    (folder / "list.json").write_text("[1]")
    (folder / "order.json").write_text(json.dumps({"type": "object", "properties": {"state": {"type": "string"}}}))
    (folder / "driftpager.yml").write_text(
        "integrations:\n  acme:\n    criticality: low\n    targets:\n"
        f'      order: {{kind: sample, url: "https://api.example.com/orders/1", {keys}}}\n'
        'channels: {hook: {kind: webhook, url: "env:URL", secret: "env:SECRET"}}\n'
    )
    environ = {"URL": "https://example.com/", "SECRET": "whsec_" + "c2VjcmV0" * 5}
    (found,) = load(folder / "driftpager.yml", environ).targets
    return found


@pytest.mark.parametrize("keys", ['published: shop.json, operation: "GET /orders/{id}"', "published: order.json"])
def test_new_answers_are_told_where_they_are_not_as_published(tmp_path: Path, keys: str) -> None:
    lens = target(tmp_path, keys).lens(datetime(2026, 11, 1, tzinfo=UTC))
    learned, new = Document(content=b'{"id": "1", "state": null}'), Document(content=b'{"id": "1", "state": null, "x": 1}')

    assert [f.rule for f in compare(learned, new, format="sample", lens=lens).findings] == ["property.optional-added"]

    findings = compare(Document(content=b'{"id": "1"}'), new, format="sample", lens=lens).findings
    assert [(f.rule, f.address) for f in findings if f.rule == "obs.undocumented"] == [("obs.undocumented", "$.state")]


def test_only_what_the_answer_refers_to_is_kept(tmp_path: Path) -> None:
    published = target(tmp_path, 'published: shop.json, operation: "GET /orders/{id}"').published
    assert b"schemas/S" in published
    assert b"Unrelated" not in published


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("published: shop.json", "shop.json: 2 operations could have given the answers; name it"),
        ('published: shop.json, operation: "GET /order"', "shop.json: no operation could have given the answers; name it"),
        ("published: none.json", "none.json cannot be read: No such file or directory"),
        ("published: list.json", "list.json is neither a JSON Schema nor an API description"),
        ('published: order.json, operation: "GET /order"', "order.json is a JSON Schema and has no operations"),
    ],
)
def test_what_cannot_be_held_against_is_a_mistake_in_the_configuration(tmp_path: Path, keys: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        target(tmp_path, keys)
    assert f"{tmp_path}/{said}" in str(caught.value)
    assert "driftpager.yml:5:" in str(caught.value)
