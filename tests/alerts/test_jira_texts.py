"""What an issue and its comments say: as ADF and as wiki text, within the limits, and nothing a vendor could smuggle in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.jira import adf, wiki
from alerts.jira.fields import label_of
from alerts.page import Change, Content, Link, Page
from alerts.wording import content as worded
from monitor.demo.jira_rules import document_mistake
from tests.alerts.pages import content, page
from tests.alerts.stories import ABOUT, MONDAY, cause, opened
from tests.conftest import RealData

OURS = Link(text="The change and what to do", href="https://drift.example.com/escalations/e1")


def whole(**changes: Any) -> Page:
    """A page of a real escalation with two findings."""
    causes = (
        cause(),
        cause("c2", impact="risky", message="Account.Name may be null", consequence="", rule="nullable", address="Account.Name"),
    )
    escalation = replace(opened().escalation, causes=causes)
    return page(content=worded(escalation, ABOUT), **changes)


def paragraph(*nodes: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(nodes)}


def text(said: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": said} | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def row(kind: str, *cells: Any) -> dict[str, Any]:
    return {"type": "tableRow", "content": [{"type": kind, "attrs": {}, "content": [paragraph(*cell)]} for cell in cells]}


def test_the_description_is_a_summary_the_findings_as_a_table_the_facts_the_links_and_whose_it_is() -> None:
    said = adf.description_of(whole(), "driftpager-e1")["content"]
    assert [block["type"] for block in said] == ["paragraph", "table", "bulletList", "paragraph", "paragraph"]
    assert said[0] == paragraph(
        text("P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail (+1 more)", "strong")
    )
    assert said[1]["content"] == [
        row("tableHeader", *([text(head, "strong")] for head in ("Impact", "What changed", "Where", "What it means for us"))),
        row(
            "tableCell",
            [text("breaking")],
            [text("Account.Industry was removed [property.removed]")],
            [text("salesforce-production/crm/Account: Account.Industry")],
            [text("reads of Account.Industry will fail")],
        ),
        row(
            "tableCell",
            [text("risky")],
            [text("Account.Name may be null [nullable]")],
            [text("salesforce-production/crm/Account: Account.Name")],
            [],
        ),
    ]
    facts = [adf.text_of(item) for item in said[2]["content"]]
    assert [fact.partition(":")[0] for fact in facts] == ["Since", "Priority", "Vendor contact", "Escalation"]
    assert facts[2] == "Vendor contact: support: https://help.example.com\naccount: org 00D1"
    assert said[3]["content"][0] == text(OURS.text) | {"marks": [{"type": "link", "attrs": {"href": OURS.href}}]}
    assert said[4] == paragraph(
        text("Kept in step by driftpager as driftpager-e1: what is changed here is overwritten, comments stay.", "em")
    )


def test_the_same_page_as_wiki_text() -> None:
    assert wiki.description_of(whole(), "driftpager-e1").splitlines() == [
        "*P1 Salesforce production: Account.Industry was removed \\- reads of Account.Industry will fail \\(\\+1 more\\)*",
        "",
        "||Impact||What changed||Where||What it means for us||",
        "|breaking|Account.Industry was removed \\[property.removed\\]|salesforce\\-production/crm/Account: Account.Industry"
        "|reads of Account.Industry will fail|",
        "|risky|Account.Name may be null \\[nullable\\]|salesforce\\-production/crm/Account: Account.Name| |",
        "",
        "* *Since:* 2026\\-11\\-23 10:00 UTC",
        "* *Priority:* P1: breaking, in use, core: Account.Industry was removed",
        "* *Vendor contact:* support: https:&#47;&#47;help.example.com \\\\ account: org 00D1",
        "* *Escalation:* e1, generation 1",
        "",
        "[The change and what to do|https://drift.example.com/escalations/e1]",
        "[Runbook|https://wiki.example.com/salesforce]",
        "[Vendor support|https://help.example.com]",
        "",
        "_Kept in step by driftpager as driftpager\\-e1: what is changed here is overwritten, comments stay._",
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("h1. big", "&#104;1. big"),
        ("bq. quoted", "&#98;q. quoted"),
        ("{code}{html}", "\\{code\\}\\{html\\}"),
        ("[~admin] [x|https://evil.example]", "\\[\\~admin\\] \\[x\\|https:&#47;&#47;evil.example\\]"),
        ("a\\\\b", "a&#92;&#92;b"),
        ("*b* _i_ -s- +u+ ^p^ ??c?? !i!", "\\*b\\* \\_i\\_ \\-s\\- \\+u\\+ \\^p\\^ \\?\\?c\\?\\? \\!i\\!"),
        ("&#123;code&#125; <b> @all #1", "&#38;&#35;123;code&#38;&#35;125; &#60;b&#62; &#64;all &#35;1"),
    ],
)
def test_no_markup_comes_alive_in_wiki_text(given: str, shown: str) -> None:
    assert wiki.escaped(given) == shown


def test_a_comment_is_a_line_or_a_list_and_of_very_many_lines_the_ends() -> None:
    assert adf.comment_of(["ana took it"])["content"] == [paragraph(text("ana took it"))]
    (listed,) = adf.comment_of(["one", "two"])["content"]
    assert (listed["type"], [adf.text_of(item) for item in listed["content"]]) == ("bulletList", ["one", "two"])
    (many,) = adf.comment_of([f"line {n}" for n in range(100)])["content"]
    shown = [adf.text_of(item) for item in many["content"]]
    assert (len(shown), shown[0], shown[20], shown[-1]) == (41, "line 0", "(60 more are in the timeline)", "line 99")


def vast() -> Page:
    wild = "\U0001f469\u200d\U0001f680 \u05e9\u05dc\u05d5\u05dd \u202e{code}\x00 " * 4_000
    facts = (*((f"{n} {wild}", wild) for n in range(40)), ("Escalation", "e1, generation 1"))
    links = (OURS, *(Link(text=wild, href=f"https://{n}.example.com/{'x' * 1900}") for n in range(30)))
    changes = tuple(Change(impact=wild, what=f"Account.Industry was removed {wild}", where=wild, means=wild) for _ in range(8))
    said = Content(
        summary=wild, severity="critical", source=wild, facts=facts, links=links, changes=changes, more=9, since=MONDAY
    )
    return page(content=said)


def test_a_vast_page_is_cut_to_the_limit_and_keeps_the_cause_the_key_and_our_link() -> None:
    for made in (adf.description_of(vast(), "driftpager-e1"), wiki.description_of(vast(), "driftpager-e1")):
        shown = json.dumps(made, ensure_ascii=False)
        assert len(made if isinstance(made, str) else shown) <= adf.MOST == wiki.MOST
        for kept in ("Account.Industry was removed", "and 9 more", OURS.href):
            assert kept in shown
        assert "driftpager-e1" in shown.replace("\\", "")
        assert not {"\u202e", "\u200d", "\x00"} & set(shown)


@pytest.mark.parametrize("made", [whole(practice=True), vast(), page(content=content(facts=(), links=()))])
def test_each_text_is_as_the_official_schema_of_documents_says(made: Page, real_data: RealData) -> None:
    schema = jsonschema.Draft4Validator(json.loads(real_data("jira/adf-full.schema.json")))
    description = adf.description_of(made, label_of(made.escalation))
    schema.validate(description)
    schema.validate(adf.comment_of(["one"]))
    schema.validate(adf.comment_of(["one", made.content.summary]))
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({"version": 1, "type": "doc", "content": [paragraph(text(""))]})


@given(st.text(max_size=300), st.text(max_size=300), st.lists(st.text(max_size=60), max_size=5))
@settings(max_examples=60)
def test_whatever_a_vendor_wrote_is_a_document_that_is_taken(summary: str, fact: str, lines: list[str]) -> None:
    said = page(content=content(summary=summary, facts=((fact, summary), ("", fact))))
    assert document_mistake(adf.description_of(said, "driftpager-e1"), cloud=True) == ""
    assert document_mistake(wiki.description_of(said, "driftpager-e1"), cloud=False) == ""
    if any(line.strip() for line in lines):
        assert document_mistake(adf.comment_of(["x", *lines]), cloud=True) == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("as it is", "as it is"),
        (None, ""),
        ({"type": "doc", "content": [paragraph(text("one"), {"type": "hardBreak"}, text("two"))]}, "one\ntwo"),
        ({"type": "doc", "content": [paragraph({"type": "mention", "attrs": {"text": "@ana"}}, text(" look"))]}, "@ana look"),
        ({"type": "doc", "content": [paragraph({"type": "emoji", "attrs": {"shortName": ":fire:"}})]}, ":fire:"),
        (
            {"type": "doc", "content": [paragraph({"type": "inlineCard", "attrs": {"url": "https://a.example"}})]},
            "https://a.example",
        ),
        ({"type": "doc", "content": ["x", 1, {"text": 7, "attrs": [], "content": "no"}]}, ""),
    ],
)
def test_what_people_wrote_is_read_as_plain_text(written: Any, read: str) -> None:
    assert adf.text_of(written) == read


def test_a_document_that_nests_for_ever_is_read_to_an_end() -> None:
    deep: dict[str, Any] = {"type": "text", "text": "end"}
    for _ in range(20_000):
        deep = {"type": "paragraph", "content": [deep]}
    assert adf.text_of(deep) == ""
