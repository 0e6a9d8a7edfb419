"""Platform events of Salesforce: one target each, beside the objects, judged as what they are."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from monitor.demo.salesforce import App, Org
from probes.errors import Withdrawn
from probes.probe import Tools
from schemas.compare import compare
from tests.probes.test_salesforce import app, block, clock, jwt_auth, login, org, served

__all__ = ["app", "clock", "login", "org"]

ID: dict[str, Any] = {"name": "Id__c", "type": "string", "doc": "Data:Text:00N000000000001"}
NOTE: dict[str, Any] = {"name": "Note__c", "type": ["null", "string"], "doc": "Data:Text:00N000000000002", "default": None}


async def test_events_expand_to_one_target_each_beside_the_objects(app: App, org: Org, login: str, tools: Tools) -> None:
    org.events["Order__e"] = [ID, NOTE]
    expanded = dict(block(jwt_auth(app, login), events=["Order__e", "Gone__e"]).expand())
    assert [(name, each.format()) for name, each in expanded.items()] == [
        ("Account", "salesforce"),
        ("Order__e", "avro"),
        ("Gone__e", "avro"),
    ]
    before = (await served(expanded["Order__e"], tools)).document
    same = (await served(expanded["Order__e"], tools)).document
    assert before.hash == same.hash
    org.events["Order__e"] = [ID]
    after = (await served(expanded["Order__e"], tools)).document
    (finding,) = compare(before, after, format="avro").findings
    assert (finding.rule, finding.address) == ("property.removed", "Order__e.Note__c")
    with pytest.raises(Withdrawn, match="Gone__e does not exist"):
        await expanded["Gone__e"].fetch(tools, {})
    assert org.sign_ins == 1
    assert org.used == 4


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"objects": [], "events": []}, "name something to watch"),
        ({"events": ["Account"]}, "must be named once"),
        ({"events": ["Order__e"], "api_version": "42.0"}, "from API version 43.0 on"),
        ({"events": ["Order e"]}, "pattern"),
    ],
)
def test_events_that_cannot_be_asked_for_are_refused(app: App, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        block(jwt_auth(app, "http://localhost"), **changed)
