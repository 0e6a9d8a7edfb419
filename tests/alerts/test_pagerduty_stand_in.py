"""The stand-in itself: it must be as strict as the vendor, or the tests that lean on it prove nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from monitor.demo.pagerduty import PagerDuty, Trouble
from monitor.demo.pagerduty_rules import event_mistakes

KEY = "0123456789abcdef0123456789abcdef"
ACCEPT = "application/vnd.pagerduty+json;version=2"
GOOD: dict[str, Any] = {
    "routing_key": KEY,
    "event_action": "trigger",
    "dedup_key": "k",
    "payload": {"summary": "s", "source": "x", "severity": "critical"},
}
RIGHT = {"Authorization": "Token token=t", "Accept": ACCEPT, "Content-Type": "application/json", "From": "ana@example.com"}


def made(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (GOOD | changes).items() if value is not None}


def said(**changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = GOOD["payload"] | changes
    return made(payload={name: value for name, value in payload.items() if value is not None})


@pytest.fixture
def pagerduty() -> PagerDuty:
    return PagerDuty(routing_keys={KEY: "CRM"}, tokens=frozenset({"t"}))


def client(of: PagerDuty) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=of.app), base_url="https://stand-in")


def test_a_whole_event_has_no_mistakes() -> None:
    whole = made(
        client="driftpager",
        client_url="https://drift.example.com",
        links=[{"href": "https://example.com", "text": "t"}],
        images=[{"src": "https://example.com/i.png"}],
        payload=GOOD["payload"]
        | {"timestamp": "2026-11-23T10:00:00Z", "component": "c", "group": "g", "class": "d", "custom_details": {"a": "b"}},
    )
    assert list(event_mistakes(whole)) == []


@pytest.mark.parametrize(
    "event",
    [
        [],
        made(routing_key=None),
        made(routing_key="short"),
        made(event_action="escalate"),
        made(event_action=None),
        made(event_action="resolve", dedup_key=None),
        made(event_action="acknowledge", dedup_key=""),
        made(dedup_key="k" * 256),
        made(payload=None),
        said(summary=None),
        said(summary=""),
        said(summary="s" * 1025),
        said(source=None),
        said(severity="fatal"),
        said(severity=None),
        said(timestamp="yesterday"),
        said(custom_details="text"),
        said(component=3),
        said(colour="red"),
        made(customDetails={}),
        made(links={}),
        made(links=[{"text": "no address"}]),
        made(links=[{"href": "javascript:alert(1)", "text": "t"}]),
        made(images=[{"src": "http://example.com/i.png"}]),
    ],
)
def test_each_mistake_in_an_event_is_found(event: Any) -> None:
    assert list(event_mistakes(event))


async def test_events_that_are_too_large_not_json_or_for_nobody_are_refused(pagerduty: PagerDuty) -> None:
    async with client(pagerduty) as http:
        large = said(custom_details={"a": "x" * 512_000})
        assert (await http.post("/v2/enqueue", json=large)).status_code == 400
        assert (await http.post("/v2/enqueue", content=b"{", headers={"Content-Type": "application/json"})).status_code == 400
        assert (await http.post("/v2/enqueue", content=b"{}", headers={"Content-Type": "text/plain"})).status_code == 400
        assert (await http.post("/v2/enqueue", json=made(routing_key="f" * 32))).json()["errors"] == ["Invalid routing key"]
        assert (await http.post("/v2/enqueue", json=GOOD)).json()["dedup_key"] == "k"
    assert len(pagerduty.incidents) == 1


async def test_unknown_and_closed_keys_are_dropped_in_silence_and_a_trigger_opens_anew(
    pagerduty: PagerDuty,
) -> None:
    async with client(pagerduty) as http:
        for action in ("acknowledge", "resolve", "trigger", "resolve", "acknowledge", "trigger"):
            event = made(event_action=action, payload=GOOD["payload"] if action == "trigger" else None)
            assert (await http.post("/v2/enqueue", json=event)).status_code == 202
    assert [incident.status for incident in pagerduty.incidents] == ["resolved", "triggered"]


async def test_another_routing_key_is_another_service(pagerduty: PagerDuty) -> None:
    pagerduty.routing_keys["f" * 32] = "Payments"
    async with client(pagerduty) as http:
        await http.post("/v2/enqueue", json=GOOD)
        await http.post("/v2/enqueue", json=made(routing_key="f" * 32, event_action="resolve", payload=None))
    assert [(incident.service, incident.status) for incident in pagerduty.incidents] == [("CRM", "triggered")]


@pytest.mark.parametrize(
    ("missing", "value", "status"),
    [
        ("Authorization", "Token token=wrong", 401),
        ("Authorization", "", 401),
        ("Accept", "application/json", 406),
        ("Content-Type", "text/plain", 415),
        ("From", "stranger@example.com", 400),
    ],
)
async def test_rest_writes_need_every_header(pagerduty: PagerDuty, missing: str, value: str, status: int) -> None:
    async with client(pagerduty) as http:
        await http.post("/v2/enqueue", json=GOOD)
        change = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
        path = f"/incidents/{pagerduty.incidents[0].id}"
        refused = await http.put(path, json=change, headers=RIGHT | {missing: value})
        assert refused.status_code == status
        assert (await http.put(path, json=change, headers=RIGHT)).json()["incident"]["status"] == "acknowledged"
    assert pagerduty.find("k").acknowledgements[0][0] == "Ana"


async def test_incidents_are_listed_by_key_and_state_and_never_more_than_a_hundred(pagerduty: PagerDuty) -> None:
    async with client(pagerduty) as http:
        for number in range(3):
            await http.post("/v2/enqueue", json=made(dedup_key=f"k{number}"))
        await http.post("/v2/enqueue", json=made(dedup_key="k1", event_action="resolve", payload=None))

        async def keys(query: str) -> list[str]:
            return [each["incident_key"] for each in (await http.get(f"/incidents?{query}", headers=RIGHT)).json()["incidents"]]

        assert await keys("incident_key=k1") == ["k1"]
        assert await keys("statuses[]=triggered") == ["k2", "k0"]
        assert await keys("limit=1&offset=1") == ["k1"]
        assert (await http.get("/incidents?limit=101", headers=RIGHT)).status_code == 400
        assert (await http.get("/incidents?statuses[]=broken", headers=RIGHT)).status_code == 400


async def test_failures_come_in_order_and_then_it_recovers(pagerduty: PagerDuty) -> None:
    pagerduty.fail(Trouble.RATE_LIMITED, times=2, retry_after=3)
    pagerduty.fail(Trouble.SERVER_ERROR)
    pagerduty.fail(Trouble.SWALLOW)
    async with client(pagerduty) as http:
        answers = [await http.post("/v2/enqueue", json=GOOD) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [429, 429, 500, 202, 202]
    assert answers[0].headers["retry-after"] == "3"
    assert len(pagerduty.incidents) == 1
    assert [request.status for request in pagerduty.received] == [429, 429, 500, 202, 202]


async def test_people_see_incidents_on_its_page_and_act_on_them(pagerduty: PagerDuty) -> None:
    async with client(pagerduty) as http:
        assert "No incidents yet" in (await http.get("/")).text
        await http.post("/v2/enqueue", json=said(summary="<b>gone</b>", custom_details={"What": "<i>x</i>"}))
        page = (await http.get("/")).text
        assert "&lt;b&gt;gone&lt;/b&gt;" in page
        assert "&lt;i&gt;x&lt;/i&gt;" in page
        path = f"/people/{pagerduty.incidents[0].id}"
        assert (await http.post(path, data={"what": "acknowledged", "by": "Ana"})).status_code == 303
        assert (await http.post(path, data={"what": "acknowledged", "by": "Ana"})).status_code == 400
        assert (await http.post(path, data={"what": "resolved", "by": "Nobody"})).status_code == 400
    assert pagerduty.find("k").changed_by == "Ana"
