"""Recorded vendor documents through the whole daemon: what is served changes, and what is paged is the truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from alerts.escalation import Escalation
from tests.acceptance.world import World
from tests.conftest import RealData

pytestmark = pytest.mark.acceptance

STRIPE = {
    "b": "stripe/b-2022-11-16-90fbe90142.openapi.json.gz",
    "c": "stripe/c-2022-11-16-c3ae0d4c07.openapi.json.gz",
    "d": "stripe/d-2023-08-16-98a7c58cda.openapi.json.gz",
    "e": "stripe/e-2023-08-16-a58933749c.openapi.json.gz",
}
PAYMENTS = """
payments:
  criticality: core
  targets:
    api: {{kind: http, url: "{url}/openapi.json", format: openapi}}
"""


async def drifted(earth: World, before: bytes, after: bytes) -> list[Escalation]:
    """Serve `before` until it is the baseline, then `after` until it was judged and confirmed."""
    earth.vendor.publish("/openapi.json", before)
    earth.configure(PAYMENTS.format(url=earth.url))
    async with earth.inside() as engine:
        await earth.until_all("ok")
        earth.vendor.publish("/openapi.json", after)
        await earth.until_all("drifted")
        seen = len(earth.vendor.requests("/openapi.json"))
        await earth.until(lambda: len(earth.vendor.requests("/openapi.json")) >= seen + 3, "it was looked at again")
        async with engine.store.read() as tx:
            return await tx.escalations.list()


async def test_stripe_withdraws_fields_under_one_version_and_that_pages_once_with_the_true_causes(
    earth: World, real_data: RealData
) -> None:
    (escalation,) = await drifted(earth, real_data(STRIPE["d"]), real_data(STRIPE["e"]))
    await earth.until_paged()
    assert len(earth.pagerduty.incidents) == 1

    truth = json.loads(real_data("stripe/ground-truth.json"))["pairs"][2]
    removed = {f"{schema}.{name}" for schema, names in truth["schema_properties_removed"].items() for name in names}
    breaking = {
        c.address.removeprefix("schemas/").replace("/properties/", ".") for c in escalation.causes if c.impact == "breaking"
    }
    assert breaking == removed


async def test_stripe_only_adds_and_that_pages_nobody(earth: World, real_data: RealData) -> None:
    assert await drifted(earth, real_data(STRIPE["b"]), real_data(STRIPE["c"])) == []
    assert earth.pagerduty.incidents == []


def without_a_field(describe: Any) -> None:
    describe["fields"] = [field for field in describe["fields"] if field["name"] != "Industry"]


def with_a_shorter_field(describe: Any) -> None:
    next(field for field in describe["fields"] if field["name"] == "AccountNumber")["length"] -= 10


def with_an_inactive_value(describe: Any) -> None:
    next(field for field in describe["fields"] if field["name"] == "Type")["picklistValues"][0]["active"] = False


CRM = """
crm:
  criticality: core
  targets:
    account: {{kind: http, url: "{url}/describe", format: salesforce}}
"""


async def test_a_salesforce_object_that_changes_three_times_pages_with_each_change_named(
    earth: World, real_data: RealData
) -> None:
    describe = json.loads(real_data("salesforce/describe/Account.json"))
    earth.vendor.publish("/describe", json.dumps(describe).encode())
    earth.configure(CRM.format(url=earth.url))
    changes: list[Callable[[Any], None]] = [without_a_field, with_a_shorter_field, with_an_inactive_value]
    async with earth.inside():
        await earth.until_all("ok")
        for change in changes:
            change(describe)
        earth.vendor.publish("/describe", json.dumps(describe).encode())
        await earth.until_paged()
    (incident,) = earth.pagerduty.incidents
    changed = str(incident.details["What changed"])
    assert "Account.Industry" in changed
    assert "Account.AccountNumber" in changed
    assert "Account.Type" in changed
