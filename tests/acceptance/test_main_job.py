"""The main job, end to end: a vendor changes its schema, the right person is paged once."""

from __future__ import annotations

import pytest

from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

BEFORE = b"type Query { account: Account }\ntype Account { id: ID! industry: String status: Status }\nenum Status { OPEN SHUT }\n"
WITHOUT_INDUSTRY = BEFORE.replace(b" industry: String", b"")

ACME = """
acme:
  criticality: core
  owner: billing
  runbook: https://wiki.example.com/acme
  vendor_contact: {{support: "https://help.example.com"}}
  targets:
    api: {{kind: http, url: "{url}/schema.graphql", format: graphql, usage: {{fields: [Account.industry]}}}}
"""


async def test_a_removed_field_in_use_pages_once_and_resolves_when_it_comes_back(earth: World) -> None:
    earth.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    earth.configure(ACME.format(url=earth.url))
    async with earth.daemon():
        await earth.until_all("ok")
        earth.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await earth.until_paged()
        (incident,) = earth.pagerduty.incidents
        assert incident.severity == "critical"
        assert "Account.industry" in incident.title

        earth.vendor.publish("/schema.graphql", BEFORE)
        await earth.until_all("ok")
        await earth.until(lambda: not earth.pagerduty.open(), "the incident is resolved")
    assert [incident.status for incident in earth.pagerduty.incidents] == ["resolved"]


async def test_what_pages_is_what_an_engineer_needs_at_three_in_the_morning(quick: World) -> None:
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url), more="customers: {Initech: {depends_on: [acme]}}\n")
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_paged()
    (incident,) = quick.pagerduty.incidents
    said = {label: str(text) for label, text in incident.details.items()}
    assert "`Account.industry`" in said["What changed"]
    assert "Account.industry" in said["What it means for us"]
    assert "Query.account" in said["Affected operations"]
    assert "Initech" in said["Affected customers"]
    assert {"Since", "Changed between", "Priority", "Vendor contact"} <= set(said)
    assert {"https://wiki.example.com/acme", "https://help.example.com"} <= {link["href"] for link in incident.links}


async def test_equal_bodies_and_304s_write_no_snapshot(quick: World) -> None:
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url))
    async with quick.inside():
        await quick.until_all("ok")
        seen = len(quick.vendor.requests("/schema.graphql"))
        await quick.until(lambda: len(quick.vendor.requests("/schema.graphql")) >= seen + 3, "three more probes were made")
        assert quick.vendor.not_modified > 0
        quick.vendor.publish("/schema.graphql", BEFORE, etag=False, dated=False)
        seen = len(quick.vendor.requests("/schema.graphql"))
        await quick.until(lambda: len(quick.vendor.requests("/schema.graphql")) >= seen + 3, "three more probes were made")
        async with quick.store() as store, store.read() as tx:
            (status,) = await tx.targets.all()
            assert len(await tx.snapshots.history(status.name, 10)) == 1
    assert quick.pagerduty.incidents == []
