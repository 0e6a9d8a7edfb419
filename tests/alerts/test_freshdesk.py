"""Freshdesk: one ticket an escalation, notes for us, replies for customers, what people do there; against a strict account."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Rating, Receipt, Reply, Tools, Watched
from alerts.channels.freshdesk import Freshdesk
from alerts.errors import Reason, Undeliverable, Undelivered, Unreadable, Unverified
from alerts.html import text_of
from alerts.page import Page
from monitor.demo import freshdesk as stand_in
from monitor.demo.helpdesk import Trouble
from monitor.demo.serve import serve
from monitor.egress import Egress
from tests.alerts.helpdesks import ANA, KITE, MINUTE, Still, record, update
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY

KEY = "freshdesk-api-key-1"
SECRET = "a-secret-of-the-automation-rule"
AGENT = "driftpager@example.com"


@dataclass
class Account:
    """The vendor's account, our channel to it, and the clock of both."""

    desk: stand_in.Freshdesk
    channel: Freshdesk
    http: Egress
    clock: Still
    hooks: list[tuple[Mapping[str, str], bytes]]

    def with_(self, **changes: Any) -> Freshdesk:
        return self.channel.model_copy(update=changes)

    @property
    def tools(self) -> Tools:
        return Tools(http=self.http, now=self.clock.moment)

    async def deliver(self, sent: Page) -> Receipt:
        return await self.channel.deliver(sent, self.tools)

    def passes(self, by: timedelta = MINUTE) -> None:
        self.clock.moment += by

    async def poll(self, state: str, *references: str, since: datetime = MONDAY) -> list[Reply]:
        watched = [Watched(dedup_key="k", reference=each, state=state, since=since) for each in references]
        return await self.channel.poll(watched, self.tools)


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    clock, hooks = Still(), list[tuple[Mapping[str, str], bytes]]()

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        hooks.append((headers, body))
        return 202

    desk = stand_in.Freshdesk(key=KEY, clock=clock, post=post, webhook=("https://we.example/hooks/freshdesk", SECRET))
    async with serve(desk.app) as url, Egress(private=True) as http:
        channel = Freshdesk(url=url, api_key=SecretStr(KEY), agent=AGENT, private=True, seconds=2.0)
        yield Account(desk=desk, channel=channel, http=http, clock=clock, hooks=hooks)


async def test_a_ticket_is_made_follows_its_escalation_and_is_closed_and_reopened(account: Account) -> None:
    made = await account.deliver(record("open", "opened: P1"))
    (ticket,) = account.desk.tickets.values()
    assert made == Receipt(reference="1", url=f"{account.channel.url}/a/tickets/1")
    assert (ticket.subject, ticket.status, ticket.priority) == (page().content.summary, 2, 4)
    assert ticket.tags == ["driftpager", "driftpager-e1"]
    assert text_of(ticket.description).splitlines() == [
        "P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail",
        "What changed",
        "Account.Industry was removed",
        "Since",
        "2026-11-23 10:00 UTC",
        "Runbook",
    ]
    await account.deliver(record("acknowledged", "ana: on it", reference="1", priority=2))
    assert (ticket.status, ticket.priority) == (2, 3)
    await account.deliver(record("resolved", "ana: the hotfix is out", reference="1"))
    assert ticket.status == 4
    again = await account.deliver(record("open", "it is back", reference="1", generation=2))
    assert (again.reference, ticket.status) == ("1", 2)
    assert ticket.notes == ["opened: P1", "ana: on it", "ana: the hotfix is out", "it is back"]
    assert account.desk.mailed == []
    assert len(account.desk.tickets) == 1


async def test_only_the_customer_is_written_to_and_reads_nothing_but_their_text(account: Account) -> None:
    made = await account.deliver(update())
    (ticket,) = account.desk.tickets.values()
    assert account.desk.mailed == [(KITE, "Hello Kite,\nwe are at work on it.")]
    assert account.desk.customers[ticket.requester][1] == KITE
    assert text_of(ticket.description) == "Salesforce: escalated to engineering (reference e1)"
    assert ticket.notes == []
    await account.deliver(update("It is over.", state="resolved", reference=made.reference))
    assert (ticket.status, [text for _, text in account.desk.mailed][1:]) == (4, ["It is over."])


async def test_a_ticket_a_customer_opened_themselves_is_answered_and_otherwise_left_alone(account: Account) -> None:
    theirs = account.desk.ask(KITE, "Our sync is broken", "help")
    await account.deliver(update("It is over.", state="resolved", reference=str(theirs.id)))
    assert (theirs.status, theirs.subject, theirs.tags, theirs.priority) == (2, "Our sync is broken", [], 1)
    assert account.desk.mailed == [(KITE, "It is over.")]


async def test_a_customer_without_an_address_is_told_of_in_words(account: Account) -> None:
    with pytest.raises(Undeliverable, match="needs the customer's e-mail address"):
        await account.deliver(update(recipient=""))
    assert account.desk.received == []


@pytest.mark.parametrize("where", ["POST /tickets", "POST /notes"])
async def test_a_time_out_after_the_vendor_took_it_makes_no_second_ticket_and_no_second_note(
    account: Account, where: str
) -> None:
    account.channel = account.with_(seconds=0.6)
    account.desk.fail(Trouble.HANG, on=where)
    with pytest.raises(Undelivered) as caught:
        await account.deliver(record("open", "opened: P1", "lane sync was paged"))
    assert (caught.value.unknown, caught.value.reason) == (True, Reason.TIMEOUT)
    account.passes()
    await account.deliver(record("open", "opened: P1", "lane sync was paged", possible_repeat=True))
    (ticket,) = account.desk.tickets.values()
    assert ticket.notes == ["opened: P1\nlane sync was paged"]
    assert "Possible repeat" not in ticket.description


async def test_a_customer_is_never_told_the_same_twice_but_may_be_told_the_same_later(account: Account) -> None:
    account.channel = account.with_(seconds=0.6)
    account.desk.fail(Trouble.HANG, on="POST /reply")
    with pytest.raises(Undelivered):
        await account.deliver(update())
    await account.deliver(update(possible_repeat=True))
    assert len(account.desk.mailed) == 1
    account.passes(timedelta(hours=2))
    await account.deliver(update(reference="1", possible_repeat=True, created_at=account.clock.moment))
    assert len(account.desk.mailed) == 2


async def test_a_refusal_between_the_calls_of_one_try_repeats_nothing(account: Account) -> None:
    await account.deliver(record("open"))
    account.desk.fail(Trouble.RATE_LIMITED, on="PUT /1", retry_after=7)
    with pytest.raises(Undelivered) as caught:
        await account.deliver(record("acknowledged", "ana: on it", reference="1"))
    assert (caught.value.retry_after, caught.value.unknown) == (timedelta(seconds=7), False)
    await account.deliver(record("acknowledged", "ana: on it", reference="1"))
    assert account.desk.tickets[1].notes == ["ana: on it"]


async def test_a_deleted_ticket_is_replaced_by_a_new_one_that_says_so(account: Account) -> None:
    await account.deliver(record("open", "opened"))
    account.desk.tickets[1].deleted = True
    receipt = await account.deliver(record("acknowledged", "ana: on it", reference="1"))
    assert receipt.reference == "2"
    assert account.desk.tickets[2].notes == ["Ticket 1 is gone; this one takes its place.\nana: on it"]


async def test_what_an_account_makes_mandatory_is_named_and_set_in_the_configuration(account: Account) -> None:
    account.desk.mandatory = ("cf_reason", "cf_team")
    with pytest.raises(Undeliverable) as caught:
        await account.deliver(record("open", "opened"))
    assert "cf_reason (missing_field); cf_team (missing_field). What every ticket of your account needs" in str(caught.value)
    account.channel = account.with_(
        fields={"cf_reason": "vendor", "cf_team": "integrations"}, type="Incident", group=5, tags=("crm",)
    )
    await account.deliver(record("open", "opened"))
    (ticket,) = account.desk.tickets.values()
    assert (ticket.fields, ticket.tags[0]) == ({"cf_reason": "vendor", "cf_team": "integrations"}, "crm")


async def test_a_status_that_is_not_taken_loses_nothing_else_and_the_note_says_why(account: Account) -> None:
    await account.deliver(record("open"))
    account.desk.mandatory_to_close = ("cf_cause",)
    await account.deliver(record("resolved", "ana: the hotfix is out", reference="1", priority=3))
    ticket = account.desk.tickets[1]
    assert (ticket.status, ticket.priority) == (2, 2)
    refused = "Freshdesk did not take status of this ticket: cf_cause is missing_field"
    assert ticket.notes == [f"ana: the hotfix is out\n{refused}"]


async def test_a_status_of_their_own_is_left_alone_as_long_as_it_contradicts_nothing(account: Account) -> None:
    account.desk.statuses[7] = "Waiting on third party"
    await account.deliver(record("open"))
    ticket = account.desk.tickets[1]
    for there, ours, expected in (
        (7, "acknowledged", 7),
        (3, "mitigating", 3),
        (7, "resolved", 4),
        (5, "resolved", 5),
        (5, "open", 2),
    ):
        ticket.status = there
        await account.deliver(record(ours, reference="1"))
        assert ticket.status == expected, (there, ours)


async def test_a_page_of_two_megabytes_and_hostile_words_arrives_within_limits(account: Account) -> None:
    wild = "<script>alert(1)</script>{{ticket.requester.email}} \u202e\x00 \U0001f600 مرحبا " * 30_000
    facts = (("What changed", wild), ("Escalation", "e1, generation 1"))
    await account.deliver(record("open", wild, wild, content=content(summary=wild, facts=facts)))
    (ticket,) = account.desk.tickets.values()
    assert len(ticket.subject) <= 255
    assert len(ticket.description) <= 60_000
    assert "<script" not in ticket.description + ticket.lines[0].body
    assert "{{" not in ticket.description + ticket.lines[0].body
    assert "e1, generation 1" in ticket.description
    assert "مرحبا" in ticket.description


@pytest.mark.parametrize(
    ("trouble", "reason", "unknown"),
    [
        (Trouble.SERVER_ERROR, Reason.SERVER, True),
        (Trouble.UNREADABLE, Reason.SERVER, True),
        (Trouble.RATE_LIMITED, Reason.RATE_LIMITED, False),
    ],
)
async def test_trouble_at_the_vendor_is_tried_again(account: Account, trouble: Trouble, reason: Reason, unknown: bool) -> None:
    account.desk.fail(trouble, on="POST /tickets")
    with pytest.raises(Undelivered) as caught:
        await account.deliver(page())
    assert (caught.value.reason, caught.value.unknown) == (reason, unknown)


async def test_a_revoked_key_is_final_and_told_without_it(account: Account) -> None:
    account.channel = account.with_(api_key=SecretStr("revoked-key"))
    with pytest.raises(Undeliverable) as caught:
        await account.deliver(record("open"))
    assert str(caught.value) == "Freshdesk refused our credentials (401): check its key"
    assert caught.value.reason is Reason.AUTH


async def test_a_page_about_no_record_is_a_ticket_of_its_own_made_once(account: Account) -> None:
    await account.deliver(page())
    await account.deliver(page(possible_repeat=True))
    (ticket,) = account.desk.tickets.values()
    assert ticket.tags == ["driftpager", "driftpager-p1"]


async def test_what_people_write_comes_home_once_with_who_wrote_it_and_ours_does_not(account: Account) -> None:
    await account.deliver(record("open", "opened"))
    account.passes()
    ticket = account.desk.tickets[1]
    account.desk.write(ticket, ANA, "is it us?")
    account.passes()
    account.desk.write(ticket, KITE, "still broken here", private=False)
    first, second = await account.poll("open", "1")
    assert (first.kind, first.by, first.email, first.text, first.record) == ("annotated", "Ana", ANA, "is it us?", "1")
    assert (second.by, second.email, second.text, second.at) == ("Ops", KITE, "still broken here", MONDAY + 2 * MINUTE)
    account.desk.write(ticket, ANA, "found it")
    before = len(account.desk.received)
    again = await account.poll("open", "1")
    assert [each.event_id for each in again][:2] == [first.event_id, second.event_id]
    assert [each.by for each in again] == ["Ana", "Ops", "Ana"]
    assert len([call for call in account.desk.calls()[before:] if "/agents/2" in call or "/contacts/" in call]) == 2
    assert first.event_id != second.event_id
    account.passes(timedelta(days=2))
    assert await account.poll("open", "1") == []


async def test_a_status_that_contradicts_us_is_told_without_who_did_it(account: Account) -> None:
    await account.deliver(record("open"))
    ticket = account.desk.tickets[1]
    assert await account.poll("open", "1") == []
    account.passes()
    account.desk.set_status(ticket, 5, ANA)
    (closed,) = await account.poll("open", "1")
    assert (closed.kind, closed.by, closed.email, closed.record, closed.at) == ("resolved", "", "", "1", MONDAY + MINUTE)
    assert await account.poll("resolved", "1") == []
    account.passes()
    account.desk.set_status(ticket, 2, ANA)
    (reopened,) = await account.poll("resolved", "1")
    assert (reopened.kind, reopened.at) == ("reopened", MONDAY + 2 * MINUTE)
    account.desk.set_status(ticket, 5, ANA)
    (again,) = await account.poll("open", "1")
    assert again.event_id != closed.event_id


async def test_who_has_a_ticket_counts_as_who_changed_it_only_where_that_is_configured(account: Account) -> None:
    await account.deliver(record("open"))
    ticket = account.desk.tickets[1]
    ticket.assignee = 2
    account.desk.set_status(ticket, 4, ANA)
    assert [each.by for each in await account.poll("open", "1")] == [""]
    account.channel = account.with_(assignee_acts=True)
    assert [(each.kind, each.by, each.email) for each in await account.poll("open", "1")] == [("resolved", "Ana", ANA)]
    for nobody in (None, 1):
        ticket.assignee = nobody
        assert [each.by for each in await account.poll("open", "1")] == [""]


async def test_several_tickets_are_read_with_few_calls_and_a_deleted_one_is_passed_over(account: Account) -> None:
    for each in range(3):
        await account.deliver(record("open", escalation=f"e{each}"))
    theirs = account.desk.ask(KITE, "Our sync is broken", "help")
    account.desk.tickets[3].deleted = True
    account.passes()
    account.desk.write(theirs, KITE, "any news?")
    before = len(account.desk.received)
    replies = await account.poll("open", "1", "2", "3", str(theirs.id), "no number")
    assert [(each.record, each.text) for each in replies] == [(str(theirs.id), "any news?")]
    asked = [each.split(" ")[1] for each in account.desk.calls()[before:]]
    assert asked.count("/api/v2/tickets") == 1
    assert "/api/v2/tickets/1" not in asked


async def test_what_was_read_before_the_accounts_calls_were_used_up_is_heard(account: Account) -> None:
    for each in range(2):
        await account.deliver(record("open", escalation=f"e{each}"))
    account.passes()
    account.desk.write(account.desk.tickets[1], ANA, "is it us?")
    account.desk.fail(Trouble.RATE_LIMITED, on="GET /2/conversations")
    assert [each.text for each in await account.poll("open", "1", "2")] == ["is it us?"]
    account.desk.fail(Trouble.RATE_LIMITED, on="GET /1/conversations")
    with pytest.raises(Undelivered):
        await account.poll("open", "1", "2")


async def test_a_list_that_is_refused_is_no_empty_list(account: Account) -> None:
    account.desk.refuse(400, {"errors": [{"field": "order_by", "code": "invalid_value"}]}, {})
    with pytest.raises(Undeliverable):
        await account.deliver(record("open"))
    assert account.desk.tickets == {}


def hearing(account: Account, **changes: Any) -> Freshdesk:
    return account.with_(webhook_secrets=(SecretStr(SECRET),), **changes)


async def test_a_rules_webhook_tells_who_changed_the_status_and_our_own_change_is_not_heard(account: Account) -> None:
    await account.deliver(record("open"))
    ticket = account.desk.tickets[1]
    account.desk.set_status(ticket, 4, ANA)
    account.desk.set_status(ticket, 2, ANA)
    await account.deliver(record("resolved", reference="1"))
    await account.desk.settle()
    told = [hearing(account).replies(headers, body, MONDAY) for headers, body in account.hooks]
    assert [[(each.kind, each.by, each.email, each.record, each.at) for each in replies] for replies in told] == [
        [("resolved", "Ana", ANA, "1", MONDAY)],
        [("reopened", "Ana", ANA, "1", MONDAY)],
        [],
    ]


async def test_a_status_of_its_own_is_heard_as_what_it_stands_for(account: Account) -> None:
    account.desk.statuses |= {6: "Being worked on", 7: "Workaround"}
    statuses = account.channel.statuses.model_copy(update={"acknowledged": 6, "mitigating": 7})
    account.channel = account.with_(statuses=statuses)
    await account.deliver(record("open"))
    for number in (6, 2, 7):
        account.passes()
        account.desk.set_status(account.desk.tickets[1], number, ANA)
    await account.desk.settle()
    channel = hearing(account, statuses=statuses, status_names={"being worked on": 6, "workaround": 7})
    told = [reply.kind for headers, body in account.hooks for reply in channel.replies(headers, body, MONDAY)]
    assert told == ["acknowledged", "unacknowledged", "mitigated"]
    assert [each.kind for each in await account.poll("open", "1")] == ["mitigated"]
    await account.deliver(record("acknowledged", reference="1"))
    assert account.desk.tickets[1].status == 6


async def test_what_a_webhook_will_tell_is_left_to_it_for_a_while(account: Account) -> None:
    await account.deliver(record("open"))
    account.desk.set_status(account.desk.tickets[1], 4, ANA)
    account.channel = hearing(account)
    assert await account.poll("open", "1") == []
    account.passes(3 * MINUTE)
    assert [each.kind for each in await account.poll("open", "1")] == ["resolved"]


def hook(**said: Any) -> bytes:
    return json.dumps({"freshdesk_webhook": {"ticket_id": 1, "ticket_status": "Closed"} | said}).encode()


async def test_a_webhook_without_the_secret_is_not_believed(account: Account) -> None:
    channel = hearing(account)
    for wrong in ({}, {"X-Driftpager-Secret": SECRET + "x"}, {"X-Driftpager-Secret": ""}, {"Authorization": SECRET}):
        with pytest.raises(Unverified):
            channel.replies(wrong, hook(), MONDAY)
    with pytest.raises(Unverified):
        account.channel.replies({"x-driftpager-secret": SECRET}, hook(), MONDAY)
    assert [each.kind for each in channel.replies({"x-driftpager-secret": SECRET}, hook(), MONDAY)] == ["resolved"]


async def test_a_webhook_that_is_sent_again_is_one_and_a_later_one_another(account: Account) -> None:
    channel, headers = hearing(account), {"x-driftpager-secret": SECRET}
    first, again, later = (channel.replies(headers, hook(), MONDAY + after)[0] for after in (0 * MINUTE, MINUTE / 2, 2 * MINUTE))
    assert first.event_id == again.event_id != later.event_id


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"freshdesk_webhook": 3}', b'{"freshdesk_webhook": {"ticket_id": "x"}}'])
async def test_a_webhook_that_is_not_as_described_is_unreadable(account: Account, body: bytes) -> None:
    with pytest.raises(Unreadable, match="choose JSON and simple content"):
        hearing(account).replies({"x-driftpager-secret": SECRET}, body, MONDAY)


@pytest.mark.parametrize(
    "said", [{"ticket_status": "Unheard of"}, {"ticket_status": None}, {"event_performer_email": AGENT.upper()}]
)
async def test_a_webhook_that_means_nothing_gives_nothing(account: Account, said: dict[str, Any]) -> None:
    assert hearing(account).replies({"x-driftpager-secret": SECRET}, hook(**said), MONDAY) == []


async def test_a_placeholder_that_was_not_filled_in_is_nobody(account: Account) -> None:
    body = hook(event_performer_name="{{event_performer.name}}", event_performer_email="{{event_performer.email}}")
    (reply,) = hearing(account).replies({"x-driftpager-secret": SECRET}, body, MONDAY)
    assert (reply.by, reply.email) == ("", "")


async def test_credentials_are_tried_without_changing_anything(account: Account) -> None:
    checked = await account.channel.check(account.tools)
    assert (checked.account, checked.warnings) == (f"driftpager <{AGENT}>", ())
    assert {each.method for each in account.desk.received} == {"GET"}
    account.desk.scope = 3
    account.channel = account.with_(agent=ANA)
    warnings = (await account.channel.check(account.tools)).warnings
    assert warnings[0].startswith(f"the key is that of {AGENT}, not of {ANA}")
    assert warnings[1].startswith("the agent sees only some tickets")
    account.channel = account.with_(api_key=SecretStr("revoked"))
    with pytest.raises(Undeliverable):
        await account.channel.check(account.tools)


async def test_ratings_are_stars_oldest_first_and_after_a_moment(account: Account) -> None:
    ticket = account.desk.ask(KITE, "s", "t")
    for grade in (103, 102, 100, -101, -103, 0):
        account.desk.rate(ticket, grade, "so  so\x00")
        account.passes()
    ratings = await account.channel.ratings(MONDAY - MINUTE, account.tools)
    assert [each.stars for each in ratings] == [5, 4, 3, 2, 1]
    assert ratings[0] == Rating(event_id="100", record="1", stars=5, at=MONDAY, comment="so so")
    assert [each.stars for each in await account.channel.ratings(MONDAY + 3 * MINUTE, account.tools)] == [2, 1]


async def test_customers_tickets_that_speak_of_a_vendor_are_found_and_linked_in_private(account: Account) -> None:
    old = account.desk.ask(KITE, "Salesforce is down", "help")
    account.passes()
    await account.deliver(record("open"))
    await account.deliver(update())
    closed = account.desk.ask(KITE, "Salesforce again", "x")
    closed.status = 5
    account.desk.ask(KITE, "Invoice", "about money")
    named = account.desk.ask("it@globex.example", "Sync", "our <b>SALESFORCE</b> records stay empty", company="Globex Inc.")
    account.passes()
    newest = account.desk.ask(KITE, "salesforce login", "x")
    found = await account.channel.mentions(("salesforce",), MONDAY, account.tools)
    assert [(each.reference, each.customer, each.email) for each in found] == [
        (str(newest.id), KITE, KITE),
        (str(named.id), "Globex Inc.", "it@globex.example"),
    ]
    assert found[0].url == f"{account.channel.url}/a/tickets/{newest.id}"
    assert str(old.id) not in {each.reference for each in found}
    mailed = len(account.desk.mailed)
    await account.channel.link(found[0].reference, "OPS-12", "Part of escalation e1", account.tools)
    assert newest.notes == ["Part of escalation e1\nOur ticket: OPS-12"]
    assert len(account.desk.mailed) == mailed
    with pytest.raises(Undeliverable):
        await account.channel.link("1/../2", "", "x", account.tools)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"url": "http://acme.freshdesk.com", "private": False}, "https only"),
        ({"api_key": ""}, "api_key is empty"),
        ({"webhook_secrets": ["short"]}, "at least 20 characters"),
        ({"agent": "nobody"}, "String should match pattern"),
        ({"fields": {"reason": "x"}}, "String should match pattern"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_configuration_is_refused_in_words(changes: dict[str, Any], because: str) -> None:
    good: dict[str, Any] = {"url": "https://acme.freshdesk.com/", "api_key": KEY, "agent": AGENT}
    assert Freshdesk(**good).url == "https://acme.freshdesk.com/"
    with pytest.raises(ValidationError, match=because):
        Freshdesk(**(good | changes))
