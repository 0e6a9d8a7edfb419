"""A real Alertmanager on both sides of a real daemon: what fires there is paged, through it too, and ends with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest

from tests.acceptance.test_main_job import BEFORE
from tests.acceptance.world import World
from tests.alerts.real_alertmanager import alertmanager, alerts, free_port, needed

pytestmark = pytest.mark.acceptance

SECRET = "canary-secret-of-the-hook"
MATRIX = """
contacts: {ana: {pagerduty: PANA}}
lanes: {sync: {levels: [{contact: ana}], channels: [prometheus]}}
rules: [{lanes: [sync]}]
last_resort: ana
"""
CHANNEL = """
  prometheus:
    kind: alertmanager
    url: {url}
    private: true
    refresh: 10s
    webhook_secrets: ["env:HOOK"]
"""
INTEGRATION = """
acme:
  criticality: core
  targets: {{api: {{kind: http, url: "{url}/schema.graphql", format: graphql}}}}
"""


async def ours(url: str) -> list[Mapping[str, Any]]:
    return [alert for alert in await alerts(url) if alert["labels"]["alertname"] == "DriftpagerEscalation"]


def told(name: str, **times: str) -> list[dict[str, Any]]:
    labels = {"alertname": name, "integration": "acme", "severity": "critical"}
    return [{"labels": labels, "annotations": {"summary": "no record was synced"}, **times}]


@needed
async def test_what_fires_is_paged_through_it_told_again_and_over_with_it(earth: World, tmp_path: Path) -> None:
    earth.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    (earth.folder / "escalation.yml").write_text(dedent(MATRIX))
    earth.environ["HOOK"] = SECRET
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    earth.configure(INTEGRATION.format(url=earth.url), more="matrix: {file: escalation.yml}\n")
    earth.config.write_text(earth.config.read_text().replace("channels:\n", "channels:" + CHANNEL.format(url=url), 1))
    async with earth.inside(), AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, base_url=url))
        hook = f"{earth.web}/hooks/prometheus"
        await stack.enter_async_context(alertmanager(tmp_path, port=port, calls=hook, bearer=SECRET))
        await _only_those_who_know_the_secret_and_our_names_are_heard(client, hook)
        assert (await client.post("/api/v2/alerts", json=told("SyncFailing"))).status_code == 200
        opened = await earth.until_escalation("open")
        assert opened.causes[0].message == "SyncFailing: no record was synced"
        await earth.until(lambda: _has(url, 1), "our own alert is there")
        (first,) = await ours(url)
        assert (first["labels"]["escalation"], first["annotations"]["priority"]) == (opened.id, "P1")
        earth.clock.forward(seconds=16)
        await earth.until(lambda: _later(url, first["endsAt"]), "it was told again")
        over = told("SyncFailing", endsAt=datetime.now(UTC).isoformat())
        assert (await client.post("/api/v2/alerts", json=over)).status_code == 200
        await earth.until_escalation("resolved")
        soon = (earth.clock.now() + timedelta(seconds=1)).isoformat()
        await earth.until(lambda: _earlier(url, soon), "our own alert ends")  # in 16 s: so far is our clock ahead
        assert len(await earth.escalations()) == 1  # what came home of our own is about nothing


async def _only_those_who_know_the_secret_and_our_names_are_heard(client: httpx.AsyncClient, hook: str) -> None:
    began = "2026-11-23T10:00:00Z"
    ours = {"status": "resolved", "labels": {"alertname": "Other", "integration": "acme"}, "startsAt": began, "endsAt": began}
    strange = ours | {"labels": {"alertname": "Other", "integration": "acne"}}
    known = f"?token={SECRET}"
    for query, alert, expected in (("", ours, 401), ("?token=wrong", ours, 401), (known, strange, 400), (known, ours, 200)):
        group = {"version": "4", "groupKey": "{}", "status": "resolved", "receiver": "it", "alerts": [alert]}
        assert (await client.post(hook + query, json=group)).status_code == expected


async def _has(url: str, count: int) -> bool:
    return len(await ours(url)) == count


async def _later(url: str, than: str) -> bool:
    return all(alert["endsAt"] > than for alert in await ours(url))


async def _earlier(url: str, than: str) -> bool:
    return all(alert["endsAt"] < than for alert in await ours(url))
