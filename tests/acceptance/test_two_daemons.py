"""Two daemons on one PostgreSQL database share the work: what one probes, pages or acts upon, the other does not."""

from __future__ import annotations

import pytest

from tests.acceptance.test_main_job import ACME, BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.test_people import kinds
from tests.acceptance.world import World
from tests.postgres import Cluster

pytestmark = [pytest.mark.acceptance, pytest.mark.postgresql]


async def test_two_daemons_on_one_server_send_nothing_twice(quick: World, postgresql_cluster: Cluster) -> None:
    url = postgresql_cluster.new_database()
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    targets = ACME.replace("    api:", '    other: {{kind: http, url: "{url}/other.graphql", format: graphql}}\n    api:')
    quick.vendor.publish("/other.graphql", BEFORE, media_type="text/plain")
    quick.configure(targets.format(url=quick.url), more=f"store: {url}\n")
    async with quick.inside() as one, quick.inside() as two:
        assert one is not two
        await quick.until_all("ok")
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_paged()
        (incident,) = quick.pagerduty.incidents
        await quick.pagerduty.acknowledge(incident.key)
        quick.clock.forward(seconds=16)
        acknowledged = await quick.until_escalation("acknowledged")
        quick.clock.forward(seconds=91)
        await quick.until_probed("/schema.graphql", 2)
        told = kinds(await quick.timeline(acknowledged), "page.sent", "page.confirmed", "escalation.acknowledged", "page.failed")
        quick.vendor.publish("/schema.graphql", BEFORE)
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
        quick.engine = one
    events = [each.json["event_action"] for each in quick.pagerduty.received if each.path == "/v2/enqueue"]
    assert events == ["trigger", "resolve"]
    assert told.count("page.sent") == told.count("escalation.acknowledged") == 1
    postgresql_cluster.drop(url)
