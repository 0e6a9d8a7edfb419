"""The PagerDuty channel against the stand-in, over TLS, through the official client."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Tools, Watched, outlets
from alerts.channels.pagerduty import PagerDuty
from alerts.errors import Reason, Undeliverable, Undelivered, Unreadable, Unverified
from alerts.events import Acknowledged, ClosedAtChannel, of_reply
from alerts.page import Action, Link
from alerts.pagerduty.event import MOST_BYTES, event_of
from monitor.demo import pagerduty as stand_in
from monitor.demo.pagerduty import Received, Trouble
from monitor.demo.serve import Tls, serve
from tests.alerts.pages import KEY, content, page
from tests.alerts.stories import MONDAY
from tests.conftest import RealData

ROUTING_KEY = "R0UTINGKEYR0UTINGKEYR0UTINGKEY42"
TOKEN = "y_NbAkKc66ryYTWUXYEu"


@dataclass
class Account:
    """The stand-in and a channel configured for it."""

    pagerduty: stand_in.PagerDuty
    channel: PagerDuty


@pytest.fixture
async def account(tls: Tls) -> AsyncIterator[Account]:
    pagerduty = stand_in.PagerDuty(routing_keys={ROUTING_KEY: "CRM"}, tokens=frozenset({TOKEN}))
    async with serve(pagerduty.app, tls=tls) as url:
        channel = PagerDuty(
            routing_key=SecretStr(ROUTING_KEY),
            token=SecretStr(TOKEN),
            from_address="ana@example.com",
            base_url=url,
            api_url=url,
            ca_file=tls.authority,
            seconds=5,
            client_url="https://drift.example.com",
        )
        yield Account(pagerduty, channel)


async def test_a_page_becomes_one_incident_with_all_that_an_engineer_needs(account: Account, tools: Tools) -> None:
    receipt = await account.channel.deliver(page(), tools)
    assert receipt.reference == KEY
    (incident,) = account.pagerduty.incidents
    assert (incident.key, incident.severity, incident.urgency) == (KEY, "critical", "high")
    assert incident.details["What changed"] == "Account.Industry was removed"
    assert incident.links == [{"href": "https://wiki.example.com/salesforce", "text": "Runbook"}]


async def test_the_same_page_twice_is_one_incident(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(), tools)
    assert [incident.triggers for incident in account.pagerduty.incidents] == [2]


async def test_acknowledge_and_resolve_move_the_incident(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(Action.ACKNOWLEDGE), tools)
    assert account.pagerduty.find(KEY).status == "acknowledged"
    await account.channel.deliver(page(Action.RESOLVE), tools)
    assert account.pagerduty.find(KEY).status == "resolved"


async def test_a_note_goes_onto_the_incident_in_a_users_name(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(Action.NOTE), tools)
    assert account.pagerduty.find(KEY).notes == [("Ana", page().content.summary)]


async def test_a_note_without_an_incident_is_given_up(account: Account, tools: Tools) -> None:
    with pytest.raises(Undeliverable, match="notes on an incident only"):
        await account.channel.deliver(page(Action.NOTE), tools)


async def test_each_send_is_one_request_even_when_it_is_refused_for_now(account: Account, tools: Tools) -> None:
    account.pagerduty.fail(Trouble.RATE_LIMITED, times=5, retry_after=7)
    with pytest.raises(Undelivered) as caught:
        await account.channel.deliver(page(), tools)
    assert (caught.value.reason, caught.value.retry_after) == (Reason.RATE_LIMITED, timedelta(seconds=7))
    assert not caught.value.unknown
    assert len(account.pagerduty.received) == 1


async def test_a_server_error_is_one_request_and_may_have_arrived(account: Account, tools: Tools) -> None:
    account.pagerduty.fail(Trouble.SERVER_ERROR, times=5)
    with pytest.raises(Undelivered) as caught:
        await account.channel.deliver(page(), tools)
    assert (caught.value.reason, caught.value.unknown) == (Reason.SERVER, True)
    assert len(account.pagerduty.received) == 1


async def test_an_accepted_event_without_an_answer_may_have_arrived_and_can_be_read_back(account: Account, tools: Tools) -> None:
    account.pagerduty.fail(Trouble.HANG)
    impatient = account.channel.model_copy(update={"seconds": 0.5})
    with pytest.raises(Undelivered) as caught:
        await impatient.deliver(page(), tools)
    assert (caught.value.reason, caught.value.unknown) == (Reason.TIMEOUT, True)
    assert await account.channel.arrived(KEY, tools) == account.pagerduty.find(KEY).id


async def test_an_event_that_was_taken_but_paged_nobody_is_seen_by_reading_back(account: Account, tools: Tools) -> None:
    account.pagerduty.fail(Trouble.SWALLOW)
    await account.channel.deliver(page(), tools)
    assert await account.channel.arrived(KEY, tools) is None


async def test_a_sign_in_page_with_202_is_no_success(account: Account, tools: Tools) -> None:
    account.pagerduty.fail(Trouble.UNREADABLE)
    with pytest.raises(Undelivered, match="not as described"):
        await account.channel.deliver(page(), tools)


async def test_an_answer_about_another_key_is_no_success(account: Account, tools: Tools) -> None:
    account.pagerduty.fail(Trouble.ANOTHER_KEY)
    with pytest.raises(Undelivered, match="another dedup key"):
        await account.channel.deliver(page(), tools)


async def test_a_wrong_routing_key_is_given_up_and_never_shown(account: Account, tools: Tools) -> None:
    wrong = account.channel.model_copy(update={"routing_key": SecretStr("W" * 32)})
    with pytest.raises(Undeliverable) as caught:
        await wrong.deliver(page(), tools)
    assert caught.value.reason is Reason.CLIENT
    assert "WWWW" not in str(caught.value)


async def test_a_wrong_token_is_given_up_and_never_shown(account: Account, tools: Tools) -> None:
    wrong = account.channel.model_copy(update={"token": SecretStr("wrong-token-4711")})
    with pytest.raises(Undeliverable) as caught:
        await wrong.arrived(KEY, tools)
    assert caught.value.reason is Reason.AUTH
    assert "4711" not in str(caught.value)


async def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent(account: Account, tools: Tools) -> None:
    stranger = account.channel.model_copy(update={"ca_file": None})
    with pytest.raises(Undelivered) as caught:
        await stranger.deliver(page(), tools)
    assert not caught.value.unknown
    assert account.pagerduty.received == []


async def test_acknowledgements_of_people_are_polled_with_stable_ids(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.pagerduty.acknowledge(KEY, "Ana")
    first = await account.channel.poll([Watched(dedup_key=KEY)], tools)
    again = await account.channel.poll([Watched(dedup_key=KEY)], tools)
    assert [(reply.kind, reply.by) for reply in first] == [("acknowledged", "Ana")]
    assert first == again


async def test_an_acknowledgement_by_the_integration_itself_is_nobodys(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(Action.ACKNOWLEDGE), tools)
    assert await account.channel.poll([Watched(dedup_key=KEY)], tools) == []


async def test_an_acknowledgement_taken_back_is_polled_by_its_absence(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.pagerduty.unacknowledge(KEY)
    known = account.pagerduty.find(KEY).changed_at - timedelta(minutes=1)
    (reply,) = await account.channel.poll([Watched(dedup_key=KEY, acknowledged_at=known)], tools)
    assert reply.kind == "unacknowledged"
    assert await account.channel.poll([Watched(dedup_key=KEY)], tools) == []


async def test_an_auto_resolve_is_polled_with_nobody_behind_it(account: Account, tools: Tools) -> None:
    await account.channel.deliver(page(), tools)
    await account.pagerduty.resolve(KEY)
    (reply,) = await account.channel.poll([Watched(dedup_key=KEY)], tools)
    assert of_reply(reply) == (
        "e1",
        ClosedAtChannel(by="", via="pagerduty", generation=1, lane="sync", at=reply.at),
    )


async def test_a_key_whose_alert_joined_another_incident_is_found_and_its_acknowledgement_heard(
    account: Account, tools: Tools
) -> None:
    account.pagerduty.grouped = True
    other = KEY.replace("sync", "security")
    await account.channel.deliver(page(dedup_key=other), tools)
    await account.channel.deliver(page(), tools)
    (incident,) = account.pagerduty.incidents
    assert await account.channel.arrived(KEY, tools) == incident.id
    await account.pagerduty.acknowledge(incident.id, "Ana")
    replies = await account.channel.poll([Watched(dedup_key=KEY), Watched(dedup_key=other)], tools)
    assert {(reply.dedup_key, reply.by) for reply in replies} == {(KEY, "Ana"), (other, "Ana")}
    assert len({reply.event_id for reply in replies}) == 2


async def test_an_incident_with_several_alerts_ends_with_the_last_of_them(account: Account, tools: Tools) -> None:
    account.pagerduty.grouped = True
    other = KEY.replace("sync", "security")
    for key in (KEY, other):
        await account.channel.deliver(page(dedup_key=key), tools)
    await account.channel.deliver(page(Action.RESOLVE), tools)
    assert account.pagerduty.find(KEY).status == "triggered"
    await account.channel.deliver(page(Action.RESOLVE, dedup_key=other), tools)
    assert account.pagerduty.find(KEY).status == "resolved"


async def test_without_a_token_nothing_is_polled_and_nothing_read_back(account: Account, tools: Tools) -> None:
    blind = account.channel.model_copy(update={"token": None})
    assert await blind.poll([Watched(dedup_key=KEY)], tools) == []
    assert not outlets({"pd": blind})["pd"].reads_back
    assert account.pagerduty.received == []


async def test_webhooks_of_the_stand_in_are_verified_and_read(tls: Tls, tools: Tools) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def post(url: str, headers: Any, body: bytes) -> int:
        heard.append((dict(headers), body))
        return 204

    pagerduty = stand_in.PagerDuty(
        routing_keys={ROUTING_KEY: "CRM"}, webhook=("https://us.example.com", ("new", "old")), post=post
    )
    async with serve(pagerduty.app, tls=tls) as url:
        channel = hearing("other", "old").model_copy(update={"base_url": url, "ca_file": tls.authority})
        await channel.deliver(page(), tools)
        await pagerduty.settle()
        await pagerduty.acknowledge(KEY, "Ana")
    triggered, acknowledged = (channel.replies(*each, MONDAY) for each in heard)
    assert triggered == []
    found = of_reply(acknowledged[0])
    assert found is not None
    assert found[1] == Acknowledged(
        by="Ana", via="pagerduty", generation=1, at=pagerduty.find(KEY).changed_at, lane="sync", dedup_key=KEY
    )


def hearing(*secrets: str) -> PagerDuty:
    return PagerDuty(routing_key=SecretStr(ROUTING_KEY), webhook_secrets=tuple(SecretStr(each) for each in secrets))


def test_the_published_signature_vector_is_accepted_and_read(real_data: RealData) -> None:
    vectors = json.loads(real_data("signing/webhook-signature-vectors.json"))["vectors"]
    vector = next(each for each in vectors if each["scheme"] == "pagerduty v3")
    body = vector["body"].encode()
    (reply,) = hearing("nothing", vector["secret"]).replies(vector["headers"], body, MONDAY)
    assert (reply.event_id, reply.kind, reply.dedup_key, reply.by) == ("01EXAMPLE", "acknowledged", "driftpager:crm:abc123", "")
    with pytest.raises(Unverified):
        hearing(vector["secret"]).replies(vector["headers"], body + b" ", MONDAY)
    with pytest.raises(Unverified):
        hearing("another").replies(vector["headers"], body, MONDAY)
    with pytest.raises(Unverified, match="no webhook_secrets"):
        hearing().replies(vector["headers"], body, MONDAY)


@pytest.mark.parametrize(
    "headers", [{}, {"X-PagerDuty-Signature": ""}, {"X-PagerDuty-Signature": "v1="}, {"X-PagerDuty-Signature": "v2=é,v1=ü"}]
)
def test_a_webhook_without_a_sound_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        hearing("secret").replies(headers, b"{}", MONDAY)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"event": 3}', b'{"event": {"event_type": "incident.acknowledged"}}', b"\xff"])
def test_a_signed_body_that_is_not_as_described_is_unreadable(body: bytes) -> None:
    signature = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    with pytest.raises(Unreadable):
        hearing("secret").replies({"x-pagerduty-signature": f"v1={signature}"}, body, MONDAY)


async def test_every_request_fits_the_official_descriptions(account: Account, tools: Tools, real_data: RealData) -> None:
    await account.channel.deliver(page(), tools)
    await account.channel.deliver(page(Action.ACKNOWLEDGE), tools)
    await account.channel.deliver(page(Action.NOTE), tools)
    await account.channel.arrived(KEY, tools)
    await account.channel.deliver(page(Action.RESOLVE), tools)
    assert fitting(account.pagerduty.received, real_data) == 6


def fitting(received: Iterable[Received], real_data: RealData) -> int:
    """How many requests there were, each as PagerDuty's own descriptions have it and taken."""
    events = json.loads(real_data("pagerduty/events-v2.openapi.json"))
    rest = json.loads(real_data("pagerduty/rest-v2.openapi.json.gz"))
    checked = 0
    for request in received:
        assert request.status in (200, 202)
        description, path = (events, "/enqueue") if request.path == "/v2/enqueue" else (rest, request.path)
        template = next(each for each in description["paths"] if _fits(each, path))
        operation = description["paths"][template][request.method.lower()]
        if request.method == "GET":
            known = {_resolve(description, each)["name"] for each in operation["parameters"]}
            assert {pair.partition("=")[0] for pair in request.query.split("&")} <= known
        else:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.Draft4Validator(schema | {"components": description["components"]}).validate(request.json)
        checked += 1
    return checked


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(part == have or part.startswith("{") for part, have in zip(parts, given, strict=True))


def _resolve(description: Any, node: Any) -> Any:
    for part in node.get("$ref", "#")[2:].split("/") if "$ref" in node else ():
        description = description[part.replace("~1", "/")]
    return description if "$ref" in node else node


@pytest.mark.parametrize("size", [1_000, 600_000])
async def test_a_page_of_any_size_fits_and_keeps_its_links(account: Account, tools: Tools, size: int) -> None:
    long = content(
        summary="ü" * 5_000,
        source="s" * 5_000,
        facts=tuple((f"label {n}", "日" * size) for n in range(60)),
        links=(Link(text="Runbook " * 100, href="https://wiki.example.com/x"), Link(text="bad", href="javascript:alert(1)")),
    )
    await account.channel.deliver(page(content=long), tools)
    (request,) = account.pagerduty.received
    assert len(request.body) <= MOST_BYTES
    assert len(request.json["payload"]["summary"]) == 1024
    assert [link["href"] for link in request.json["links"]] == ["https://wiki.example.com/x"]
    assert request.json["payload"]["custom_details"]


def test_text_that_utf8_cannot_carry_is_replaced_and_not_fatal() -> None:
    event = event_of(page(content=content(summary="a\ud800b")), "")
    assert event["payload"]["summary"] == "a?b"


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"routing_key": "short-secret"}, "32 letters and digits"),
        ({"base_url": "http://events.example.com"}, "https only"),
        ({"webhook_secrets": ("",)}, "must not be empty"),
        ({"ca_file": "/nowhere/ca.pem"}, "is no file"),
    ],
)
def test_a_wrong_setting_is_named_without_its_secret(wrong: dict[str, Any], because: str) -> None:
    with pytest.raises(ValidationError, match=because) as caught:
        PagerDuty.model_validate({"routing_key": ROUTING_KEY} | wrong)
    assert "short-secret" not in str(caught.value)
    assert ROUTING_KEY not in str(caught.value)


async def test_the_stand_in_refuses_what_the_vendor_would(account: Account, tools: Tools) -> None:
    with pytest.raises(Undeliverable):
        await account.channel.deliver(page(dedup_key="k" * 256), tools)
    with pytest.raises(Undeliverable):
        await account.channel.deliver(page(content=replace(content(), severity="fatal")), tools)
    assert [request.status for request in account.pagerduty.received] == [400, 400]


def test_the_clock_of_the_page_is_the_events_timestamp() -> None:
    assert event_of(page(), "")["payload"]["timestamp"] == MONDAY.isoformat(timespec="milliseconds")
