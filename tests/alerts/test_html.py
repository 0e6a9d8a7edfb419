"""A page as HTML: what it looks like, that nothing in it comes alive, and that it fits however long it is."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.html import as_html, as_list, as_paragraphs, escaped, link, text_of
from alerts.page import Change, Link
from tests.alerts.pages import content, page

WILD = '<img src=x onerror=alert(1)> {{ticket.requester.email}} & "quotes" \u202e\x00\x1b[31m \U0001f600'


class Seen(HTMLParser):
    """What a reader's browser would make of it: elements, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.hrefs += [value or "" for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href"}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_is_its_summary_its_facts_and_its_links() -> None:
    expected = (
        "<p><b>P1 Salesforce production: Account.Industry was removed - reads of Account.Industry will fail</b></p>"
        "<p><b>What changed</b><br>Account.Industry was removed</p>"
        "<p><b>Since</b><br>2026-11-23 10:00 UTC</p>"
        '<p><a href="https://wiki.example.com/salesforce">Runbook</a></p>'
    )
    assert as_html(page(), 10_000) == expected
    assert as_html(page(practice=True), 10_000) == "<p><i>This is practice.</i></p>" + expected


def test_findings_are_a_table_in_the_place_of_what_it_says() -> None:
    rows = (
        Change(impact="breaking", what="Account.Industry was removed", where="crm: Account", means="reads of it will fail"),
        Change(impact="risky", what=WILD, where="x" * 1_000, means=""),
    )
    facts = (("What changed", "Account.Industry was removed"), ("Where", "crm: Account"), ("Since", "2026-11-23 10:00 UTC"))
    said = as_html(page(content=content(changes=rows, more=3, facts=facts)), 10_000)
    assert (
        "<table><tr><th>Impact</th><th>What changed</th><th>Where</th><th>What it means for us</th></tr>"
        "<tr><td>breaking</td><td>Account.Industry was removed</td><td>crm: Account</td><td>reads of it will fail</td></tr>"
        "<tr><td>risky</td><td>&lt;img src=x onerror=alert(1)&gt;"
    ) in said
    assert "</td></tr></table><p>and 3 more</p><p><b>Since</b><br>2026-11-23 10:00 UTC</p>" in said
    assert said.count("Account.Industry was removed") == 2  # in the summary and in its row
    assert "x" * 500 not in said
    assert len(as_html(page(content=content(changes=rows * 1_000, facts=facts)), 4_000)) <= 4_000


def test_nothing_that_was_written_elsewhere_comes_alive() -> None:
    hostile = content(summary=WILD, facts=((WILD, f"{WILD}\n{WILD}"),), links=(Link(text=WILD, href="javascript:alert(1)"),))
    said = as_html(page(content=hostile), 10_000)
    seen = Seen(said)
    assert (seen.tags, seen.hrefs, seen.open) == ({"p", "b", "br"}, [], [])
    assert "{" not in said
    assert "{{ticket.requester.email}}" in seen.text
    assert not set("\u202e\x00\x1b") & set(said)
    assert "\U0001f600" in said
    assert Seen(as_list([WILD], 1_000)).tags == {"ul", "li"}
    assert link(WILD, 'https://example.com/"onmouseover="x').count('"') == 2


@pytest.mark.parametrize("most", [4_000, 60_000])
def test_a_page_of_two_megabytes_fits_and_keeps_the_cause_the_escalation_and_the_link(most: int) -> None:
    long = "Account.Industry " + "ü" * 2_000_000 + " was removed"
    many = "\n".join(f"line {number} {WILD}" for number in range(2_000))
    facts = (("What changed", long), *((f"Fact {number}", many) for number in range(60)), ("Escalation", "e1, generation 1"))
    said = as_html(page(content=content(facts=facts)), most)
    seen = Seen(said)
    assert len(said) <= most
    assert "Account.Industry " in seen.text
    assert " was removed" in seen.text
    assert "e1, generation 1" in seen.text
    assert seen.hrefs == ["https://wiki.example.com/salesforce"]
    assert seen.open == []


def test_of_too_much_news_the_newest_is_told_and_how_much_is_not() -> None:
    said = as_list([f"{number} " + "x" * 300 for number in range(100)], 1_000)
    assert len(said) <= 1_000
    assert said.startswith("<ul><li>(98 earlier left out)</li><li>98 x")
    assert "<li>99 " in said


def test_paragraphs_are_kept_and_a_text_too_long_is_cut_in_the_middle() -> None:
    assert as_paragraphs("Hello <Kite>,\n\nall is well.\nBye", 1_000) == "<p>Hello &lt;Kite&gt;,</p><p>all is well.<br>Bye</p>"
    said = as_paragraphs("begin " + "&" * 2_000_000 + " end", 8_000)
    assert 4_000 < len(said) <= 8_000
    assert said.startswith("<p>begin ")
    assert said.endswith(" end</p>")


def test_what_is_escaped_reads_as_it_was_written() -> None:
    assert Seen(escaped('a < b & "c" {{d}}')).text == 'a < b & "c" {{d}}'
    assert text_of(escaped('a < b & "c" {{d}}')) == 'a < b & "c" {{d}}'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Hello <b>you</b>,</p><ul><li>one</li><li>two</li></ul>bye", "Hello you,\none\ntwo\nbye"),
        ("a<br>b &amp; c&nbsp;d", "a\nb & c d"),
        ("plain", "plain"),
        ("<p>a</p><![foo[x]]>b", "a\nb"),
        ("<p", "<p"),
        ("", ""),
    ],
)
def test_a_message_in_html_is_read_as_its_text(markup: str, expected: str) -> None:
    assert text_of(markup) == expected


@given(st.text(alphabet="<>![]&;#x/-?pa \n", max_size=60))
def test_no_markup_is_too_odd_to_be_read(markup: str) -> None:
    assert isinstance(text_of(markup), str)
