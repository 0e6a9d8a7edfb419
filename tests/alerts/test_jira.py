"""The Jira channel against the stand-in: an issue made, kept in step both ways, and never a second one.

Long, as it is one story after another on the same stand-in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels import Post, Receipt, Tools, Watched, outlets
from alerts.channels.jira import Jira
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.jira.adf import text_of
from alerts.jira.site import Site
from alerts.jira.workflow import Goal, Status, Step, next_step, status_of
from alerts.json_api import JsonApi
from alerts.page import Action, Change, Link, Page, Record
from monitor.demo import jira as stand_in
from monitor.demo.jira_issue import DONE, IN_PROGRESS, RULE, TO_DO, US, Trouble, Way
from monitor.demo.serve import serve
from tests.alerts.pages import KEY, content, page
from tests.alerts.stories import MONDAY

TOKEN = "ATATT-stand-in-token"
SECRET = "stand-in-webhook-secret"
OURS = Link(text="The change and what to do", href="https://drift.example.com/escalations/e1")


@dataclass
class At:
    """What time it is there."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class There:
    """The stand-in, a channel configured for it, and what happened to the one escalation so far."""

    jira: stand_in.Jira
    channel: Jira
    at: At
    tools: Tools
    receipt: Receipt = field(default_factory=Receipt)

    async def says(self, state: str, *news: str, **changes: Any) -> Receipt:
        """Deliver where the escalation stands; the receipt is kept as the engine would."""
        record = Record(state=state, reference=self.receipt.reference, news=news)
        self.receipt = await self.channel.deliver(told(record, **changes), self.tools)
        return self.receipt

    def comments(self) -> list[str]:
        (issue,) = self.jira.issues
        return [text_of(each["body"]) for each in issue.comments]

    def asked(self) -> list[str]:
        """What was asked for, without the part before the version."""
        return [f"{each.method} {each.path.partition('/rest/api/')[2][1:]}" for each in self.jira.received]


def told(record: Record, **changes: Any) -> Page:
    said = content(links=(OURS, *content().links, *changes.pop("links", ())), **changes.pop("said", {}))
    return page(Action.RECORD, lane="record", channel="jira", content=said, record=record, **changes)


@pytest.fixture
async def there(tools: Tools) -> AsyncIterator[There]:
    async with served(tools) as found:
        yield found


def served(tools: Tools, **changes: Any) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def serving() -> AsyncIterator[There]:
        at = At()
        configured = changes.pop("channel", {})
        jira = stand_in.Jira(token=TOKEN, now=at, **changes)
        async with serve(jira.app) as url:
            yield There(jira, channel(url, **configured), at, tools)

    return serving()


def channel(url: str = "http://127.0.0.1:9", **changes: Any) -> Jira:
    values = {"url": url, "email": US.email, "token": SecretStr(TOKEN), "project": "OPS", "private": True, "seconds": 5.0}
    return Jira.model_validate(values | changes)


async def test_an_escalation_becomes_one_issue_with_what_an_engineer_needs(there: There) -> None:
    receipt = await there.says("open", "opened as P1")
    assert (receipt.reference, receipt.url) == ("OPS-1", f"{there.channel.url}/browse/OPS-1")
    (issue,) = there.jira.issues
    assert issue.fields["summary"] == content().summary
    assert issue.fields["priority"] == {"name": "Highest"}
    assert issue.labels == ["driftpager", "driftpager-e1", "P1"]
    assert issue.properties["driftpager"]["key"] == "driftpager-e1"
    assert there.comments() == ["opened as P1"]
    (link,) = issue.links.values()
    assert (link["object"]["url"], link["object"]["status"]) == (OURS.href, {"resolved": False})


async def test_it_is_in_progress_once_acknowledged_done_once_resolved_and_open_again_when_it_comes_back(there: There) -> None:
    seen = []
    for state, line in (("open", ""), ("acknowledged", "ana took it"), ("resolved", "fixed"), ("open", "it is back")):
        await there.says(state, *filter(None, [line]))
        (issue,) = there.jira.issues
        (link,) = issue.links.values()
        seen.append((issue.status.name, link["object"]["status"]["resolved"]))
    assert seen == [("To Do", False), ("In Progress", False), ("Done", True), ("To Do", False)]
    assert there.comments() == ["ana took it", "fixed", "it is back"]


async def test_nothing_is_written_where_nothing_changed_and_the_news_are_one_comment(there: There) -> None:
    await there.says("open")
    before = len(there.jira.received)
    await there.says("open", "one", "two", "three")
    assert there.asked()[before:] == ["GET /issue/OPS-1", "POST /issue/OPS-1/comment"]
    assert there.comments() == ["one\n\ntwo\n\nthree"]


async def test_a_new_priority_and_new_facts_change_the_issue_and_leave_the_labels_of_people(there: There) -> None:
    await there.says("open")
    (issue,) = there.jira.issues
    issue.fields["labels"] = [*issue.labels, "q4"]
    await there.says("open", priority=2, said={"summary": "P2 Salesforce production: less"})
    assert issue.fields["summary"] == "P2 Salesforce production: less"
    assert issue.fields["priority"] == {"name": "High"}
    assert set(issue.labels) == {"driftpager", "driftpager-e1", "q4", "P2"}


async def test_an_answer_that_was_lost_makes_no_second_issue_though_the_search_lags(there: There) -> None:
    there.jira.fail(Trouble.HANG, "POST /issue")
    impatient = there.channel.model_copy(update={"seconds": 0.3})
    with pytest.raises(Undelivered) as caught:
        await impatient.deliver(told(Record(state="open", news=("opened",))), there.tools)
    assert (caught.value.unknown, caught.value.retry_after) == (True, timedelta(minutes=1))
    there.at.passes(minutes=1)
    await there.says("open", "opened", possible_repeat=True)
    assert [issue.key for issue in there.jira.issues] == ["OPS-1"]
    assert there.comments() == ["opened"]


@pytest.mark.parametrize("later", ["POST /issue/OPS-1/remotelink", "POST /issue/OPS-1/comment"])
async def test_what_fails_after_the_issue_was_made_is_made_up_for_and_said_once(there: There, later: str) -> None:
    there.jira.fail(Trouble.RATE_LIMITED, later.partition("1")[2].join(["POST ", ""]), retry_after=7)
    with pytest.raises(Undelivered) as caught:
        await there.says("open", "opened")
    assert (caught.value.reason, caught.value.unknown, caught.value.retry_after) == (
        Reason.RATE_LIMITED,
        True,
        timedelta(minutes=1),
    )
    there.at.passes(minutes=1)
    await there.says("open", "opened", possible_repeat=True)
    (issue,) = there.jira.issues
    assert len(issue.links) == 1
    assert there.comments() == ["opened"]


async def test_an_issue_whose_comment_is_refused_for_good_is_kept_and_the_next_page_tells_of_it(there: There) -> None:
    there.jira.fail(Trouble.FORBIDDEN, "POST /comment", times=2)
    assert (await there.says("open", "opened")).reference == "OPS-1"
    with pytest.raises(Undeliverable, match="403"):
        await there.says("acknowledged", "ana took it")
    assert [issue.status for issue in there.jira.issues] == [IN_PROGRESS]


async def test_a_site_that_is_slow_all_along_is_given_up_in_time_and_asked_again_once_its_search_knows(tools: Tools) -> None:
    api = JsonApi(who="Jira", base="http://127.0.0.1:9", headers={}, http=tools.http, seconds=5)
    with pytest.raises(Undelivered, match="too slow") as caught:
        async with Site(api=api, cloud=True, lag=timedelta(minutes=1), seconds=0.01).in_time():
            await asyncio.Event().wait()
    assert (caught.value.reason, caught.value.unknown, caught.value.retry_after) == (Reason.TIMEOUT, True, timedelta(minutes=1))


@pytest.mark.parametrize("odd", [b"[]", b"{}", b'{"issues": [7]}', b'{"issues": null}', b'{"key": "../../x", "issues": []}'])
async def test_answers_that_are_not_as_described_are_no_success(odd: bytes) -> None:
    class Odd:
        async def send(self, *_: Any, **__: Any) -> Post:
            return Post(status=200, body=odd)

    with pytest.raises(Undelivered, match=r"Jira's (answer|search|issue)"):
        await channel().deliver(told(Record(state="open")), Tools(http=Odd(), now=MONDAY))
    with pytest.raises(Undelivered, match=r"Jira's (answer|issue)"):
        await channel().deliver(told(Record(state="open", reference="OPS-1")), Tools(http=Odd(), now=MONDAY))


async def test_a_comment_whose_answer_was_lost_is_not_made_twice(there: There) -> None:
    await there.says("open")
    there.jira.fail(Trouble.HANG, "POST /comment")
    impatient = there.channel.model_copy(update={"seconds": 0.3})
    news = Record(state="open", reference="OPS-1", news=("ana took it",))
    with pytest.raises(Undelivered):
        await impatient.deliver(told(news), there.tools)
    await there.channel.deliver(told(news, possible_repeat=True), there.tools)
    assert there.comments() == ["ana took it"]


async def test_a_copy_of_the_issue_is_not_mistaken_for_it(there: There) -> None:
    await there.says("open")
    there.jira.clone("OPS-1")
    there.at.passes(minutes=5)
    there.receipt = Receipt()  # nothing is known any more, as after a restored backup
    assert (await there.says("open")).reference == "OPS-1"
    there.jira.issues.reverse()
    there.receipt = Receipt()
    assert (await there.says("open")).reference == "OPS-1"


async def test_an_issue_that_somebody_labelled_with_our_key_is_adopted(there: There) -> None:
    mine = there.jira.add({"summary": "Salesforce is odd", "labels": ["driftpager-e1"]}, {})
    there.at.passes(minutes=5)
    assert (await there.says("acknowledged", "ana took it")).reference == mine.key
    assert (mine.status, mine.properties["driftpager"]["key"]) == (IN_PROGRESS, "driftpager-e1")
    assert there.comments() == [f"{content().summary}\n\nana took it"]
    await there.says("resolved")
    assert (mine.fields["summary"], "description" in mine.fields, len(there.jira.issues)) == ("Salesforce is odd", False, 1)
    assert mine.labels == ["driftpager-e1", "driftpager", "P1"]


async def test_an_issue_that_was_deleted_is_made_anew_and_says_so(there: There) -> None:
    await there.says("open")
    there.at.passes(minutes=1)
    await there.jira.delete("OPS-1")
    receipt = await there.says("acknowledged", "ana took it")
    (issue,) = there.jira.issues
    assert (receipt.reference, issue.key, issue.status) == ("OPS-2", "OPS-2", IN_PROGRESS)
    assert there.comments() == ["OPS-1, which was kept before, is not there any more: this is kept in its place\n\nana took it"]


async def test_an_issue_that_was_moved_to_another_project_is_followed(there: There) -> None:
    await there.says("open")
    await there.jira.relocate("OPS-1", "CRM-7")
    assert (await there.says("resolved", "fixed")).reference == "CRM-7"
    assert there.jira.find("CRM-7").status == DONE


async def test_a_token_jira_does_not_know_is_no_deleted_issue(there: There) -> None:
    await there.says("open")
    stranger = there.channel.model_copy(update={"token": SecretStr("revoked-4711")})
    with pytest.raises(Undeliverable) as caught:
        await stranger.deliver(told(Record(state="open", reference="OPS-1")), there.tools)
    assert caught.value.reason is Reason.AUTH
    assert "4711" not in str(caught.value)
    assert len(there.jira.issues) == 1


async def test_an_issue_that_is_hidden_from_a_stranger_is_no_deleted_one() -> None:
    class Hiding:
        async def send(self, *_: Any, **__: Any) -> Post:
            return Post(status=404, headers={"x-seraph-loginreason": "AUTHENTICATED_FAILED"}, body=b"{}")

    with pytest.raises(Undeliverable) as caught:
        await channel().deliver(told(Record(state="open", reference="OPS-1")), Tools(http=Hiding(), now=MONDAY))
    assert caught.value.reason is Reason.AUTH


async def test_a_priority_that_is_not_on_the_screen_is_left_out_and_said(tools: Tools) -> None:
    async with served(tools, screen=("summary", "description", "labels")) as there:
        await there.says("open", "opened")
        (issue,) = there.jira.issues
        assert ("priority" in issue.fields, "P1" in issue.labels) == (False, True)
        assert there.comments() == ["opened\n\nthis could not be set: priority is not on the screen"]


async def test_a_field_that_cannot_be_edited_is_said_once_and_left_alone_from_then_on(there: There) -> None:
    await there.says("open")
    there.jira.screen -= {"priority", "labels"}
    await there.says("open", priority=2, said={"summary": "P2 now"})
    await there.says("open", "more", priority=3, said={"summary": "P3 now"})
    assert there.jira.issues[0].fields["summary"] == "P3 now"
    assert there.comments() == ["this could not be set: labels is not on the screen; priority is not on the screen", "more"]


async def test_what_people_wrote_over_ours_stays_until_ours_changes(there: There) -> None:
    await there.says("open")
    (issue,) = there.jira.issues
    issue.fields |= {"summary": "ours, better said", "priority": {"name": "Low"}}
    await there.says("acknowledged", "ana took it")
    assert (issue.fields["summary"], issue.fields["priority"]) == ("ours, better said", {"name": "Low"})
    await there.says("acknowledged", priority=2)
    assert (issue.fields["summary"], issue.fields["priority"]) == ("ours, better said", {"name": "High"})


async def test_the_issue_does_not_link_to_itself_and_customers_of_a_service_project_read_no_comment(there: There) -> None:
    receipt = await there.says("open", "opened")
    await there.says("open", "more", said={"facts": (("a", "b"),)}, links=(Link(text="jira OPS-1", href=receipt.url),))
    (issue,) = there.jira.issues
    assert receipt.url not in json.dumps(issue.fields["description"])
    assert [each["jsdPublic"] for each in issue.comments] == [False, False]


async def test_a_mandatory_field_is_named_in_one_line_and_given_by_the_configuration(tools: Tools) -> None:
    async with served(tools, required={"customfield_10042": "Customer impact"}) as there:
        with pytest.raises(Undeliverable) as caught:
            await there.says("open")
        assert str(caught.value) == "Jira refused the issue (400): customfield_10042 is required: give it under `fields`"
        there.channel = there.channel.model_copy(update={"fields": {"customfield_10042": {"value": "none"}}})
        await there.says("open")
        assert there.jira.issues[0].fields["customfield_10042"] == {"value": "none"}


async def test_a_workflow_is_walked_step_by_step_and_its_resolution_filled_in(tools: Tools) -> None:
    resolution = {"required": True, "allowedValues": [{"name": "Won't do"}, {"name": "Fixed"}]}
    ways = (
        Way(id="4", name="Start", to=IN_PROGRESS, begins=frozenset({"To Do"})),
        Way(id="5", name="Close", to=DONE, begins=frozenset({"In Progress"}), asks={"resolution": resolution}),
        Way(id="6", name="Reopen", to=IN_PROGRESS, begins=frozenset({"Done"})),
        Way(id="7", name="Stop", to=TO_DO, begins=frozenset({"In Progress"})),
    )
    async with served(tools, ways=ways) as there:
        await there.says("open")
        await there.says("resolved")
        assert there.jira.issues[0].status == DONE
        assert [each.json for each in there.jira.received if each.path.endswith("/transitions") and each.method == "POST"] == [
            {"transition": {"id": "4"}},
            {"transition": {"id": "5"}, "fields": {"resolution": {"name": "Fixed"}}},
        ]
        await there.says("open")
        assert there.jira.issues[0].status == TO_DO


async def test_a_way_that_is_not_offered_is_said_and_the_rest_is_done(tools: Tools) -> None:
    asks = {"customfield_10050": {"required": True}}
    ways = (Way(id="4", name="Start", to=IN_PROGRESS), Way(id="5", name="Close", to=DONE, asks=asks))
    async with served(tools, ways=ways) as there:
        await there.says("acknowledged")
        await there.says("resolved", "fixed")
        assert there.jira.issues[0].status == IN_PROGRESS
        assert there.comments() == [
            "fixed\n\nOPS-1 could not be moved from In Progress to done: the way there asks for customfield_10050"
        ]


@pytest.mark.parametrize(
    ("asks", "fields"),
    [
        ({"customfield_1": {"required": True, "hasDefaultValue": True}}, {}),
        ({"customfield_1": {"required": False}}, {}),
        ({"resolution": {"required": True, "hasDefaultValue": True, "allowedValues": [{"name": "Done"}]}}, {}),
        ({"resolution": {"required": False, "allowedValues": [{"name": "Done"}]}}, {}),
        ({"resolution": {"required": True, "allowedValues": [{"name": "Shipped"}, {"name": "Gone"}]}}, {"name": "Shipped"}),
    ],
)
def test_only_what_a_transition_insists_on_is_filled_in(asks: dict[str, Any], fields: dict[str, Any]) -> None:
    offered = [{"id": "5", "to": DONE.as_json(), "fields": asks}]
    step = next_step(offered, _status(TO_DO), Goal(category="done"))
    assert isinstance(step, Step)
    assert dict(step.fields) == ({"resolution": fields} if fields else {})
    configured = next_step(offered, _status(TO_DO), Goal(category="done", resolution="Fixed"))
    assert isinstance(configured, Step)
    assert dict(configured.fields) == ({"resolution": {"name": "Fixed"}} if "resolution" in asks else {})


def _status(of: Any) -> Status:
    return status_of(of.as_json())


async def test_configured_statuses_are_meant_by_their_names(tools: Tools) -> None:
    review = replace(IN_PROGRESS, id="10009", name="Under review")
    ways = (*stand_in.SIMPLE, Way(id="41", name="Review", to=review))
    async with served(tools, ways=ways, channel={"statuses": {"mitigating": "under review"}}) as there:
        await there.says("acknowledged")
        assert there.jira.issues[0].status == IN_PROGRESS
        await there.says("mitigating")
        assert there.jira.issues[0].status == review


async def test_a_closed_issue_that_takes_no_changes_is_opened_first_and_closed_last(there: There) -> None:
    there.jira.sealed = True
    await there.says("open")
    await there.says("resolved", "fixed", said={"summary": "P1 it is over"})
    await there.says("open", "it is back", said={"summary": "P1 it is back"})
    (issue,) = there.jira.issues
    assert (issue.fields["summary"], issue.status) == ("P1 it is back", TO_DO)
    await there.says("resolved", said={"summary": "P1 it is back"})
    await there.says("resolved", "reviewed", said={"summary": "P1 reviewed"})
    assert there.comments() == ["fixed", "it is back", "reviewed\n\nOPS-1 does not take our changes (400)"]


SAID = "c2VjcmV0"


@pytest.mark.parametrize(
    ("refused", "line"),
    [
        ({"errors": {f"Basic {SAID}": f"{SAID} is required", "summary": SAID}}, "summary has a value that is not taken"),
        ({"errorMessages": ["Field 'priority' is required", SAID], "errors": []}, "priority is required: correct `priorities`"),
        ({"errors": {f"customfield_{n}": "is required" for n in range(8)}}, "and 3 more: give it under `fields`"),
        ([SAID], "Jira refused the issue (400)"),
    ],
)
async def test_of_what_jira_dislikes_only_the_fields_are_told_in_our_words(refused: Any, line: str) -> None:
    class Refusing:
        async def send(self, method: str, url: str, **__: Any) -> Post:
            found = url.endswith("/search/jql")
            return Post(status=200 if found else 400, body=b'{"issues": []}' if found else json.dumps(refused).encode())

    with pytest.raises(Undeliverable) as caught:
        await channel(priorities={}).deliver(told(Record(state="open")), Tools(http=Refusing(), now=MONDAY))
    assert str(caught.value).endswith(line)
    assert SAID not in str(caught.value)


async def test_a_race_is_tried_again_soon(there: There) -> None:
    await there.says("open")
    there.jira.fail(Trouble.CONFLICT, "POST /transitions")
    with pytest.raises(Undelivered) as caught:
        await there.says("acknowledged", "ana took it")
    assert caught.value.retry_after == timedelta(seconds=5)
    await there.says("acknowledged", "ana took it")
    assert there.jira.issues[0].status == IN_PROGRESS
    assert there.comments() == ["ana took it"]


async def test_linking_that_is_switched_off_costs_nothing_else(there: There) -> None:
    there.jira.fail(Trouble.FORBIDDEN, "POST /remotelink")
    await there.says("open", "opened")
    assert there.comments() == ["opened"]


async def test_a_sign_in_page_is_no_success(there: There) -> None:
    there.jira.fail(Trouble.SIGN_IN, "POST /issue")
    with pytest.raises(Undelivered, match="no JSON") as caught:
        await there.says("open")
    assert caught.value.unknown


async def test_a_page_about_no_record_is_an_issue_and_what_follows_it_a_comment(there: There) -> None:
    first = await there.channel.deliver(page(), there.tools)
    there.at.passes(minutes=1)
    again = await there.channel.deliver(page(Action.RESOLVE), there.tools)
    assert first.reference == again.reference == "OPS-1"
    assert there.jira.issues[0].status == DONE
    assert there.comments() == [content().summary]


async def test_a_customer_is_never_written_to(there: There) -> None:
    with pytest.raises(Undeliverable, match="not for a customer"):
        await there.channel.deliver(told(Record(state="open", subject="acme")), there.tools)
    assert there.jira.received == []


async def test_two_megabytes_of_hostile_text_make_an_issue_within_the_limits(there: There) -> None:
    wild = "{code}\u202e\x00@all " + "日本\U0001f600 " * 300_000
    changes = tuple(Change(impact="breaking", what=wild, where=wild, means=wild) for _ in range(8))
    said = {"summary": wild, "facts": ((wild, wild), ("Escalation", "e1, generation 1")), "changes": changes, "more": 40}
    await there.says("open", *[wild] * 100, said=said)
    (issue,) = there.jira.issues
    shown = text_of(issue.fields["description"])
    assert len(json.dumps(issue.fields["description"], ensure_ascii=False)) <= 32_767
    assert ("driftpager-e1" in shown, "e1, generation 1" in shown, "\u202e" in shown) == (True, True, False)
    assert OURS.href in json.dumps(issue.fields["description"])
    assert "60 more are in the timeline" in there.comments()[0]


# What people do there


def watched(there: There, **changes: Any) -> Watched:
    values: dict[str, Any] = {"dedup_key": KEY, "reference": there.receipt.reference, "state": "open", "since": MONDAY}
    return Watched(**(values | changes))


async def test_what_people_do_is_asked_for_with_stable_ids_and_what_we_do_is_left_out(there: There) -> None:
    await there.says("acknowledged", "opened")
    there.at.passes(minutes=1)
    await there.jira.comment("OPS-1", "any news?")
    there.at.passes(minutes=1)
    await there.jira.move("OPS-1", DONE)
    first = await there.channel.poll([watched(there)], there.tools)
    assert [(each.kind, each.by, each.user, each.email, each.record, each.text) for each in first] == [
        ("annotated", "Ana", "712020:ana", "ana@example.com", "OPS-1", "any news?"),
        ("resolved", "Ana", "712020:ana", "ana@example.com", "OPS-1", ""),
    ]
    assert await there.channel.poll([watched(there)], there.tools) == first


async def test_what_was_before_the_record_or_long_ago_is_not_told_again(there: There) -> None:
    await there.says("open")
    for days in (0, 1, 2):
        there.at.now = MONDAY + timedelta(days=days, minutes=1)
        await there.jira.comment("OPS-1", f"day {days}")
        await there.jira.move("OPS-1", (IN_PROGRESS, TO_DO)[days % 2])
    later = replace(there.tools, now=MONDAY + timedelta(days=3))
    recent = await there.channel.poll([watched(there)], later)
    assert [(reply.kind, reply.text) for reply in recent] == [
        ("unacknowledged", ""),
        ("annotated", "day 1"),
        ("acknowledged", ""),
        ("annotated", "day 2"),
    ]
    since = await there.channel.poll([watched(there, since=MONDAY + timedelta(days=2))], later)
    assert [reply.kind for reply in since] == ["acknowledged", "annotated"]


async def test_statuses_that_were_left_again_are_told_too(there: There) -> None:
    await there.says("open")
    for to in (IN_PROGRESS, TO_DO, DONE, TO_DO):
        there.at.passes(minutes=1)
        await there.jira.move("OPS-1", to)
    kinds = [each.kind for each in await there.channel.poll([watched(there)], there.tools)]
    assert kinds == ["acknowledged", "unacknowledged", "resolved", "reopened"]


async def test_more_comments_and_changes_than_one_answer_holds_are_all_heard(there: There) -> None:
    await there.says("open")
    for _ in range(25):
        there.at.passes(seconds=1)
        await there.jira.comment("OPS-1", "still broken")
        await there.jira.move("OPS-1", IN_PROGRESS)
        await there.jira.move("OPS-1", TO_DO)
    kinds = [each.kind for each in await there.channel.poll([watched(there)], there.tools)]
    assert (kinds.count("annotated"), kinds.count("acknowledged"), kinds.count("unacknowledged")) == (25, 25, 25)


async def test_a_moved_issue_is_heard_as_what_we_call_it_and_a_deleted_one_is_not(there: There) -> None:
    await there.says("open")
    there.at.passes(minutes=1)
    await there.jira.relocate("OPS-1", "CRM-7")
    there.at.passes(minutes=1)
    await there.jira.move("CRM-7", DONE)
    found = await there.channel.poll([watched(there), watched(there, reference="OPS-99", dedup_key="other")], there.tools)
    assert [(each.kind, each.record, each.text) for each in found] == [
        ("annotated", "OPS-1", "moved to CRM-7"),
        ("resolved", "OPS-1", ""),
    ]


async def test_an_automation_rule_is_nobody(there: There) -> None:
    await there.says("open")
    await there.jira.move("OPS-1", DONE, RULE)
    (reply,) = await there.channel.poll([watched(there)], there.tools)
    assert (reply.kind, reply.by, reply.user) == ("resolved", "", "")


# A Data Center


async def test_a_data_center_gets_wiki_text_by_version_two_with_a_personal_access_token(tools: Tools) -> None:
    async with served(tools, cloud=False, channel={"deployment": "data-center", "email": ""}) as there:
        await there.says("acknowledged", "h1. *took* it", said={"facts": (("What changed", "a|b {code}"),)})
        assert r"* *What changed:* a\|b \{code\}" in there.jira.issues[0].fields["description"]
        there.at.passes(minutes=1)
        await there.jira.comment("OPS-1", "on it")
        await there.says("resolved")
        (issue,) = there.jira.issues
        assert issue.status == DONE
        assert issue.comments[0]["body"] == r"&#104;1. \*took\* it"
        assert [each.kind for each in await there.channel.poll([watched(there)], there.tools)] == ["annotated"]
        there.receipt = Receipt()
        assert (await there.says("open")).reference == "OPS-1"


# Configuration


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"url": "http://acme.atlassian.net", "private": False}, "https only"),
        ({"url": "https://me:secret@acme.atlassian.net"}, "without credentials"),
        ({"fields": {"summary": "mine"}}, "cannot set summary"),
        ({"labels": ["two words"]}, "no label"),
        ({"webhook_secrets": [SecretStr("")], "account_id": "1"}, "must not be empty"),
        ({"webhook_secrets": [SecretStr(SECRET)]}, "need account_id"),
        ({"project": 'X" OR 1'}, "pattern"),
        ({"priorities": {"P0": "Highest"}}, "P0"),
        ({"token": SecretStr("")}, "token"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_without_the_secret(wrong: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        channel(**wrong)
    assert text in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_it_keeps_records_and_rings_nobody() -> None:
    outlet = outlets({"jira": channel()})["jira"]
    assert (outlet.keeps_records, outlet.rings, outlet.address) == (True, False, "")


async def test_a_check_says_who_we_are_and_what_is_missing(tools: Tools) -> None:
    required = {"customfield_10042": "Customer impact"}
    async with served(tools, screen=("summary", "description", "labels"), required=required) as there:
        there.jira.permissions["LINK_ISSUES"] = False
        other = there.channel.model_copy(update={"account_id": "712020:other", "fields": {"customfield_1": 1}})
        found = await other.check(there.tools)
        assert found.account == "driftpager (712020:driftpager)"
        assert found.warnings == (
            "account_id is 712020:other, but the token is of 712020:driftpager: what we do would be heard as somebody's",
            "the account lacks LINK_ISSUES in OPS",
            "a new issue needs customfield_10042 (Customer impact): give it under `fields`",
            "the create screen has no customfield_1: remove it from `fields`",
            "the create screen has no priority: issues show it as a label alone",
        )
        epic = there.channel.model_copy(update={"issue_type": "Epic"})
        assert (await epic.check(there.tools)).warnings[-1] == (
            "project OPS has no issue type Epic: set `issue_type` to one of Bug, Task"
        )
        with pytest.raises(Undeliverable, match="no project CRM"):
            await there.channel.model_copy(update={"project": "CRM"}).check(there.tools)
    assert all(each.method == "GET" for each in there.jira.received)
