"""Tickets in Zendesk: ours with notes for us alone, a customer's with what was promised to them, against a strict stand-in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Receipt, Reply, Tools, Watched
from alerts.channels.zendesk import Zendesk
from alerts.errors import Reason, Undeliverable, Undelivered, Unreadable, Unverified
from alerts.page import Action, EscalationId, Page, PageId, Record
from monitor.demo import zendesk as stand_in
from monitor.demo.received import Received
from monitor.demo.serve import serve
from monitor.demo.zendesk import Trouble, signed
from monitor.demo.zendesk_ticket import Ticket, stamp
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY
from tests.clocks import At
from tests.conftest import RealData

TOKEN = "zendesk-token-4711"
SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
MINUTE = timedelta(minutes=1)
UPDATE = "We have escalated this to engineering.\n\nNext update by Mon 23 Nov 2026, 14:00 CET (Europe/Berlin)."


@dataclass
class Account:
    """The stand-in, its clock, and a channel configured for it."""

    zendesk: stand_in.Zendesk
    clock: At
    channel: Zendesk
    tools: Tools

    @property
    def ticket(self) -> Ticket:
        (only,) = self.zendesk.tickets.values()
        return only

    async def takes(self, sent: Page, **changes: Any) -> Receipt:
        """The page is delivered a minute later."""
        self.clock.at += MINUTE
        return await self.channel.model_copy(update=changes).deliver(sent, self.tools)

    async def polled(self, *references: str) -> list[Reply]:
        watched = [Watched(dedup_key="", reference=each, since=MONDAY) for each in references]
        return await self.channel.poll(watched, self.tools)


@pytest.fixture
async def account(tools: Tools) -> AsyncIterator[Account]:
    clock = At(MONDAY)
    zendesk = stand_in.Zendesk(token=TOKEN, clock=clock)
    async with serve(zendesk.app) as url:
        channel = Zendesk(
            url=url,
            email="driftpager@example.com",
            token=SecretStr(TOKEN),
            user_id=zendesk.us.id,
            webhook_secrets=(SecretStr(SECRET),),
            tags=("vendor-change",),
            private=True,
            seconds=2,
        )
        yield Account(zendesk, clock, channel, tools)


def ours(state: str = "open", *news: str, nth: int = 1, **changes: Any) -> Page:
    record = Record(state=state, reference=changes.pop("reference", ""), news=news)
    return page(Action.RECORD, id=PageId(f"record-{nth}"), **({"record": record} | changes))


def promised(state: str = "acknowledged", *, nth: int = 1, text: str = UPDATE, **changes: Any) -> Page:
    record = Record(state=state, subject="ACME", reference=changes.pop("reference", ""), news=(text,))
    said = content(summary="Salesforce: update 1", severity="info", facts=(("", text),), links=())
    given = {"record": record, "recipient": "ops@acme.example", "content": said, "priority": 1}
    return page(Action.NOTE, id=PageId(f"promise-{nth}"), **(given | changes))


async def test_an_escalation_becomes_one_ticket_that_nobody_outside_reads(account: Account) -> None:
    receipt = await account.takes(ours("open", "it opened at P1"))
    ticket = account.ticket
    assert receipt == Receipt(reference=str(ticket.id), url=f"{account.channel.url}/agent/tickets/{ticket.id}")
    assert (ticket.subject, ticket.priority, ticket.status, ticket.type) == (
        "P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail",
        "urgent",
        "open",
        "incident",
    )
    assert (ticket.external_id, ticket.tags) == ("driftpager-e1", ["driftpager", "vendor-change"])
    (comment,) = ticket.comments
    assert not comment.public
    assert comment.html == (
        "<p><strong>P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail</strong></p>"
        "<p><strong>What changed</strong><br>Account.Industry was removed</p>"
        "<p><strong>Since</strong><br>2026-11-23 10:00 UTC</p>"
        '<p><a href="https://wiki.example.com/salesforce">Runbook</a></p>'
        "<p>driftpager: e1</p>"
        "<p>it opened at P1</p>"
    )
    assert account.zendesk.mailed == []


async def test_it_follows_the_escalation_to_its_end_and_back(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    steps = [
        (ours("acknowledged", "ana acknowledged", nth=2, reference=reference), "open", "urgent"),
        (ours("mitigating", "ana: hotfix", nth=3, reference=reference), "hold", "urgent"),
        (ours("resolved", "ana: done", nth=4, reference=reference, priority=2), "solved", "high"),
        (ours("open", "it is back", nth=5, reference=reference), "open", "urgent"),
    ]
    for sent, status, priority in steps:
        assert (await account.takes(sent, mitigating="hold")).reference == reference
        assert (account.ticket.status, account.ticket.priority) == (status, priority)
    notes = [each.html for each in account.ticket.comments[1:]]
    assert notes == ["<p>ana acknowledged</p>", "<p>ana: hotfix</p>", "<p>ana: done</p>", "<p>it is back</p>"]
    assert not any(each.public for each in account.ticket.comments)
    assert account.zendesk.mailed == []


async def test_what_people_set_for_themselves_stays(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    agent = account.zendesk.person("Ana", "ana@example.com", role="agent")
    await account.zendesk.set_status(int(reference), agent, "pending")
    account.ticket.tags.append("vip")
    await account.takes(ours("acknowledged", "ana acknowledged", nth=2, reference=reference))
    assert (account.ticket.status, account.ticket.tags) == ("pending", ["driftpager", "vendor-change", "vip"])


async def test_a_tag_that_is_missing_is_added_to_those_there(account: Account) -> None:
    customer = account.zendesk.person("Zoe", "ops@acme.example")
    theirs = account.zendesk.asks(customer, "Sync is broken", "since this morning")
    theirs.tags = ["billing"]
    await account.takes(promised(reference=str(theirs.id)))
    assert theirs.tags == ["billing", "driftpager", "vendor-change"]


async def test_a_time_out_after_it_was_taken_makes_no_second_ticket(account: Account) -> None:
    account.zendesk.fail(Trouble.HANG)
    with pytest.raises(Undelivered) as caught:
        await account.takes(ours(), seconds=0.6)
    assert (caught.value.reason, caught.value.unknown) == (Reason.TIMEOUT, True)
    receipt = await account.takes(ours("acknowledged", "ana acknowledged", nth=2, possible_repeat=True))
    assert receipt.reference == str(account.ticket.id)
    assert [each.html for each in account.ticket.comments[1:]] == ["<p>ana acknowledged</p>"]


async def test_the_same_try_again_is_answered_with_its_ticket_even_before_a_look_up_knows_it(account: Account) -> None:
    first = await account.takes(ours())
    account.ticket.external_id = None  # as if nobody found it yet
    assert await account.takes(ours()) == first
    with pytest.raises(Undelivered, match="another body"):
        await account.takes(ours("resolved", "over", nth=2))
    account.ticket.external_id = "driftpager-e1"
    assert await account.takes(ours("resolved", "over", nth=2)) == first
    assert account.ticket.status == "solved"


async def test_a_note_that_may_have_arrived_is_not_written_twice(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    account.zendesk.fail(Trouble.HANG)
    again = ours("acknowledged", "ana acknowledged", nth=2, reference=reference)
    with pytest.raises(Undelivered):
        await account.takes(again, seconds=0.6)
    await account.takes(replace(again, possible_repeat=True))
    assert [each.html for each in account.ticket.comments[1:]] == ["<p>ana acknowledged</p>"]


async def test_a_deleted_ticket_is_replaced_by_one_that_says_so(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    account.zendesk.delete(int(reference))
    receipt = await account.takes(ours("acknowledged", "ana acknowledged", nth=2, reference=reference))
    assert receipt.reference == str(account.ticket.id) != reference
    assert account.ticket.comments[0].html.startswith(
        f"<p><em>Ticket {reference} was deleted; this one takes its place.</em></p>"
    )
    assert account.ticket.comments[0].html.endswith("<p>ana acknowledged</p>")


async def test_a_closed_ticket_is_followed_up_once_and_left_alone_where_there_is_nothing_to_do(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    await account.zendesk.set_status(int(reference), None, "closed")
    assert (await account.takes(ours("resolved", "over", nth=2, reference=reference))).reference == reference
    again = ours("open", "it is back", nth=3, reference=reference)
    account.zendesk.fail(Trouble.HANG)
    with pytest.raises(Undelivered):
        await account.takes(again, seconds=0.6)
    receipt = await account.takes(replace(again, possible_repeat=True))
    first, second = account.zendesk.tickets.values()
    assert (receipt.reference, second.follows, second.status) == (str(second.id), first.id, "open")
    assert f"Ticket {first.id} is closed for good; this one follows it up." in second.comments[0].html


async def test_who_changes_it_at_the_same_moment_is_not_overwritten(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    account.zendesk.fail(Trouble.RACE)
    acknowledged = ours("acknowledged", "ana acknowledged", nth=2, reference=reference)
    with pytest.raises(Undelivered, match="at the same moment") as caught:
        await account.takes(acknowledged)
    assert not caught.value.unknown
    assert len(account.ticket.comments) == 1
    await account.takes(acknowledged)
    assert len(account.ticket.comments) == 2


async def test_a_status_that_a_form_does_not_allow_loses_nothing_else(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    account.zendesk.refused_fields = frozenset({"status"})
    await account.takes(ours("resolved", "ana: done", nth=2, reference=reference))
    assert account.ticket.status == "open"
    assert account.ticket.comments[-1].html == ("<p>ana: done</p><p>Zendesk did not accept status: please set it by hand.</p>")


async def test_a_priority_that_is_not_offered_does_not_keep_the_ticket_from_being_made(account: Account) -> None:
    account.zendesk.refused_fields = frozenset({"priority"})
    await account.takes(ours())
    assert (account.ticket.priority, account.ticket.status) == (None, "open")
    assert "Zendesk did not accept priority" in account.ticket.comments[0].html


async def test_a_form_with_a_field_of_its_own_is_told_in_a_clear_line_and_given(account: Account) -> None:
    account.zendesk.required_on_form = True
    with pytest.raises(Undeliverable, match=r"refused the ticket \(422\): what its form requires goes into custom_fields"):
        await account.takes(ours())
    await account.takes(ours(), custom_fields={360001: "emea"})
    assert account.ticket.custom_fields == {360001: "emea"}


async def test_a_customer_has_a_ticket_of_their_own_and_reads_what_was_promised_and_nothing_else(account: Account) -> None:
    receipt = await account.takes(promised())
    ticket = account.ticket
    requester = account.zendesk.users[ticket.requester]
    assert (requester.name, requester.email) == ("ACME", "ops@acme.example")
    (comment,) = ticket.comments
    assert comment.public
    assert comment.html == (
        "<p>We have escalated this to engineering.</p><p>Next update by Mon 23 Nov 2026, 14:00 CET (Europe/Berlin).</p>"
    )
    last = promised("resolved", nth=2, text="It is over.", reference=receipt.reference)
    assert await account.takes(last) == receipt
    assert (ticket.status, account.zendesk.mailed[1:]) == ("solved", [("ops@acme.example", "<p>It is over.</p>")])
    assert (ticket.subject, ticket.external_id) == ("Salesforce: update 1", "driftpager-e1-a8308e8e2e4b")


async def test_the_ticket_a_customer_opened_is_taken_up_and_never_made_less_urgent(account: Account) -> None:
    customer = account.zendesk.person("Zoe", "zoe@acme.example")
    theirs = account.zendesk.asks(customer, "Sync is broken", "since this morning")
    theirs.priority, theirs.status = "urgent", "pending"
    receipt = await account.takes(promised(reference=str(theirs.id), priority=2))
    assert receipt.reference == str(theirs.id)
    assert (theirs.subject, theirs.priority, theirs.status, len(theirs.comments)) == ("Sync is broken", "urgent", "pending", 2)
    assert [address for address, _ in account.zendesk.mailed] == [
        "zoe@acme.example",
        "ops@acme.example",
    ]  # who is to be told reads it
    account.zendesk.refused_fields = frozenset({"email_ccs"})
    again = promised(nth=2, reference=str(theirs.id), recipient="it@acme.example", text="A hotfix is on its way.")
    await account.takes(again)  # an account that takes no CCs still answers who asked
    assert account.zendesk.mailed[2][0] == "zoe@acme.example"
    assert "Zendesk did not accept" not in account.zendesk.mailed[2][1]


async def test_an_update_that_may_have_arrived_is_not_sent_to_the_customer_twice(account: Account) -> None:
    receipt = await account.takes(promised())
    account.zendesk.fail(Trouble.HANG)
    second = promised(nth=2, text="A hotfix is on its way.", reference=receipt.reference)
    with pytest.raises(Undelivered):
        await account.takes(second, seconds=0.6)
    await account.takes(replace(second, possible_repeat=True))
    assert [text for _, text in account.zendesk.mailed][1:] == ["<p>A hotfix is on its way.</p>"]


async def test_a_customer_without_an_address_or_a_text_is_a_clear_line(account: Account) -> None:
    with pytest.raises(Undeliverable, match="'ACME' has no contact"):
        await account.takes(promised(recipient=""))
    with pytest.raises(Undeliverable, match="no text for the customer"):
        await account.takes(promised(content=content(facts=(("Priority", "P1: core"),))))
    assert account.zendesk.tickets == {}


async def test_a_notice_is_a_ticket_of_its_own_and_none_the_second_time(account: Account) -> None:
    notice = page(id=PageId("notice-1"))
    account.zendesk.fail(Trouble.HANG)
    with pytest.raises(Undelivered):
        await account.takes(notice, seconds=0.6)
    receipt = await account.takes(replace(notice, possible_repeat=True))
    assert receipt.reference == str(account.ticket.id)
    assert not account.ticket.comments[0].public


async def test_two_megabytes_of_hostile_text_fit_with_the_cause_the_escalation_and_the_link(account: Account) -> None:
    wild = "\u202eعربى 😀 <script>alert(1)</script> {{ticket.requester.email}} {{{%%}}} @channel\r\nBcc: x@example.com\x00 "
    facts = (("What changed", "Account.Industry was removed"), (wild, wild * 30_000), ("Escalation", "e1, generation 1"))
    said = content(summary=wild * 5, facts=facts)
    await account.takes(ours("open", wild * 30_000, content=said))
    ticket = account.ticket
    written = ticket.comments[0].html
    assert len(written.encode()) <= 60_000
    for kept in ("Account.Industry was removed", "driftpager: e1", 'href="https://wiki.example.com/salesforce"', "عربى 😀"):
        assert kept in written
    assert "<script" not in written
    for bad in ("{{", "{%", "\u202e", "\x00"):
        assert bad not in written + ticket.subject
    assert len(ticket.subject) <= 150
    await account.takes(promised(nth=2, text=wild * 30_000, recipient="other@acme.example"))
    assert "<script" not in account.zendesk.mailed[0][1]


@pytest.mark.parametrize(
    ("how", "kind", "reason"),
    [
        (Trouble.RATE_LIMITED, Undelivered, Reason.RATE_LIMITED),
        (Trouble.SERVER_ERROR, Undelivered, Reason.SERVER),
        (Trouble.UNREADABLE, Undelivered, Reason.SERVER),
        (Trouble.FORBIDDEN, Undeliverable, Reason.AUTH),
    ],
)
async def test_each_failure_is_of_its_class(account: Account, how: Trouble, kind: type[Exception], reason: Reason) -> None:
    account.zendesk.fail(how, retry_after=7)
    with pytest.raises(kind) as caught:
        await account.takes(ours())
    assert getattr(caught.value, "reason", None) is reason


async def test_a_revoked_token_is_told_by_a_delivery_and_by_the_check(account: Account) -> None:
    told = await account.channel.check(account.tools)
    assert told.account == f"driftpager ({account.zendesk.us.id}) at {account.channel.url}"
    assert told.warnings == ()
    account.zendesk.us.role = "end-user"
    (warned,) = (await account.channel.check(account.tools)).warnings
    assert warned == "its role is end-user: only an agent writes internal notes"
    account.zendesk.token = "another"
    for call in (account.channel.check(account.tools), account.takes(ours())):
        with pytest.raises(Undeliverable, match="refused our credentials") as caught:
            await call
        assert TOKEN not in str(caught.value)


async def test_polling_tells_what_people_did_and_not_what_we_did(account: Account) -> None:
    reference = (await account.takes(ours())).reference
    number, there = int(reference), account.zendesk
    ana = there.person("Ana", "ana@example.com", role="agent")
    account.clock.at += MINUTE
    await there.comment(number, ana, "Looking at it", public=False)
    await there.assign(number, ana, ana)
    account.clock.at += MINUTE
    await there.set_status(number, ana, "solved")
    await account.takes(ours("resolved", "ana: done", nth=2, reference=reference))
    account.clock.at += MINUTE
    await there.set_status(number, None, "open")
    found = await account.polled(reference, "no-number")
    assert [(each.kind, each.by, each.email, each.user, each.text) for each in found] == [
        ("annotated", "Ana", "ana@example.com", str(ana.id), "Looking at it"),
        ("acknowledged", "Ana", "ana@example.com", str(ana.id), ""),
        ("resolved", "Ana", "ana@example.com", str(ana.id), ""),
        ("reopened", "", "", "", ""),
    ]
    assert {(each.record, each.source) for each in found} == {(reference, "zendesk")}
    assert await account.polled(reference) == found  # once more: the first time it may not have been stored
    asked = len(there.received)
    assert await account.polled(reference) == []
    assert len(there.received) == asked + 1


async def test_what_was_there_before_the_ticket_was_ours_is_no_news(account: Account) -> None:
    account.clock.at -= MINUTE
    customer = account.zendesk.person("Zoe", "zoe@acme.example")
    theirs = account.zendesk.asks(customer, "Sync is broken", "since this morning")
    account.clock.at += 2 * MINUTE
    await account.zendesk.comment(theirs.id, customer, "Any news?", public=True)
    assert [each.text for each in await account.polled(str(theirs.id))] == ["Any news?"]


async def test_a_webhook_and_polling_tell_the_same_thing_as_one_event(account: Account, tools: Tools) -> None:
    heard: list[Reply] = []

    async def hear(url: str, headers: Any, body: bytes) -> int:
        heard.extend(account.channel.replies(headers, body, account.clock.at))
        return 200

    account.zendesk.webhook, account.zendesk._post = ("https://drift.example.com/hooks/zendesk", SECRET), hear
    number = int((await account.takes(ours())).reference)
    ana = account.zendesk.person("Ana", "ana@example.com", role="agent")
    account.clock.at += MINUTE
    await account.zendesk.comment(number, ana, "Looking at it")
    await account.zendesk.assign(number, ana, ana)
    await account.zendesk.set_status(number, ana, "solved")
    await account.zendesk.set_status(number, account.zendesk.us, "open")
    polled = await account.polled(str(number))
    assert {each.event_id for each in heard} == {each.event_id for each in polled}
    assert [each.kind for each in heard] == ["annotated", "acknowledged", "resolved"]
    assert {each.user for each in heard} == {str(ana.id)}


async def test_a_webhook_about_another_ticket_means_nothing_to_us(account: Account) -> None:
    theirs = account.zendesk.asks(account.zendesk.person("Zoe", "zoe@acme.example"), "How do I pay?", "by card")
    heard: list[list[Reply]] = []

    async def hear(url: str, headers: Any, body: bytes) -> int:
        heard.append(account.channel.replies(headers, body, account.clock.at))
        return 200

    account.zendesk.webhook, account.zendesk._post = ("https://drift.example.com/hooks/zendesk", SECRET), hear
    agent = account.zendesk.person("Ana", "ana@example.com", role="agent")
    await account.zendesk.set_status(theirs.id, agent, "solved")
    assert heard == [[]]


def hearing(*secrets: str) -> Zendesk:
    return Zendesk(
        url="https://example.zendesk.com",
        token=SecretStr("t"),
        user_id=7,
        webhook_secrets=tuple(SecretStr(each) for each in secrets),
    )


def test_the_published_signature_vector_is_accepted_in_its_time_only(real_data: RealData) -> None:
    vectors = json.loads(real_data("signing/webhook-signature-vectors.json"))["vectors"]
    vector = next(each for each in vectors if each["scheme"] == "zendesk")
    body, at = vector["body"].encode(), datetime.fromisoformat(vector["headers"]["X-Zendesk-Webhook-Signature-Timestamp"])
    channel = hearing("nothing", vector["secret"])
    assert channel.replies(vector["headers"], body, at + 4 * MINUTE) == []
    for wrong in (
        lambda: channel.replies(vector["headers"], body, at + 6 * MINUTE),
        lambda: channel.replies(vector["headers"], body, at - 6 * MINUTE),
        lambda: channel.replies(vector["headers"], body + b" ", at),
        lambda: hearing("another").replies(vector["headers"], body, at),
        lambda: hearing("another").replies({}, body, at),
    ):
        with pytest.raises(Unverified):
            wrong()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"type": 3}',
        b'{"type": "zen:event-type:ticket.status_changed"}',
        b'{"type": "zen:event-type:ticket.comment_added", "detail": {"id": "x", "updated_at": "2026-11-23T10:00Z"}, "event": {}}',
    ],
)
def test_a_signed_body_that_is_not_as_described_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        hearing(SECRET).replies(signed(SECRET, stamp(MONDAY), body), body, MONDAY)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://example.zendesk.com"}, "https only"),
        ({"user_id": 0}, "webhooks need 'user_id'"),
        ({"token": SecretStr("")}, "must not be empty"),
        ({"tags": ("two words",)}, "string_pattern_mismatch"),
        ({"subdomain": "example"}, "extra_forbidden"),
    ],
)
def test_a_wrong_configuration_is_refused_without_its_secrets(changes: dict[str, Any], said: str) -> None:
    right = {"url": "https://example.zendesk.com", "token": "t0psecret", "user_id": 7, "webhook_secrets": ["hidden-secret"]}
    with pytest.raises(ValidationError) as caught:
        Zendesk.model_validate(right | changes)
    assert said in str(caught.value) + str([each["type"] for each in caught.value.errors()])
    assert "t0psecret" not in str(caught.value)
    assert "hidden-secret" not in str(caught.value)


@pytest.mark.parametrize("surveys", [False, True])
async def test_ratings_are_read_from_whichever_is_on(account: Account, surveys: bool) -> None:
    account.zendesk.surveys = surveys
    number = int((await account.takes(promised())).reference)
    account.zendesk.rate(number, "4" if surveys else "good", "thanks")
    account.clock.at += 60 * MINUTE
    account.zendesk.rate(number, "1" if surveys else "bad")
    found = await account.channel.ratings(MONDAY, account.tools)
    assert [(each.record, each.stars, each.comment) for each in found] == [
        (str(number), 4 if surveys else 5, "thanks"),
        (str(number), 1, ""),
    ]
    assert len({each.event_id for each in found}) == 2
    assert [each.stars for each in await account.channel.ratings(account.clock.at, account.tools)] == [1]


async def test_customers_tickets_that_mention_the_vendor_are_found_and_linked_once(account: Account) -> None:
    there = account.zendesk
    ours_there = await account.takes(ours())
    zoe = there.person("Zoe", "zoe@acme.example", organization="ACME Corp.")
    lee = there.person("Lee", "lee@other.example")
    agent = there.person("Ana", "ana@example.com", role="agent")
    first = there.asks(zoe, "Salesforce is broken", "nothing arrives")
    account.clock.at += MINUTE
    second = there.asks(lee, "Sync", "no SFDC accounts since noon")
    there.asks(agent, "Salesforce again", "an agent's own")
    there.asks(lee, "How do I pay?", "by card")
    done = there.asks(lee, "Salesforce slow", "better now")
    done.status = "solved"
    found = await account.channel.mentions(("Salesforce", "SFDC", '""'), MONDAY, account.tools)
    assert [(each.reference, each.customer, each.email, each.subject) for each in found] == [
        (str(second.id), "lee@other.example", "lee@other.example", "Sync"),
        (str(first.id), "ACME Corp.", "zoe@acme.example", "Salesforce is broken"),
    ]
    for _ in range(2):
        await account.channel.link(str(first.id), ours_there.reference, "Salesforce changed: <b>see</b>", account.tools)
    assert [(each.html, each.public) for each in first.comments[1:]] == [
        (
            f"<p>Salesforce changed: &lt;b&gt;see&lt;/b&gt;</p><p>{account.channel.url}/agent/tickets/{ours_there.reference}</p>",
            False,
        )
    ]
    assert there.mailed == []
    there.lagging = True
    assert await account.channel.mentions(("Salesforce",), MONDAY, account.tools) == []
    there.delete(first.id)
    with pytest.raises(Undeliverable, match="deleted or closed"):
        await account.channel.link(str(first.id), ours_there.reference, "again", account.tools)


async def test_every_request_fits_the_official_description(account: Account, real_data: RealData) -> None:
    reference = (await account.takes(ours())).reference
    theirs = account.zendesk.asks(account.zendesk.person("Zoe", "zoe@acme.example", organization="ACME"), "Salesforce", "broken")
    await account.takes(ours("resolved", "over", nth=2, reference=reference, possible_repeat=True))
    await account.takes(promised(reference=str(theirs.id)))
    await account.takes(promised(nth=2, escalation=EscalationId("e2")))
    await account.polled(reference)
    await account.channel.mentions(("Salesforce",), MONDAY, account.tools)
    await account.channel.check(account.tools)
    await account.channel.ratings(MONDAY, account.tools)
    assert fitting(account.zendesk.received, json.loads(real_data("zendesk/support-v2.openapi.json.gz"))) >= 15


UNDESCRIBED = {"page[size]", "page[after]", "per_page", "score", "start_time"}
"""Parameters of the developer documentation that the copy of the description lacks."""


def fitting(received: Iterable[Received], description: Any) -> int:
    """How many requests there were, each as Zendesk's own description has it, as far as it says anything."""
    checked = 0
    for request in received:
        if request.path.startswith("/api/v2/guide/"):
            continue  # surveys are of the Help Centre's API
        template = min((each for each in description["paths"] if _fits(each, request.path)), key=lambda each: each.count("{"))
        operation = description["paths"][template][request.method.lower()]
        if request.method == "GET":
            parameters = (*operation.get("parameters", ()), *description["paths"][template].get("parameters", ()))
            known = {_resolve(description, each)["name"] for each in parameters} | UNDESCRIBED
            given = {pair.partition("=")[0].replace("%5B", "[").replace("%5D", "]") for pair in request.query.split("&") if pair}
            assert given <= known
        elif "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.Draft4Validator(schema | {"components": description["components"]}).validate(request.json)
        checked += 1
    return checked


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(part == have or part.startswith("{") for part, have in zip(parts, given, strict=True))


def _resolve(description: Any, node: Any) -> Any:
    for part in node.get("$ref", "#")[2:].split("/") if "$ref" in node else ():
        description = description[part]
    return description if "$ref" in node else node
