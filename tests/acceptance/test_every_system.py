"""The worked example in every system at once: a page, an issue, a thread and a customer's ticket, in step from either side."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.escalation import Escalation, State
from alerts.slack.blocks import ACTION
from monitor.demo.jira import Jira
from monitor.demo.jira_issue import DONE, IN_PROGRESS, Issue, Person
from monitor.demo.serve import serve
from monitor.demo.slack import Slack
from monitor.demo.slack_message import Message
from monitor.demo.zendesk import Zendesk
from monitor.demo.zendesk_ticket import Ticket
from tests.acceptance.night import EVERYBODY, Beside, Night, Told, night

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "every-system"
MINUTE = timedelta(minutes=1)
BEFORE = datetime(2026, 11, 22, 0, 20, tzinfo=UTC)
TWO_AT_NIGHT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ACCOUNT = "salesforce-production/crm/Account"
BEN = Person(id="712020:ben", name="Ben", email="ben@example.com")
STRANGER = Person(id="712020:zoe", name="Zoe", email="zoe@elsewhere.example")
TOKENS = {name: f"{name.lower()}-s3cr3t-token" for name in ("JIRA_TOKEN", "SLACK_TOKEN", "ZENDESK_TOKEN")}
SIGNING = {f"{name}_SECRET": f"{name.lower()}-s3cr3t" for name in ("JIRA_WEBHOOK", "SLACK_SIGNING", "ZENDESK_WEBHOOK")}


@dataclass
class Systems:
    """The night, and the three systems beside PagerDuty and mail."""

    night: Night
    jira: Jira
    slack: Slack
    zendesk: Zendesk

    @property
    def issue(self) -> Issue:
        (only,) = self.jira.issues
        return only

    @property
    def message(self) -> Message:
        (only,) = self.slack.top()
        return only

    @property
    def ticket(self) -> Ticket:
        (only,) = self.zendesk.tickets.values()
        return only

    async def at(self, minute: int) -> Escalation:
        """Let time pass to so many minutes after it opened; the escalation as it is then."""
        it = await self.escalation()
        assert it.opened_at is not None
        await self.night.until(it.opened_at + minute * MINUTE)
        return await self.escalation()

    async def escalation(self) -> Escalation:
        await self.night.quiet()
        async with self.night.engine.store.read() as tx:
            (found,) = await tx.escalations.list()
        return found

    def thread(self) -> str:
        return "\n".join(each.text for each in self.slack.thread(self.message))


@pytest.fixture
async def systems(tmp_path: Path) -> AsyncIterator[Systems]:
    made: list[Jira | Slack | Zendesk] = []

    async def beside(clock: Told, stack: AsyncExitStack) -> Beside:
        jira = Jira(token=TOKENS["JIRA_TOKEN"], now=clock.now)
        slack = Slack(token=TOKENS["SLACK_TOKEN"], users={"U1": "cleo", "U2": "ben"}, clock=clock)
        zendesk = Zendesk(token=TOKENS["ZENDESK_TOKEN"], clock=clock)
        made.extend((jira, slack, zendesk))
        at = [await stack.enter_async_context(serve(each.app)) for each in (jira, slack, zendesk)]
        instead = {
            "url: https://example.atlassian.net": f"url: {at[0]}\n    private: true",
            "kind: slack\n": f"kind: slack\n    base_url: {at[1]}/api\n    private: true\n",
            "url: https://example.zendesk.com": f"url: {at[2]}\n    private: true",
            "user_id: 1001": f"user_id: {zendesk.us.id}",
        }
        return Beside(environ=TOKENS | SIGNING, instead=instead)

    async with night(tmp_path, EXAMPLE, f"sqlite:///{tmp_path}/driftpager.db", BEFORE, beside) as stage:
        jira, slack, zendesk = made
        assert isinstance(jira, Jira)
        assert isinstance(slack, Slack)
        assert isinstance(zendesk, Zendesk)
        jira.webhook = (f"{stage.hooks}/jira", SIGNING["JIRA_WEBHOOK_SECRET"])
        slack.interactivity = (f"{stage.hooks}/slack-sync", SIGNING["SLACK_SIGNING_SECRET"])
        zendesk.webhook = (f"{stage.hooks}/zendesk", SIGNING["ZENDESK_WEBHOOK_SECRET"])
        await stage.until(TWO_AT_NIGHT)
        yield Systems(stage, jira, slack, zendesk)


async def test_one_of_each_in_step_whoever_moves_first(systems: Systems) -> None:
    night = systems.night
    night.org.drop_field("Account", "Industry")
    await night.until(TWO_AT_NIGHT + 4 * MINUTE)
    it = await systems.escalation()
    assert (it.state, str(it.priority)) == (State.OPEN, "P1")

    # One of each: the page, the issue, the message. No customer has heard of it.
    (incident,) = night.pagerduty.incidents
    assert systems.issue.fields["priority"]["name"] == "Highest"
    assert {"P1", f"driftpager-{it.id}"} <= set(systems.issue.labels)
    assert "Account.Industry" in systems.message.text
    assert systems.zendesk.tickets == {}
    assert {kept.channel for kept in it.records} == {"jira", "slack-sync"}

    # Ben presses the button in Slack: everywhere it is his.
    await systems.at(3)
    assert await systems.slack.press(systems.message, f"{ACTION}acknowledge", by="U2") == 200
    it = await systems.at(4)
    assert (it.state, it.owner) == (State.ACKNOWLEDGED, "ben")
    assert systems.issue.status == IN_PROGRESS
    assert incident.status == "acknowledged"
    assert "ben" in systems.thread()

    # He says what it means; the customer who opted in reads it in a ticket of their own, and of ours nothing.
    await night.types("customers", "declare", it.id, "--impact", "New accounts reach us without their industry.", "--as", "ben")
    (_, first), *_ = systems.zendesk.mailed
    assert "Salesforce changed its interface" in first
    assert "escalated to our engineers" in first
    assert "Next update by Sun 22 Nov 2026, 12:07 JST (Asia/Tokyo)." in first
    assert systems.ticket.priority == "urgent"

    # Somebody nobody knows closes the issue: it is told, and the issue comes back.
    await systems.at(10)
    await systems.jira.comment(systems.issue.key, "their status page is green", by=BEN)
    await systems.jira.move(systems.issue.key, DONE, by=STRANGER)
    it = await systems.at(11)
    assert it.state is State.ACKNOWLEDGED
    assert systems.issue.status == IN_PROGRESS
    assert "Zoe closed jira" in systems.thread()
    async with night.engine.store.read() as tx:
        told = {entry.text for entry in await tx.escalations.timeline(it.id)}
    assert f"ben wrote in jira {systems.issue.key}: their status page is green" in told

    # Every two hours the same ticket has a word for the customer.
    for minute in (29, 55, 80):
        await systems.at(minute)
        await night.types("ack", it.id, "--as", "ben")
    await systems.at(100)
    assert len(systems.zendesk.mailed) == 2
    assert "Next update by" in systems.zendesk.mailed[1][1]

    # Ben closes the issue: a contact of ours, so it is over everywhere, and the customer reads that.
    await systems.jira.move(systems.issue.key, DONE, by=BEN)
    it = await systems.at(101)
    assert (it.state, it.resolved_by) == (State.RESOLVED, "ben")
    assert systems.issue.status == DONE
    assert night.pagerduty.open() == []
    assert not {f"{ACTION}acknowledge", f"{ACTION}resolve"} & set(systems.message.buttons)
    assert "This is the last update about it." in systems.zendesk.mailed[-1][1]
    assert systems.ticket.status == "solved"
    assert (len(systems.jira.issues), len(systems.slack.top()), len(systems.zendesk.tickets)) == (1, 1, 1)

    # What no customer was to read stands in nothing that they got; and how content they were is a figure.
    read = "\n".join(text for _, text in systems.zendesk.mailed)
    assert "Account.Industry" not in read
    assert "Zoe" not in read
    systems.zendesk.rate(systems.ticket.id, "good", "quick!")
    await night.until(night.clock.now() + timedelta(minutes=70))
    await night.quiet(EVERYBODY)
    figures = json.loads(await night.types("kpis", "--since", "1d", "--output", "json"))
    assert (figures["csat"], figures["csat_answers"]) == (5.0, 1)
