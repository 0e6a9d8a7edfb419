"""Intercom: one ticket an escalation, notes for us, comments for customers, what people do there; against a strict workspace."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Receipt, Reply, Tools, Watched
from alerts.channels.intercom import LAG, Intercom
from alerts.errors import Reason, Undeliverable, Undelivered, Unreadable, Unverified
from alerts.page import Page
from monitor.demo import intercom as stand_in
from monitor.demo.helpdesk import Trouble
from monitor.demo.serve import serve
from monitor.egress import Egress
from tests.alerts.helpdesks import ANA, KITE, MINUTE, Still, record, update
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY
from tests.conftest import RealData

TOKEN, SECRET, OURS = "intercom-token-1", "client-secret-of-the-app", "driftpager@example.com"


@dataclass
class Workspace:
    """The vendor's workspace, our channel to it, and the clock of both."""

    desk: stand_in.Intercom
    channel: Intercom
    http: Egress
    clock: Still
    hooks: list[tuple[Mapping[str, str], bytes]]

    def with_(self, **changes: Any) -> Intercom:
        return self.channel.model_copy(update=changes)

    @property
    def tools(self) -> Tools:
        return Tools(http=self.http, now=self.clock.moment)

    async def deliver(self, sent: Page) -> Receipt:
        return await self.channel.deliver(sent, self.tools)

    def passes(self, by: timedelta = MINUTE) -> None:
        self.clock.moment += by

    async def poll(self, *references: str, since: datetime = MONDAY) -> list[Reply]:
        watched = [Watched(dedup_key="k", reference=each, state="open", since=since) for each in references]
        return await self.channel.poll(watched, self.tools)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    clock, hooks = Still(), list[tuple[Mapping[str, str], bytes]]()

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        hooks.append((headers, body))
        return 202

    webhook = ("https://we.example/hooks/intercom", SECRET)
    desk = stand_in.Intercom(token=TOKEN, clock=clock, post=post, webhook=webhook, attributes=("driftpager", "Priority"))
    async with serve(desk.app) as url, Egress(private=True) as http:
        channel = Intercom(
            url=url,
            token=SecretStr(TOKEN),
            admin="7",
            ticket_type=stand_in.BACK_OFFICE,
            customer_ticket_type=stand_in.CUSTOMER,
            contact=OURS,
            priority_attribute="Priority",
            webhook_secrets=(SecretStr("old-one"), SecretStr(SECRET)),
            workspace="ws1",
            private=True,
            seconds=2.0,
        )
        yield Workspace(desk=desk, channel=channel, http=http, clock=clock, hooks=hooks)


async def test_a_ticket_is_made_follows_its_escalation_and_is_closed_and_reopened(workspace: Workspace) -> None:
    made = await workspace.deliver(record("open", "opened: P1"))
    (ticket,) = workspace.desk.tickets
    assert made == Receipt(reference="2000", url="https://app.intercom.com/a/inbox/ws1/inbox/conversation/2000")
    assert (ticket.type, workspace.desk.contacts[ticket.contact][1], ticket.tags) == (stand_in.BACK_OFFICE, OURS, ["driftpager"])
    assert ticket.attributes == {
        "_default_title_": page().content.summary,
        "_default_description_": f"{page().content.summary}\n\n"
        "What changed: Account.Industry was removed\nSince: 2026-11-23 10:00 UTC\n\n"
        "Runbook: https://wiki.example.com/salesforce",
        "driftpager": "driftpager-e1",
        "Priority": "P1",
    }
    await workspace.deliver(record("acknowledged", "ana: on it", reference="2000", priority=2))
    assert (ticket.category, ticket.attributes["Priority"]) == ("in_progress", "P2")
    await workspace.deliver(record("resolved", "ana: the hotfix is out", reference="2000"))
    assert (ticket.category, ticket.open) == ("resolved", False)
    await workspace.deliver(record("open", "it is back", reference="2000", generation=2))
    assert (ticket.category, ticket.open) == ("submitted", True)
    assert ticket.notes == ["opened: P1", "ana: on it", "ana: the hotfix is out", "it is back"]
    assert (workspace.desk.sent_to, len(workspace.desk.tickets)) == ([], 1)


async def test_only_the_customer_is_written_to_and_reads_nothing_but_their_text(workspace: Workspace) -> None:
    made = await workspace.deliver(update())
    (ticket,) = workspace.desk.tickets
    assert workspace.desk.sent_to == [(KITE, "Hello Kite,\nwe are at work on it.")]
    assert (ticket.type, workspace.desk.contacts[ticket.contact][1], ticket.notes) == (stand_in.CUSTOMER, KITE, [])
    subject = "Salesforce: escalated to engineering (reference e1)"
    assert (ticket.attributes["_default_title_"], ticket.attributes["_default_description_"]) == (subject, subject)
    assert "Priority" not in ticket.attributes
    await workspace.deliver(update("It is over.", state="resolved", reference=made.reference))
    assert (ticket.category, workspace.desk.sent_to[1:]) == ("resolved", [(KITE, "It is over.")])
    assert ticket.attributes["_default_title_"] == subject


async def test_what_a_customer_began_themselves_is_answered_and_otherwise_left_alone(workspace: Workspace) -> None:
    ticket, talk = workspace.desk.request(KITE, "Sync is broken"), workspace.desk.converse(KITE, "hello?")
    for reference in (str(ticket.id), f"conversation:{talk.id}"):
        receipt = await workspace.deliver(update("It is over.", state="resolved", reference=reference))
        assert receipt.reference == reference
    assert (ticket.category, ticket.attributes["_default_title_"], talk.open) == ("submitted", "Sync is broken", True)
    assert workspace.desk.sent_to == [(KITE, "It is over.")] * 2
    assert {each.method for each in workspace.desk.received} == {"GET", "POST"}


@pytest.mark.parametrize(
    ("changes", "channel", "because"),
    [({"recipient": ""}, {}, "e-mail address"), ({}, {"customer_ticket_type": ""}, "set customer_ticket_type")],
)
async def test_a_customer_who_cannot_be_reached_is_told_of_in_words(
    workspace: Workspace, changes: dict[str, Any], channel: dict[str, Any], because: str
) -> None:
    workspace.channel = workspace.with_(**channel)
    with pytest.raises(Undeliverable, match=because):
        await workspace.deliver(update(**changes))
    assert workspace.desk.tickets == []


async def test_a_time_out_after_the_vendor_took_it_waits_for_the_search_and_makes_no_second_ticket(workspace: Workspace) -> None:
    workspace.channel, workspace.desk.lag = workspace.with_(seconds=0.6), LAG
    workspace.desk.fail(Trouble.HANG, on="POST /tickets")
    with pytest.raises(Undelivered) as caught:
        await workspace.deliver(record("open", "opened: P1"))
    assert (caught.value.unknown, caught.value.reason) == (True, Reason.TIMEOUT)
    assert caught.value.retry_after is not None
    workspace.passes(caught.value.retry_after)
    receipt = await workspace.deliver(record("open", "opened: P1", possible_repeat=True))
    (ticket,) = workspace.desk.tickets
    assert (receipt.reference, ticket.notes, ticket.tags) == (str(ticket.id), ["opened: P1"], ["driftpager"])
    assert "Possible repeat" not in ticket.attributes["_default_description_"]


@pytest.mark.parametrize("trouble", [Trouble.RATE_LIMITED, Trouble.SERVER_ERROR])
@pytest.mark.parametrize("where", ["POST /tags", "POST /reply"])
async def test_trouble_after_the_ticket_was_made_counts_as_one_that_may_be_there(
    workspace: Workspace, where: str, trouble: Trouble
) -> None:
    workspace.desk.lag = LAG
    workspace.desk.fail(trouble, on=where)
    with pytest.raises(Undelivered) as caught:
        await workspace.deliver(record("open", "opened: P1"))
    assert caught.value.unknown
    assert caught.value.retry_after is not None
    workspace.passes(caught.value.retry_after)
    await workspace.deliver(record("open", "opened: P1", possible_repeat=True))
    (ticket,) = workspace.desk.tickets
    assert (ticket.notes, ticket.tags[0]) == (["opened: P1"], "driftpager")


async def test_a_note_or_comment_that_may_have_arrived_is_not_written_again(workspace: Workspace) -> None:
    workspace.channel = workspace.with_(seconds=0.6)
    ours, theirs = await workspace.deliver(record("open")), await workspace.deliver(update())
    for sent in (record("open", "ana: on it", reference=ours.reference), update("It is over.", reference=theirs.reference)):
        workspace.desk.fail(Trouble.HANG, on="POST /reply")
        with pytest.raises(Undelivered):
            await workspace.deliver(sent)
    await workspace.deliver(record("open", "ana: on it", "ana: nearly", reference=ours.reference, possible_repeat=True))
    await workspace.deliver(update("It is over.", reference=theirs.reference, possible_repeat=True))
    assert workspace.desk.tickets[0].notes == ["ana: on it", "ana: nearly"]
    assert [text for _, text in workspace.desk.sent_to[1:]] == ["It is over."]


async def test_a_deleted_ticket_is_replaced_by_a_new_one_that_says_so(workspace: Workspace) -> None:
    await workspace.deliver(record("open", "opened"))
    workspace.desk.threads.pop("2000")
    workspace.desk.converse(KITE, "something else")  # takes the number
    receipt = await workspace.deliver(record("acknowledged", "ana: on it", reference="2000"))
    ticket = workspace.desk.threads[receipt.reference]
    assert ticket.notes == ["Ticket 2000 is gone; this one takes its place.\nana: on it"]
    assert ticket.category == "in_progress"


async def test_a_state_the_type_has_not_loses_nothing_else_and_the_note_says_why(workspace: Workspace) -> None:
    await workspace.deliver(record("open"))
    del workspace.desk.states["504"]
    await workspace.deliver(record("resolved", "ana: the hotfix is out", reference="2000", priority=3))
    (ticket,) = workspace.desk.tickets
    assert (ticket.category, ticket.attributes["Priority"]) == ("submitted", "P3")
    lacking = "Intercom has no state of the category resolved for this type of tickets"
    assert ticket.notes == [f"ana: the hotfix is out\n{lacking}"]


async def test_an_attribute_that_was_removed_is_named_and_the_news_arrives(workspace: Workspace) -> None:
    await workspace.deliver(record("open"))
    del workspace.desk.attributes["Priority"]
    await workspace.deliver(record("acknowledged", "ana: on it", reference="2000"))
    refused = "Intercom did not take the attributes of this ticket (400, parameter_invalid ticket_attributes)"
    assert workspace.desk.tickets[0].notes == [f"ana: on it\n{refused}"]
    with pytest.raises(
        Undeliverable, match=r"refused the ticket \(400, parameter_invalid ticket_attributes\): check ticket_type"
    ):
        await workspace.deliver(page())


async def test_a_state_of_their_own_is_left_alone_as_long_as_it_contradicts_nothing(workspace: Workspace) -> None:
    await workspace.deliver(record("open"))
    (ticket,) = workspace.desk.tickets
    for there, ours, expected in (("503", "acknowledged", "503"), ("503", "resolved", "504"), ("504", "mitigating", "502")):
        ticket.state = there
        await workspace.deliver(record(ours, reference="2000"))
        assert ticket.state == expected, (there, ours)


async def test_a_page_of_two_megabytes_and_hostile_words_arrives_within_limits(workspace: Workspace) -> None:
    wild = "<script>alert(1)</script>{{first_name}} \u202e\x00 \U0001f600 مرحبا " * 30_000
    facts = (("What changed", wild), ("Escalation", "e1, generation 1"))
    await workspace.deliver(record("open", wild, wild, content=content(summary=wild, facts=facts)))
    (ticket,) = workspace.desk.tickets
    said = ticket.attributes["_default_description_"]
    assert len(said) <= 8_000
    assert "مرحبا" in said
    assert said.endswith("Escalation: e1, generation 1\n\nRunbook: https://wiki.example.com/salesforce")
    assert not {"\x00", "\u202e"} & set(said + ticket.parts[0].body)
    assert "<script" not in ticket.parts[0].body
    assert "{{" not in ticket.parts[0].body
    assert len(ticket.parts[0].body) <= 20_000


async def test_when_to_come_back_is_told_as_a_moment(workspace: Workspace) -> None:
    workspace.desk.fail(Trouble.RATE_LIMITED, retry_after=7)
    with pytest.raises(Undelivered) as caught:
        await workspace.deliver(page())
    assert (caught.value.reason, caught.value.retry_after) == (Reason.RATE_LIMITED, timedelta(seconds=7))
    workspace.desk.reset_in(9)
    with pytest.raises(Undelivered) as caught:
        await workspace.deliver(page())
    assert caught.value.retry_after == timedelta(seconds=9)
    assert not caught.value.unknown


async def test_a_revoked_token_is_final_and_told_without_it(workspace: Workspace) -> None:
    workspace.channel = workspace.with_(token=SecretStr("revoked-token"))
    with pytest.raises(Undeliverable) as caught:
        await workspace.deliver(record("open"))
    assert str(caught.value) == "Intercom refused our credentials (401): check its key"


async def test_a_page_about_no_record_is_a_ticket_of_its_own_made_once(workspace: Workspace) -> None:
    await workspace.deliver(page())
    await workspace.deliver(page(possible_repeat=True))
    assert [each.attributes["driftpager"] for each in workspace.desk.tickets] == ["driftpager-p1"]


async def test_what_people_do_comes_home_the_same_by_webhook_and_by_asking_and_ours_does_not(workspace: Workspace) -> None:
    await workspace.deliver(record("open", "opened"))
    (ticket,) = workspace.desk.tickets
    workspace.passes()
    workspace.desk.set_state(ticket, "502", ANA)
    workspace.desk.write(ticket, ANA, "is it <b>us</b>?")
    workspace.passes()
    workspace.desk.set_state(ticket, "504", bot=True)
    workspace.desk.set_state(ticket, "501", ANA)
    workspace.desk.set_state(ticket, "503", ANA)
    workspace.desk.write(ticket, KITE, "still broken")
    await workspace.desk.settle()
    asked = await workspace.poll("2000")
    assert [(each.kind, each.by, each.email, each.text) for each in asked] == [
        ("acknowledged", "Ana", ANA, ""),
        ("annotated", "Ana", ANA, "is it us?"),
        ("resolved", "", "", ""),
        ("reopened", "Ana", ANA, ""),
        ("annotated", "Ops", KITE, "still broken"),
    ]
    assert {each.record for each in asked} == {"2000"}
    assert (asked[0].user, asked[0].at, asked[2].at) == ("8", MONDAY + MINUTE, MONDAY + 2 * MINUTE)
    told = [
        reply for headers, body in workspace.hooks for reply in workspace.channel.replies(headers, body, workspace.clock.moment)
    ]
    assert told == asked
    assert await workspace.poll("2000", since=workspace.clock.moment + MINUTE) == []
    assert await workspace.poll("9999", "no number", "") == []


async def test_what_happens_in_a_customers_conversation_is_read_as_well(workspace: Workspace) -> None:
    talk = workspace.desk.converse(KITE, "hello?")
    workspace.desk.write(talk, KITE, "anybody?")
    workspace.desk.close(talk, ANA)
    told = await workspace.poll(f"conversation:{talk.id}")
    assert [(each.kind, each.by, each.record) for each in told] == [
        ("annotated", "Ops", f"conversation:{talk.id}"),
        ("resolved", "Ana", f"conversation:{talk.id}"),
    ]


def hook(**changes: Any) -> bytes:
    part = {
        "id": "3",
        "part_type": "note",
        "body": "x",
        "created_at": int(MONDAY.timestamp()),
        "author": {"type": "admin", "id": "8"},
    }
    item = {"type": "ticket", "id": "2000", "ticket_parts": {"ticket_parts": [part]}}
    said = {
        "type": "notification_event",
        "topic": "ticket.note.created",
        "created_at": int(MONDAY.timestamp()),
        "data": {"item": item},
    }
    return json.dumps(said | changes).encode()


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}


async def test_a_forged_a_changed_an_old_and_an_unsigned_webhook_are_not_believed(workspace: Workspace) -> None:
    body = hook()
    assert [each.kind for each in workspace.channel.replies(signature(body), body, MONDAY)] == ["annotated"]
    for headers in (
        {},
        {"X-Hub-Signature": ""},
        signature(body, "another"),
        {"x-hub-signature": signature(body)["x-hub-signature"][5:]},
    ):
        with pytest.raises(Unverified):
            workspace.channel.replies(headers, body, MONDAY)
    with pytest.raises(Unverified):
        workspace.channel.replies(signature(body), body + b" ", MONDAY)
    with pytest.raises(Unverified, match="over an hour ago"):
        workspace.channel.replies(signature(body), body, MONDAY + 61 * MINUTE)
    with pytest.raises(Unverified, match="no webhook_secrets"):
        workspace.with_(webhook_secrets=()).replies(signature(body), body, MONDAY)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", hook(data=None), hook(data={"item": {"id": "x"}}), hook(created_at="now")])
async def test_a_webhook_that_is_not_as_described_is_unreadable(workspace: Workspace, body: bytes) -> None:
    with pytest.raises(Unreadable):
        workspace.channel.replies(signature(body), body, MONDAY)


async def test_the_published_signature_vector_is_accepted_and_means_nothing_to_us(
    workspace: Workspace, real_data: RealData
) -> None:
    vectors = json.loads(real_data("signing/webhook-signature-vectors.json"))["vectors"]
    (vector,) = [each for each in vectors if each["scheme"] == "intercom"]
    channel, body = workspace.with_(webhook_secrets=(SecretStr(vector["secret"]),)), vector["body"].encode()
    assert channel.replies(vector["headers"], body, MONDAY) == []
    with pytest.raises(Unverified):
        workspace.channel.replies(vector["headers"], body, MONDAY)


async def test_credentials_are_tried_without_changing_anything(workspace: Workspace) -> None:
    checked = await workspace.channel.check(workspace.tools)
    assert (checked.account, checked.warnings) == (f"driftpager <{OURS}>", ())
    assert {each.method for each in workspace.desk.received} == {"GET"}
    workspace.desk.attributes.clear()
    workspace.channel = workspace.with_(admin="8", customer_ticket_type=stand_in.BACK_OFFICE)
    assert (await workspace.channel.check(workspace.tools)).warnings == (
        "the token is that of another teammate than 8, in whose name we write",
        "ticket_type has no attribute 'driftpager': add one of the type text",
        "ticket_type has no attribute 'Priority': add one of the type text",
        "customer_ticket_type is of the category Back-office, not Customer",
        "customer_ticket_type has no attribute 'driftpager': add one of the type text",
    )
    workspace.channel = workspace.with_(token=SecretStr("revoked"))
    with pytest.raises(Undeliverable):
        await workspace.channel.check(workspace.tools)


async def test_ratings_are_of_a_conversation_or_of_the_ticket_it_is_linked_with(workspace: Workspace) -> None:
    ticket = workspace.desk.request(KITE, "Sync")
    first, second, third, old = (workspace.desk.converse(KITE, "hello") for _ in range(4))
    first.rating, second.rating = (5, "thank\nyou", MONDAY + MINUTE), (1, "", MONDAY)
    third.rating, old.rating = (9, "no such grade", MONDAY), (3, "", MONDAY - MINUTE)
    first.linked = str(ticket.id)
    ratings = await workspace.channel.ratings(MONDAY, workspace.tools)
    assert [(each.record, each.stars, each.comment) for each in ratings] == [
        (f"conversation:{second.id}", 1, ""),
        (f"conversation:{first.id}", 5, "thank you"),
        (str(ticket.id), 5, "thank you"),
    ]
    assert len({each.event_id for each in ratings}) == 2  # told of both, it counts once
    assert await workspace.channel.ratings(MONDAY, workspace.tools) == ratings


async def test_all_of_many_ratings_are_read(workspace: Workspace) -> None:
    for _ in range(310):
        workspace.desk.converse(KITE, "hello").rating = (4, "", MONDAY)
    assert len(await workspace.channel.ratings(MONDAY - MINUTE, workspace.tools)) == 310


async def test_what_customers_say_of_a_vendor_is_found_and_linked_in_private(workspace: Workspace) -> None:
    workspace.desk.converse(KITE, "Acme Cloud is down").created_at -= 60 * MINUTE
    workspace.desk.converse(KITE, "our cloud of points")
    workspace.desk.converse(KITE, "acme cloud, but done").open = False
    talk = workspace.desk.converse("it@globex.example", "is <i>Acme Cloud</i> down?", company="Globex Inc.")
    await workspace.deliver(update(content=content(summary="Acme Cloud: being worked on", facts=(("", "x"),))))
    workspace.passes()
    ticket = workspace.desk.request(KITE, "Acme Cloud sync")
    found = await workspace.channel.mentions(("acme cloud", " "), MONDAY, workspace.tools)
    assert [(each.reference, each.customer, each.email, each.subject) for each in found] == [
        (str(ticket.id), KITE, KITE, "Acme Cloud sync"),
        (f"conversation:{talk.id}", "Globex Inc.", "it@globex.example", "is Acme Cloud down?"),
    ]
    assert found[1].url.endswith(f"/conversation/{talk.id}")
    sent = len(workspace.desk.sent_to)
    for each in found:
        await workspace.channel.link(each.reference, "OPS-12", "Part of escalation e1", workspace.tools)
    assert talk.notes == ticket.notes == ["Part of escalation e1\nOur ticket: OPS-12"]
    assert len(workspace.desk.sent_to) == sent
    assert await workspace.channel.mentions((" ",), MONDAY, workspace.tools) == []
    with pytest.raises(Undeliverable):
        await workspace.channel.link("1/../2", "", "x", workspace.tools)


async def test_every_request_fits_the_official_description(workspace: Workspace, real_data: RealData) -> None:
    made = await workspace.deliver(record("open", "opened"))
    await workspace.deliver(record("resolved", "over", reference=made.reference))
    theirs = await workspace.deliver(update())
    await workspace.deliver(update("It is over.", state="resolved", reference=theirs.reference, possible_repeat=True))
    await workspace.deliver(page())
    talk = workspace.desk.converse(KITE, "hello")
    await workspace.deliver(update(reference=f"conversation:{talk.id}"))
    await workspace.poll(made.reference, f"conversation:{talk.id}")
    workspace.desk.request(KITE, "hello hello")
    await workspace.channel.mentions(("hello", "two words"), MONDAY, workspace.tools)
    await workspace.channel.ratings(MONDAY, workspace.tools)
    await workspace.channel.check(workspace.tools)
    described = json.loads(real_data("intercom/intercom-2.16.openapi.json.gz"))
    seen = set()
    for request in workspace.desk.received:
        assert request.status == 200
        template = next(
            each for each in sorted(described["paths"], key=lambda each: each.count("{")) if _fits(each, request.path)
        )
        operation = described["paths"][template][request.method.lower()]
        assert request.headers["intercom-version"] in described["components"]["schemas"]["intercom_version"]["enum"]
        if request.method != "GET":
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.Draft4Validator(schema | {"components": described["components"]}).validate(request.json)
        seen.add(f"{request.method} {template}")
    assert seen == {
        "GET /contacts/{contact_id}",
        "GET /conversations/{conversation_id}",
        "GET /me",
        "GET /ticket_states",
        "GET /ticket_types/{ticket_type_id}",
        "GET /tickets/{ticket_id}",
        "POST /conversations/search",
        "POST /conversations/{conversation_id}/reply",
        "POST /tags",
        "POST /tickets",
        "POST /tickets/search",
        "POST /tickets/{ticket_id}/reply",
        "POST /tickets/{ticket_id}/tags",
        "PUT /tickets/{ticket_id}",
    }


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(part == have or part.startswith("{") for part, have in zip(parts, given, strict=True))


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"url": "http://api.intercom.io"}, "https only"),
        ({"token": ""}, "token is empty"),
        ({"webhook_secrets": [""]}, "must not be empty"),
        ({"admin": "Ana"}, "String should match pattern"),
        ({"ticket_type": ""}, "String should match pattern"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_configuration_is_refused_in_words(changes: dict[str, Any], because: str) -> None:
    good: dict[str, Any] = {
        "url": "https://api.eu.intercom.io/",
        "token": TOKEN,
        "admin": "7",
        "ticket_type": "31",
        "contact": OURS,
    }
    assert Intercom(**good).url == "https://api.eu.intercom.io"
    assert Intercom(**(good | {"admin": 7, "ticket_type": 31})) == Intercom(**good)  # as YAML reads what has no quotes
    with pytest.raises(ValidationError, match=because):
        Intercom(**(good | changes))
