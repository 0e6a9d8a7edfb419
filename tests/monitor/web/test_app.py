"""The parts of the web that are not pages: API, health, metrics, webhooks, and who may ask at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from alerts.page import EscalationId
from monitor.web.app import create_app, create_machines
from monitor.web.machines import LARGEST_HOOK
from monitor.web.security import Exposed, refuse_exposure
from tests.monitor.web.conftest import browser, lose
from tests.monitor.web.story import ACCOUNT, Daemon

WRITING = ("POST", "PUT", "PATCH", "DELETE")
GETS = (
    "/",
    "/escalations/E7K2",
    f"/targets/{ACCOUNT}",
    "/metrics",
    "/healthz",
    "/readyz",
    "/api/overview",
    "/api/targets",
    f"/api/targets/{ACCOUNT}",
    "/api/escalations",
    "/api/escalations/E7K2",
    "/static/style.css",
)


@pytest.fixture
async def outside(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_machines(daemon)), base_url="http://driftpager:8322"
    ) as client:
        yield client


async def test_the_api_tells_what_the_page_tells(web: httpx.AsyncClient) -> None:
    told = (await web.get("/api/overview")).json()
    first = told["briefs"][0]
    assert first["escalation"]["id"] == "E7K2"
    assert first["escalation"]["priority"] == "P1"
    assert first["escalation"]["opened_at"] == "2026-03-04T02:03:05Z"
    assert first["who"] == ["ana", "ben"]
    assert first["next"] == {"kind": "next-level", "due_at": "2026-03-04T02:18:05Z"}
    assert told["counts"] == {"ok": 2, "drifted": 2, "learning": 1, "unreadable": 1, "unreachable": 1, "held": 0}
    assert told["drifted"][0]["drifts"][0]["finding"]["impact"] == "breaking"


async def test_the_api_keeps_addresses_of_people_and_keys_of_channels_in(web: httpx.AsyncClient) -> None:
    told = (await web.get("/api/escalations/E7K2")).json()
    assert [page["page"]["contact"] for page in told["pages"]] == ["ana", "carla", "ben"]
    text = json.dumps(told)
    assert "carla@example.com" not in text
    assert '"recipient"' not in text
    assert '"triggered"' not in text


async def test_the_api_lists_by_state(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/escalations", params={"state": "acknowledged"})
    assert [each["id"] for each in answer.json()] == ["E7J9"]
    assert (await web.get("/api/escalations", params={"state": "asleep"})).status_code == 422


@pytest.mark.parametrize("path", ["/api/targets/nobody", "/api/escalations/E0", "/api/nothing"])
async def test_the_api_answers_404_as_json(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


async def test_metrics_count_what_stands_in_the_store(web: httpx.AsyncClient) -> None:
    answer = await web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["driftpager_escalations", (("priority", "P1"), ("state", "open"))] == 1
    assert samples["driftpager_open_drifts", (("impact", "breaking"), ("integration", "salesforce-production"))] == 2
    assert samples["driftpager_outbox_pages", (("channel", "pagerduty"), ("state", "confirmed"))] == 1
    assert samples["driftpager_outbox_oldest_age_seconds", (("channel", "mail"),)] == 11 * 60
    assert samples["driftpager_targets", (("integration", "parcelwise"), ("state", "unreachable"))] == 1


async def test_metrics_survive_a_lost_store(daemon: Daemon, tmp_path: Path) -> None:
    lose(tmp_path)
    async with browser(daemon) as client:
        answer = await client.get("/metrics")
        assert answer.status_code == 200
        assert "driftpager_escalations_unroutable_total 0.0" in answer.text
        assert (await client.get("/api/overview")).status_code == 503


async def test_health_is_of_the_process_and_readiness_of_its_parts(daemon: Daemon) -> None:
    async with browser(daemon) as client:
        assert (await client.get("/readyz")).status_code == 200
        daemon.troubles = ("planner: the disk is full", "delivery: the disk is full")
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.text.splitlines() == ["not ready", "planner: the disk is full", "delivery: the disk is full"]
        assert (await client.get("/healthz")).status_code == 200


async def test_a_webhook_reaches_its_channel_with_the_bytes_as_they_came(daemon: Daemon, web: httpx.AsyncClient) -> None:
    body = b'{ "a" : 1 }\n\xff'
    answer = await web.post("/hooks/pagerduty", content=body, headers={"X-PagerDuty-Signature": "v1=00"})
    assert (answer.status_code, answer.content) == (202, b"")
    ((source, headers, raw),) = daemon.received
    assert (source, raw) == ("pagerduty", body)
    assert headers["x-pagerduty-signature"] == "v1=00"


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_a_webhook_is_answered_as_its_receiver_says(daemon: Daemon, web: httpx.AsyncClient, status: int) -> None:
    daemon.status = status
    assert (await web.post("/hooks/pagerduty", content=b"{}")).status_code == status


async def test_a_webhook_that_is_too_large_is_refused(daemon: Daemon, web: httpx.AsyncClient) -> None:
    assert (await web.post("/hooks/pagerduty", content=b"x" * (LARGEST_HOOK + 1))).status_code == 413
    assert daemon.received == []
    assert (await web.post("/hooks/pagerduty", content=b"x" * LARGEST_HOOK)).status_code == 202


async def test_nothing_but_hooks_takes_anything_but_get(web: httpx.AsyncClient) -> None:
    answers = {(method, path): (await web.request(method, path)).status_code for method in WRITING for path in GETS}
    assert set(answers.values()) == {405}, answers


def test_every_route_is_read_only_but_the_hooks(daemon: Daemon) -> None:
    routes = create_app(daemon).openapi()["paths"]
    assert len(routes) > 8
    assert {path for path, item in routes.items() if set(item) - {"get"}} == {"/hooks/{channel}"}


async def test_reading_changes_nothing_in_the_store(daemon: Daemon, web: httpx.AsyncClient) -> None:
    async def everything() -> list[object]:
        async with daemon.store.read() as tx:
            pages = await tx.outbox.pages(EscalationId("E7K2"))
            return [await tx.targets.all(), await tx.escalations.list(), await tx.findings.all_open(), pages]

    before = await everything()
    for path in GETS:
        assert (await web.get(path)).status_code == 200
    assert await everything() == before


async def test_every_answer_carries_the_security_headers(web: httpx.AsyncClient) -> None:
    for path in (*GETS, "/nowhere", "/api/nothing", "/static/nothing"):
        headers = (await web.get(path)).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8321", "127.0.0.1.evil.example", "localhost.evil.example", "", "[", "0.0.0.0"]
)
async def test_a_name_that_is_not_ours_is_refused(web: httpx.AsyncClient, host: str) -> None:
    answer = await web.get("/api/overview", headers={"Host": host})
    assert answer.status_code == 421
    assert "E7K2" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8321", "127.0.0.1", "[::1]:8321", "drift.example.com"])
async def test_our_own_names_are_answered(daemon: Daemon, host: str) -> None:
    async with browser(daemon, url="https://drift.example.com/") as client:
        assert (await client.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "192.168.1.2", "driftpager.internal", ""])
def test_pages_without_sign_in_are_not_opened_to_other_machines(host: str) -> None:
    with pytest.raises(Exposed, match=r"web\.listen: .* no sign-in; listen on 127\.0\.0\.1"):
        refuse_exposure(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_this_machine_alone_may_read_them(host: str) -> None:
    refuse_exposure(host)


async def test_machines_elsewhere_get_counts_and_health_and_may_call_hooks(outside: httpx.AsyncClient) -> None:
    for path in ("/metrics", "/healthz", "/readyz"):
        assert (await outside.get(path)).status_code == 200
    assert (await outside.post("/hooks/pagerduty", content=b"{}")).status_code == 202


@pytest.mark.parametrize("path", ["/", "/escalations/E7K2", f"/targets/{ACCOUNT}", "/api/overview", "/api/targets"])
async def test_machines_elsewhere_get_nothing_that_people_read(outside: httpx.AsyncClient, path: str) -> None:
    answer = await outside.get(path)
    assert answer.status_code == 404
    assert "Account" not in answer.text


async def test_no_documentation_of_the_api_is_served_by_itself(web: httpx.AsyncClient) -> None:
    assert [(await web.get(path)).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]
