"""Describe answers: each rule in both directions, real answers, and whatever bytes come."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Direction, Finding, Impact, Use
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.lens import Lens, Policy
from schemas.rules import salesforce
from schemas.usage import Usage
from tests.conftest import RealData
from tests.schemas.judged_corpus import Case, cases, rules_shown

RECORDED = ("Account", "Account.person-accounts-org", "Case", "Contact", "Custom__c", "Lead", "Opportunity", "_global")


def document(value: object) -> Document:
    return Document(content=json.dumps(value).encode())


def judged(old: object, new: object, lens: Lens = Lens()) -> tuple[Finding, ...]:
    return compare(document(old), document(new), format="salesforce", lens=lens).findings


def invoice(**field: Any) -> dict[str, Any]:
    """A describe answer of one object with one field."""
    return {"name": "Invoice__c", "fields": [{"name": "Status__c", "type": "string", **field}]}


@pytest.mark.parametrize(("case", "order"), cases("salesforce"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


def test_every_rule_has_a_case() -> None:
    assert {row.id for row in salesforce.RULES} - rules_shown("salesforce") == set()


def test_a_removed_a_shortened_and_an_inactive_value_are_three_findings_each_named(real_data: RealData) -> None:
    old = json.loads(real_data("salesforce/describe/Account.json"))
    new = json.loads(real_data("salesforce/describe/Account.json"))
    new["fields"] = [row for row in new["fields"] if row["name"] != "Industry"]
    by_name = {row["name"]: row for row in new["fields"]}
    by_name["Site"].update(length=40, byteLength=120)
    next(value for value in by_name["Rating"]["picklistValues"] if value["value"] == "Warm")["active"] = False

    found = judged(old, new)

    assert [(f.rule, f.address, f.impact, f.message, f.consequence) for f in found] == [
        (
            "sf.field.missing",
            "Account.Industry",
            Impact.BREAKING,
            "`Account.Industry` is gone",
            "reads and writes of `Account.Industry` will fail",
        ),
        (
            "sf.picklist.value-inactive",
            "Account.Rating",
            Impact.BREAKING,
            "value `Warm` of `Account.Rating` is inactive",
            "writes of `Warm` to `Account.Rating` will be refused",
        ),
        (
            "sf.field.shortened",
            "Account.Site",
            Impact.BREAKING,
            "`Account.Site` is shorter: length 80 -> 40",
            "writes to `Account.Site` of what fitted until now will be refused",
        ),
    ]


def test_two_orgs_differ_by_what_is_known_of_them(real_data: RealData) -> None:
    old = Document(content=real_data("salesforce/describe/Account.json"))
    new = Document(content=real_data("salesforce/describe/Account.person-accounts-org.json"))

    found = compare(old, new, format="salesforce").findings

    at = {rule: sorted(f.address for f in found if f.rule == rule) for rule in {f.rule for f in found}}
    assert len(at.pop("sf.field.missing")) == 9
    assert len(at.pop("property.optional-added")) == 191
    assert at.pop("null.added") == ["Account.Name"]
    assert at.pop("sf.field.lengthened") == [
        "Account.AccountSource",
        "Account.Industry",
        "Account.Ownership",
        "Account.Rating",
        "Account.Type",
    ]
    # The README counts fields only. The rest: one record type and 15 relationships of the first org, two new values.
    assert {rule: len(addresses) for rule, addresses in at.items()} == {
        "sf.record-type.missing": 1,
        "sf.child-relationship.changed": 15,
        "sf.picklist.value-added": 2,
    }


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_equals_itself_written_differently(name: str, real_data: RealData) -> None:
    raw = real_data(f"salesforce/describe/{name}.json")
    rewritten = json.dumps(json.loads(raw), indent=3, sort_keys=True).encode()

    assert compare(Document(content=raw), Document(content=rewritten), format="salesforce").findings == ()


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_is_recognised(name: str, real_data: RealData) -> None:
    found = formats.load("salesforce")

    assert found.recognises(Document(content=real_data(f"salesforce/describe/{name}.json")))


def test_the_format_says_what_it_understood(real_data: RealData) -> None:
    found = formats.load("salesforce")

    def told(name: str) -> str:
        return found.describe(found.read(Document(content=real_data(f"salesforce/describe/{name}.json"))))

    assert told("Account") == "Salesforce Account (API 48.0), 68 fields"
    assert told("_global") == "Salesforce list of 110 objects (API 52.0)"


def test_an_attribute_that_only_one_version_tells_is_not_compared() -> None:
    assert judged(invoice(), invoice(length=40, unique=True, restrictedPicklist=True, referenceTo=["X"])) == ()


def test_a_field_that_nobody_can_write_does_not_count_in_requests() -> None:
    read_only = {"createable": False, "updateable": False}
    (found,) = judged(invoice(length=80, **read_only), invoice(length=40, **read_only))

    assert (found.rule, found.request, found.response) == ("sf.field.shortened", None, Impact.SAFE)


def test_access_that_the_whole_object_lost_is_not_told_again_by_its_fields() -> None:
    old = {**invoice(createable=True), "createable": True}
    new = {**invoice(createable=False), "createable": False}

    assert [f.rule for f in judged(old, new)] == ["sf.object.access-lost"]


def test_an_answer_for_another_object_means_that_ours_is_gone() -> None:
    (found,) = judged(invoice(), {"name": "Bill__c", "fields": []})

    assert (found.rule, found.message) == ("sf.object.missing", "`Invoice__c` is gone: the answer describes Bill__c")


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (Usage(), Use.UNDECLARED),
        (Usage(fields=frozenset({"Invoice__c.Status__c"})), Use.USED),
        (Usage(fields=frozenset({"Invoice__c.Name"})), Use.UNUSED),
        (Usage(objects=frozenset({"Invoice__c"})), Use.COARSE),
    ],
)
def test_a_missing_field_knows_whether_we_use_it(used: Usage, expected: Use) -> None:
    name = {"name": "Name", "type": "string"}
    old = {**invoice(), "fields": [*invoice()["fields"], name]}
    (found,) = judged(old, {"name": "Invoice__c", "fields": [name]}, Lens(usage=used))

    assert found.use is expected


def test_a_lookup_is_also_known_by_the_name_that_queries_give_it() -> None:
    lookup = {"name": "Account__c", "type": "reference", "relationshipName": "Account__r"}
    old = {"name": "Invoice__c", "fields": [lookup]}
    usage = Usage(fields=frozenset({"Invoice__c.Account__r"}))

    (found,) = judged(old, {"name": "Invoice__c", "fields": []}, Lens(usage=usage))

    assert found.use is Use.USED


@pytest.mark.parametrize(
    ("direction", "expected"),
    [(Direction.REQUEST, (Impact.BREAKING, None)), (Direction.RESPONSE, (None, Impact.SAFE))],
)
def test_only_the_direction_looked_at_is_judged(direction: Direction, expected: tuple[Impact | None, Impact | None]) -> None:
    (found,) = judged(invoice(length=80), invoice(length=40), Lens(direction=direction))

    assert (found.request, found.response) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(Policy.CONSUMER, Impact.RISKY), (Policy.STRICT_CODEGEN, Impact.BREAKING), (Policy.LENIENT_READER, Impact.SAFE)],
)
def test_the_policy_sets_the_level_of_a_new_picklist_value(policy: Policy, expected: Impact) -> None:
    (found,) = judged(
        invoice(picklistValues=[{"value": "Open"}]),
        invoice(picklistValues=[{"value": "Open"}, {"value": "Paid"}]),
        Lens(policy=policy),
    )

    assert (found.rule, found.impact) == ("sf.picklist.value-added", expected)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not JSON: "),
        (b'{"name": "Account", "fields": [', "not JSON: "),
        (b"<html>Please log in</html>", "not JSON: "),
        (b"[" * 5000, "not JSON: "),
        (b"3", "not a Salesforce describe answer: the document is no JSON object"),
        (b'{"name": "Account"}', "not a Salesforce describe answer: it has no `name` and `fields`"),
        (b'[{"message": "gone", "errorCode": "NOT_FOUND"}]', "not a describe answer but an error of the API: NOT_FOUND"),
        (b'{"name": "A", "fields": [{"name": "B", "length": "4"}]}', "`length` is no whole number at /fields/0/length"),
        (b'{"name": "A", "fields": null}', "`fields` is no list at /fields"),
        (b'{"name": "A", "fields": [3]}', "an entry of `fields` is no JSON object at /fields/0"),
        (b'{"name": "A", "fields": [{}]}', "`name` is missing at /fields/0"),
    ],
)
def test_what_is_no_describe_answer_is_unreadable_and_says_where(raw: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        formats.load("salesforce").read(Document(content=raw))

    assert str(caught.value).startswith(message)


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.fixed_dictionaries(
    {
        "name": SHAPES | st.just("A"),
        "fields": SHAPES
        | st.lists(
            st.dictionaries(
                st.sampled_from(
                    ["name", "type", "length", "unique", "picklistValues", "referenceTo", "controllerName", "defaultValue"]
                ),
                SHAPES,
            ),
            max_size=3,
        ),
    },
    optional={"recordTypeInfos": SHAPES, "childRelationships": SHAPES, "sobjects": SHAPES, "queryable": SHAPES},
)


@given(old=ANSWERS, new=ANSWERS)
def test_any_json_is_read_or_refused_and_never_differs_from_itself(old: object, new: object) -> None:
    with contextlib.suppress(Unreadable):
        judged(old, new)
        rewritten = Document(content=json.dumps(new, indent=1).encode())
        assert compare(document(new), rewritten, format="salesforce").findings == ()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    found = formats.load("salesforce")
    found.recognises(Document(content=raw))
    with contextlib.suppress(Unreadable):
        found.read(Document(content=raw))
