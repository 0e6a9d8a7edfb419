"""What belongs on the vendor's incident is noted there, once, and holds nothing up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts import events as ev
from alerts.page import Action
from alerts.priority import Priority
from alerts.wording import NEWS
from tests.alerts.stories import EMAIL, OPS, PAGERDUTY, Story, desk, matrix, sighting

INCIDENTS = replace(PAGERDUTY, keeps_incidents=True)


def opened(priority: Priority = Priority.P1) -> Story:
    by = matrix(lanes={"sync": {"levels": [{"contact": "ana"}], "channels": ["pagerduty"]}}, rules=[{"lanes": ["sync"]}])
    story = Story.begin(sighting(priority), desk(by=by, outlets=(INCIDENTS, EMAIL, OPS)))
    story.happens(ev.Confirmed(), timedelta(minutes=1))
    return story


def notes(story: Story) -> list[tuple[str, str]]:
    """(the key's end, what is new) of every note."""
    found = [page for page in story.pages if page.action is Action.NOTE]
    return [(page.dedup_key.removeprefix("driftpager:production:e1:"), dict(page.content.facts)[NEWS]) for page in found]


def took(story: Story, **changes: str) -> ev.Acknowledged:
    said = {"by": "ben", "via": "cli", **changes}
    return ev.Acknowledged(generation=1, at=story.desk.now, **said)


def test_what_a_person_did_here_stands_on_the_incident_there() -> None:
    story = opened()
    story.happens(took(story), timedelta(minutes=1))
    story.happens(ev.Mitigated(by="ben", because="a hotfix is on its way", at=story.desk.now), timedelta(minutes=1))
    story.happens(ev.ResolvedBy(by="ben", because="the hotfix is live"), timedelta(minutes=1))
    assert notes(story) == [
        ("g1:sync", "ben: ben acknowledged through cli"),
        ("g1:sync", "ben: a hotfix is on its way"),
        ("g1:sync", "ben: the hotfix is live"),
    ]


def test_what_was_done_at_the_incident_is_not_told_there_again() -> None:
    story = opened()
    story.happens(took(story, via="pagerduty", dedup_key="driftpager:production:e1:g1:sync"), timedelta(minutes=1))
    assert notes(story) == []


def test_a_new_generation_says_it_in_its_pages() -> None:
    story = opened(Priority.P3)
    story.happens(ev.PriorityRaised(priority=Priority.P1, factors=()), timedelta(minutes=1))
    assert story.escalation.generation == 2
    assert notes(story) == []


def test_a_note_waits_for_nothing_and_nothing_waits_for_it() -> None:
    story = opened()
    story.happens(took(story), timedelta(minutes=1))
    trigger, note = (next(each for each in story.pages if each.action is action) for action in (Action.TRIGGER, Action.NOTE))
    assert trigger.channel == note.channel
    assert trigger.order_key != note.order_key


def test_where_no_incident_is_kept_there_is_no_note() -> None:
    story = Story.begin(sighting(Priority.P1), desk())
    story.happens(ev.Confirmed(), timedelta(minutes=1))
    story.happens(took(story), timedelta(minutes=1))
    assert [page for page in story.pages if page.action is Action.NOTE] == []
