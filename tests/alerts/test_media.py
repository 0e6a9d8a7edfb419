"""A page in every medium is made from one description, says the same, and fits: the files in `media/` are what people see."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from alerts.page import Action
from tests.alerts.media import CAUSE, FOLDER, LINK, an_escalation, in_every_medium, recorded
from tests.alerts.pages import content
from tests.conftest import RealData

MEDIA = sorted(in_every_medium(an_escalation(), recorded()))
LIMITS = {
    "slack.json": 12_000 * 6,  # in characters over all blocks, and each may be written as an escape
    "teams.json": 28 * 1024 * 2,  # in bytes, without our indentation
    "jira.adf.json": 10**6,
    "jira.wiki.txt": 32_767,
    "pagerduty.json": 512_000,
    "webhook.json": 20_000 * 2,
}
WILD = "<b>@channel</b> <!here> [click](http://evil.example) {code}=cmd|' /C calc'!A0 \u202e\u05e9\u05dc\u05d5\u05dd \U0001f600"


@pytest.mark.parametrize("medium", MEDIA)
def test_it_looks_as_it_was_last_looked_at(medium: str) -> None:
    shown = in_every_medium(an_escalation(), recorded())[medium]
    assert shown == (FOLDER / medium).read_text("utf-8"), "look at it: python -m tests.alerts.media, then git diff"


def test_no_file_is_left_of_a_medium_that_is_gone() -> None:
    assert {each.name for each in FOLDER.iterdir() if each.suffix != ".py" and each.is_file()} == set(MEDIA)


@pytest.mark.parametrize("medium", MEDIA)
def test_each_says_the_cause_the_escalation_and_where_to_look(medium: str) -> None:
    shown = _read(medium, in_every_medium(an_escalation(), recorded())[medium])
    assert CAUSE.replace(".", "") in shown.replace("\\", "").replace(".", "")
    assert "e1" in shown
    assert LINK in shown


@pytest.mark.parametrize("medium", MEDIA)
def test_two_megabytes_are_cut_in_the_middle_and_cause_and_link_are_kept(medium: str) -> None:
    flood = tuple((label, f"{CAUSE}\n" + WILD * 14_000) for label in ("What changed", "What it means for us"))
    large = an_escalation().content
    large = content(facts=(*flood, *large.facts[2:]), links=large.links)
    shown = in_every_medium(an_escalation(content=large), recorded(content=large))[medium]
    if medium in LIMITS:
        assert len(shown.encode()) <= LIMITS[medium]
    if medium not in {"text.txt", "markdown.md"}:  # what a person asked for on their own terminal is not cut
        assert len(shown.encode()) < 700_000
    said = _read(medium, shown)
    assert CAUSE.replace(".", "") in said.replace("\\", "").replace(".", "")
    assert LINK in said


@pytest.mark.parametrize("medium", MEDIA)
def test_nothing_that_a_vendor_wrote_comes_alive(medium: str) -> None:
    hostile = content(summary=WILD, facts=(("What changed", WILD), ("Where", WILD)), links=an_escalation().content.links)
    shown = in_every_medium(an_escalation(content=hostile), recorded(content=hostile))[medium]
    alive = {
        "markdown.md": ["<b>", "[click](http", "<!here>"],
        "mail.html": ["<b>@", "<!here>", 'href="http://evil'],
        "help-desk.html": ["<b>@", "<!here>", 'href="http://evil'],
        "slack.json": ["<!here>", "<b>"],
        "teams.json": ['"TextBlock"'],  # which would read Markdown,
        "jira.wiki.txt": ["\n{code}", " {code}"],
        "jira.adf.json": ['"type": "mention"', '"href": "http://evil'],
    }
    assert [each for each in alive.get(medium, ()) if each in shown] == []


def test_adf_and_card_are_what_their_vendors_describe(real_data: RealData) -> None:
    shown = in_every_medium(an_escalation(), recorded())
    adf = jsonschema.Draft4Validator(json.loads(real_data("jira/adf-full.schema.json")))
    assert [error.message for error in adf.iter_errors(json.loads(shown["jira.adf.json"]))] == []
    card = json.loads(shown["teams.json"])["attachments"][0]["content"]
    del card["msteams"]  # Teams' own, beside the standard
    schema = json.loads(real_data("adaptive-cards/adaptive-card-1.6.0.schema.json.gz"))
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(card)][:3] == []


def test_what_customers_read_holds_nothing_but_what_was_approved() -> None:
    update = content(
        summary="Salesforce: escalated to engineering", severity="info", facts=(("", "We are at work on it."),), links=()
    )
    told = an_escalation(action=Action.NOTE, lane="customer-update", content=update)
    shown = in_every_medium(told, recorded())
    for medium in ("mail.txt", "mail.html", "help-desk.html"):
        assert "We are at work on it." in shown[medium]
        assert "Account.Industry" not in shown[medium]


def _read(medium: str, shown: str) -> str:
    """What a reader sees: JSON without its escapes."""
    if not medium.endswith(".json"):
        return shown.replace("&amp;", "&")

    def words(value: Any) -> list[str]:
        match value:
            case str():
                return [value]
            case list():
                return [word for each in value for word in words(each)]
            case dict():
                return [word for each in value.values() for word in words(each)]
        return []

    return "\n".join(words(json.loads(shown)))
