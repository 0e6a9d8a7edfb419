"""Vendors' own documents: what really changed between two versions is found, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas import formats
from schemas.change import Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from tests.conftest import RealData

VERSIONS = {
    "a": "stripe/a-2022-11-10-da4ef11c86.openapi.json.gz",
    "b": "stripe/b-2022-11-16-90fbe90142.openapi.json.gz",
    "c": "stripe/c-2022-11-16-c3ae0d4c07.openapi.json.gz",
    "d": "stripe/d-2023-08-16-98a7c58cda.openapi.json.gz",
    "e": "stripe/e-2023-08-16-a58933749c.openapi.json.gz",
}
DOCUMENTS = (
    *VERSIONS.values(),
    "jira/platform-v3.openapi.json.gz",
    "zendesk/support-v2.openapi.json.gz",
    "intercom/intercom-2.14.openapi.json.gz",
    "intercom/intercom-2.16.openapi.json.gz",
    "slack/web-api.swagger2.json.gz",
    "pagerduty/rest-v2.openapi.json.gz",
    "pagerduty/events-v2.openapi.json",
    "alertmanager/api-v2.openapi.yaml",
    "adaptive-cards/adaptive-card-1.5.0.schema.json.gz",
    "adaptive-cards/adaptive-card-1.6.0.schema.json.gz",
    "jira/adf-full.schema.json",
)


def truth(real_data: RealData, old: str, new: str) -> dict[str, Any]:
    told = json.loads(real_data("stripe/ground-truth.json"))
    (pair,) = (
        pair for pair in told["pairs"] if VERSIONS[old].endswith(str(pair["from"])) and VERSIONS[new].endswith(str(pair["to"]))
    )
    assert isinstance(pair, dict)
    return pair


def found(real_data: RealData, old: str, new: str) -> list[Finding]:
    before, after = (Document(content=real_data(VERSIONS[version])) for version in (old, new))
    return list(compare(before, after).findings)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_real_document_reserved_in_another_layout_is_no_change(path: str, real_data: RealData) -> None:
    content = real_data(path)
    again = content + b"\n" if path.endswith("yaml") else json.dumps(json.loads(content), indent=1, sort_keys=True).encode()

    assert compare(Document(content=content), Document(content=again)).findings == ()


@pytest.mark.parametrize(
    ("path", "understood"),
    [
        (VERSIONS["e"], "OpenAPI 3.0.0, 454 operations, 808 schemas"),
        ("slack/web-api.swagger2.json.gz", "Swagger 2.0, 174 operations, 48 schemas"),
        ("jira/adf-full.schema.json", "JSON Schema, draft 4, 84 definitions"),
    ],
)
def test_a_real_document_is_recognised_and_described(path: str, understood: str, real_data: RealData) -> None:
    document = Document(content=real_data(path))
    recognised = formats.recognise(document)

    assert recognised.describe(recognised.read(document)) == understood


def test_withdrawn_fields_under_the_same_version_are_the_breaking_causes(real_data: RealData) -> None:
    told = truth(real_data, "d", "e")
    findings = found(real_data, "d", "e")

    removed = {
        f"schemas/{schema}/properties/{name}" for schema, names in told["schema_properties_removed"].items() for name in names
    }
    assert {finding.address for finding in findings if finding.impact is Impact.BREAKING} == removed
    values = [finding for finding in findings if finding.rule == "enum.value-removed"]
    assert [(finding.address, finding.message) for finding in values] == [
        ("schemas/dispute/properties/status", '`dispute.status` lost "charge_refunded"')
    ]
    # The withdrawn schemas are covered by the members that led to them: nothing else refers to them any more.
    assert told["schemas_removed"] == [name for name in told["schemas_removed"] if "blik" in name]
    # What the truth does not list: members of inline request bodies (it says so), and a union that lost its now unused branch.
    others = {finding.address: finding.rule for finding in findings} | dict.fromkeys(removed, "")
    requests = [address for address, rule in others.items() if address.startswith("POST ") and rule == "property.removed"]
    assert len(requests) == 6
    assert others["schemas/payment_intent_payment_method_options/properties/blik"] == "union.branch-removed"
    assert len(findings) == len(removed) + len(values) + len(requests) + 1


def test_additions_alone_break_nothing(real_data: RealData) -> None:
    told = truth(real_data, "b", "c")
    findings = found(real_data, "b", "c")

    assert {finding.impact for finding in findings} == {Impact.SAFE}
    required = {f"schemas/{schema}/properties/custom_text" for schema in told["schema_required_changed"]}
    assert {finding.address for finding in findings if finding.rule == "property.required-added"} == required


def test_a_new_version_lists_what_it_withdrew_and_what_may_be_null(real_data: RealData) -> None:
    told = truth(real_data, "a", "b")
    breaking = [finding for finding in found(real_data, "a", "b") if finding.impact is Impact.BREAKING]

    assert {finding.address for finding in breaking if finding.rule == "op.removed"} == set(told["operations_removed"])
    assert {finding.address for finding in breaking if finding.rule != "op.removed"} == {
        "schemas/item/properties/product",
        "schemas/payment_intent/properties/charges",
        "schemas/charge/properties/refunds",
    }
    (charges,) = (finding for finding in breaking if finding.address.endswith("/charges"))
    assert charges.members == ("payment_intent.charges",)
    assert charges.consequence == "reads of `payment_intent.charges` will find nothing"
    assert "GET /v1/payment_intents/{intent}" in charges.operations


def test_two_versions_of_a_card_schema_differ_by_what_was_added(real_data: RealData) -> None:
    old, new = (
        Document(content=real_data(f"adaptive-cards/adaptive-card-{version}.schema.json.gz")) for version in ("1.5.0", "1.6.0")
    )

    findings = compare(old, new).findings

    assert {finding.address for finding in findings if finding.request is not Impact.SAFE} == set()
    assert ("enum.value-added", "schemas/ChoiceInputStyle/anyOf/0") in {
        (finding.rule, finding.address) for finding in findings if finding.response is Impact.BREAKING
    }
