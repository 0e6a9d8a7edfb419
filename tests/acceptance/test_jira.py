"""An escalation and its Jira issue, in step both ways: one issue whatever gets lost, moved by people here and there."""

from __future__ import annotations

import pytest

from alerts.jira.adf import text_of
from monitor.demo.jira import Jira
from monitor.demo.jira_issue import ANA, DONE, IN_PROGRESS, US, Person, Trouble
from monitor.demo.serve import serve
from tests.acceptance.test_main_job import BEFORE
from tests.acceptance.test_people import drifting
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

TOKEN = "stand-in-jira-token"
SECRET = "stand-in-jira-secret"
ZOE = Person(id="712020:zoe", name="Zoe of sales")
CHANNEL = """
          jira:
            kind: jira
            url: {url}
            email: driftpager@example.com
            token: "env:JIRA_TOKEN"
            project: OPS
            account_id: "712020:driftpager"
            webhook_secrets: ["env:JIRA_SECRET"]
            private: true
            seconds: 1
"""
MATRIX = """
contacts: {ana: {jira: "712020:ana", email: ana@example.com}}
lanes: {sync: {levels: [{contact: ana}], channels: [pagerduty]}}
rules: [{lanes: [sync]}]
records: [jira]
last_resort: ana
"""


async def test_one_issue_is_made_though_the_answer_was_lost_and_follows_what_people_do_on_either_side(quick: World) -> None:
    quick.environ |= {"JIRA_TOKEN": TOKEN, "JIRA_SECRET": SECRET}
    jira = Jira(token=TOKEN, now=quick.clock.now)
    jira.fail(Trouble.HANG, "POST /issue")
    async with serve(jira.app) as url, drifting(quick, matrix=MATRIX, pagerduty=CHANNEL.format(url=url)):
        jira.webhook = (f"{quick.web}/hooks/jira", SECRET)
        await quick.until(lambda: any(each.status == 0 for each in jira.received), "the first answer is lost")

        (issue,) = jira.issues
        assert await jira.move(issue.key, IN_PROGRESS, ANA) in (200, 202)  # of an issue that nobody here knows yet

        def later(has_happened: bool) -> bool:
            quick.clock.forward(seconds=3)  # the search must know it first
            return has_happened

        await quick.until(lambda: later(bool(_comments(jira))), "the issue is found again")
        assert issue.fields["summary"].startswith("P1 ")
        await quick.until(lambda: later(issue.status == IN_PROGRESS), "what she did is asked for, and the issue follows")
        assert (await quick.until_escalation("acknowledged")).owner == "ana"

        assert await jira.move(issue.key, DONE, ZOE) in (200, 202)
        closed = "Zoe of sales closed jira OPS-1"
        await quick.until(lambda: closed in _comments(jira)[-1], "it is said in the issue that she cannot")
        assert issue.status == IN_PROGRESS

        quick.vendor.publish("/schema.graphql", BEFORE)
        await quick.until_escalation("resolved")
        await quick.until(lambda: issue.status == DONE, "the issue is done")
    assert [each["author"]["accountId"] for each in issue.comments] == [US.id] * len(issue.comments)
    assert len(jira.issues) == 1


def _comments(jira: Jira) -> list[str]:
    return [text_of(each["body"]) for issue in jira.issues for each in issue.comments]
