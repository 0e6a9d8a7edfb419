"""Declared use meets a change; SOQL queries say what they use."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Use
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.lens import Lens
from schemas.soql import used_by
from schemas.usage import Usage
from schemas.usages import understand


def uses(*fields: str, objects: tuple[str, ...] = (), operations: tuple[str, ...] = ()) -> Usage:
    return Usage(fields=frozenset(fields), objects=frozenset(objects), operations=frozenset(operations))


@pytest.mark.parametrize(
    ("usage", "member", "expected"),
    [
        (uses(), "Account.Name", Use.UNDECLARED),
        (uses("Account.Name"), "Account.Name", Use.USED),
        (uses("account.name"), "Account.Name", Use.USED),
        (uses("Account.Name"), "Account.Industry", Use.UNUSED),
        (uses("Account.Name"), "Account", Use.USED),
        (uses("Account.Name"), "Contact.Name", Use.UNUSED),
        (uses(objects=("Account",)), "Account.Name", Use.COARSE),
        (uses(objects=("Account",)), "Account", Use.COARSE),
        (uses("payment_intent.charges.data"), "payment_intent.charges", Use.USED),
        (uses("payment_intent.charges"), "payment_intent.charges.data", Use.COARSE),
    ],
)
def test_a_change_of_a_member_meets_declared_use(usage: Usage, member: str, expected: Use) -> None:
    assert usage.touch(members=(member,)) is expected


@pytest.mark.parametrize(
    ("address", "reached", "expected"),
    [
        ("POST /v1/orders", (), Use.USED),
        ("schemas/order", ("GET /v1/orders", "POST /v1/orders"), Use.COARSE),
        ("schemas/order", ("GET /v1/orders",), Use.UNUSED),
    ],
)
def test_a_change_meets_declared_operations(address: str, reached: tuple[str, ...], expected: Use) -> None:
    usage = uses(operations=("POST /v1/orders",))

    assert usage.touch(members=("order.id",), address=address, operations=reached) is expected


@pytest.mark.parametrize(
    ("query", "fields", "objects"),
    [
        ("SELECT Id, Name FROM Account", {"Account.Id", "Account.Name"}, set()),
        ("SELECT Id FROM Account a WHERE a.Type = 'Type2' LIMIT 5", {"Account.Id", "Account.Type"}, set()),
        (
            "SELECT Owner.Email, Parent.Name, Shop__r.City__c FROM Account",
            {"Account.Owner", "User.Email", "Account.Parent", "Account.Name", "Account.Shop__r", "*.City__c"},
            set(),
        ),
        (
            "SELECT Name, (SELECT LastName FROM Contacts) FROM Account",
            {"Account.Name", "Account.Contacts", "*.LastName"},
            set(),
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE StageName = 'Won')",
            {"Account.Id", "Opportunity.AccountId", "Opportunity.StageName"},
            set(),
        ),
        ("SELECT COUNT() FROM Lead", set(), {"Lead"}),
        (
            "SELECT l.Id, i.X__c, a.Name FROM Line__c AS l, l.Invoice__r i, i.Account a",
            {"Line__c.Id", "Line__c.Invoice__r", "*.X__c", "*.Account", "Account.Name"},
            set(),
        ),
        ("SELECT FIELDS(ALL) FROM Case LIMIT 200", set(), {"Case"}),
        (
            "SELECT MAX(Amount) top, Type FROM Opportunity GROUP BY Type HAVING MAX(Amount) > 10 ORDER BY Type NULLS LAST",
            {"Opportunity.Amount", "Opportunity.Type"},
            set(),
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Phone ELSE Name END, Subject FROM Event",
            {"Event.What", "Account.Phone", "Event.Name", "Event.Subject"},
            set(),
        ),
        (
            "select id from Lead where CreatedDate > LAST_N_DAYS:30 and OwnerId = :user.Id and Rating != null -- all",
            {"Lead.id", "Lead.CreatedDate", "Lead.OwnerId", "Lead.Rating"},
            set(),
        ),
        ("SELECT toLabel(Status) s FROM Case USING SCOPE mine FOR VIEW", {"Case.Status"}, set()),
    ],
)
def test_a_query_says_what_it_uses(query: str, fields: set[str], objects: set[str]) -> None:
    usage = used_by([query])

    assert (usage.fields, usage.objects) == (fields, objects)


def test_several_queries_use_what_each_of_them_uses() -> None:
    usage = used_by(["SELECT Id FROM Account", "SELECT COUNT() FROM Lead"])

    assert usage == uses("Account.Id", objects=("Lead",))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "not a SOQL query: it does not start with SELECT"),
        ("FIND {x} IN ALL FIELDS", "not a SOQL query: it does not start with SELECT"),
        ("SELECT Id", "not a SOQL query: it has no FROM"),
        ("SELECT Id\nFROM Account WHERE Name = 'x", 'not a SOQL query: "\'" is not understood at line 2'),
        ("SELECT " + "(SELECT " * 30 + "Id FROM A" + ") FROM A" * 30, "not a SOQL query: more than 20 levels of sub-queries"),
    ],
)
def test_what_is_no_query_is_refused_and_says_where(query: str, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        used_by([query])

    assert str(caught.value) == message


WORDS = st.sampled_from(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "A",
        "b.c",
        "(",
        ")",
        ",",
        "=",
        "'x'",
        "TYPEOF",
        "WHEN",
        "THEN",
        "END",
        "COUNT",
        "ORDER",
        "1",
        ":x",
    ]
)


@given(st.lists(WORDS, max_size=20))
def test_any_words_are_understood_or_refused(words: list[str]) -> None:
    with contextlib.suppress(Unreadable):
        used_by([f"SELECT {' '.join(words)}"])


@pytest.mark.parametrize(
    ("members", "use"),
    [
        (("Contact.LastName",), Use.COARSE),
        (("Contact",), Use.COARSE),
        (("Contact.Fax",), Use.UNUSED),
        (("Account.Fax",), Use.UNUSED),
    ],
)
def test_a_field_of_a_child_that_no_query_names_is_never_taken_for_unused(members: tuple[str, ...], use: Use) -> None:
    usage = used_by(["SELECT Name, (SELECT LastName FROM Contacts) FROM Account"])
    assert usage.touch(members=members) is use


DESCRIBE: dict[str, Any] = {
    "name": "Invoice__c",
    "keyPrefix": "a01",
    "queryable": True,
    "recordTypeInfos": [],
    "fields": [
        {"name": "Amount__c", "type": "double", "soapType": "xsd:double"},
        {"name": "Buyer__c", "type": "reference", "soapType": "tns:ID", "relationshipName": "Buyer__r"},
    ],
    "childRelationships": [{"relationshipName": "Lines__r", "childSObject": "Line__c", "field": "Invoice__c"}],
}


def described() -> object:
    return formats.load("salesforce").read(Document(content=json.dumps(DESCRIBE).encode()))


def test_names_that_an_object_does_not_have_are_told() -> None:
    usage = used_by(
        ["SELECT amount__c, Buyer__r.Name, Amout__c, (SELECT Id FROM Lines__r) FROM Invoice__c", "SELECT X FROM Lead"]
    )
    told = understand(usage, "salesforce", described()).unmatched
    assert told == (("Invoice__c.Amout__c", "the describe answer has no such field or relationship"),)


@pytest.mark.parametrize(
    ("fields", "use"),
    [
        ({"Invoice__c.Amout__c"}, Use.UNDECLARED),
        ({"Invoice__c.Amout__c", "Invoice__c.Buyer__c"}, Use.UNUSED),
        ({"Lead.Name"}, Use.UNUSED),
    ],
)
def test_use_of_an_object_that_is_all_misspelt_is_no_declaration(fields: set[str], use: Use) -> None:
    old = Document(content=json.dumps(DESCRIBE).encode())
    new = Document(content=json.dumps({**DESCRIBE, "fields": DESCRIBE["fields"][1:]}).encode())
    lens = Lens(usage=Usage(fields=frozenset(fields)))
    (finding,) = compare(old, new, format="salesforce", lens=lens).findings
    assert finding.use is use
