"""Every output says the same, and none lets a vendor's text out of its place."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.report import OUTPUTS, Report, renderer
from monitor.report.clean import clean, value
from schemas.change import Adjusted, Finding, Impact, Source, Use
from schemas.compare import Comparison
from schemas.document import Json

GONE = Finding(
    rule="property.removed",
    impact=Impact.BREAKING,
    request=Impact.RISKY,
    response=Impact.BREAKING,
    address="schemas/order/properties/note",
    message="`order.note` is gone",
    consequence="reads of `order.note` will fail",
    members=("order.note",),
    before={"type": "string"},
    source=Source(pointer="/components/schemas/order/properties", line=12),
    operations=("GET /orders", "POST /orders"),
    use=Use.USED,
)
GROWN = Finding(
    rule="enum.value-added",
    impact=Impact.RISKY,
    response=Impact.RISKY,
    address="schemas/order/properties/state",
    message="`order.state` has a new value",
    after="returned",
    witness="returned",
)
NEW = Finding(rule="op.added", impact=Impact.SAFE, address="GET /refunds", message="`GET /refunds` is new", notice=True)

MOVED = Finding(
    rule="property.removed",
    impact=Impact.RISKY,
    response=Impact.RISKY,
    address="schemas/order/properties/note",
    message="`order.note` is gone",
    adjusted=Adjusted(was=Impact.BREAKING, because="nobody of ours reads notes", until=date(2031, 2, 3)),
)

HOSTILE = (
    "\x1b[2J\x9b31m`|<script>alert(1)</script>|@here\r\n::error::x\n# h\u202e\u2028\ud800 ![x](https://evil.example/p.png) %0A"
)


def report(*findings: Finding, fail_on: Impact | None = Impact.BREAKING) -> Report:
    comparison = Comparison(format="openapi", findings=findings)
    return Report(comparison=comparison, old="old.json", new="new.json", fail_on=fail_on)


def rendered(output: str, *findings: Finding, fail_on: Impact | None = Impact.BREAKING) -> str:
    return renderer(output)(report(*findings, fail_on=fail_on))


def hostile(text: str) -> Finding:
    return Finding(
        rule="property.removed",
        impact=Impact.BREAKING,
        address=text,
        message=text,
        consequence=text,
        before={text: [text]},
        after=text,
        witness=text,
        operations=(text,),
        source=Source(pointer=text, line=1),
    )


def test_text_tells_the_worst_first_and_counts_last() -> None:
    expected = """\
breaking  property.removed  schemas/order/properties/note
          `order.note` is gone
          reads of `order.note` will fail
          before: {"type": "string"}
          what we send: risky; what we read: breaking
          reaches GET /orders, POST /orders
          our use: used
          at /components/schemas/order/properties line 12

risky     enum.value-added  schemas/order/properties/state
          `order.state` has a new value
          after:  "returned"
          for example: "returned"
          what we read: risky

safe      op.added (notice)  GET /refunds: `GET /refunds` is new

old.json -> new.json (openapi): 1 breaking, 1 risky, 1 safe
"""
    assert rendered("text", GONE, GROWN, NEW) == expected


def test_json_has_the_fields_of_the_contract() -> None:
    answer = json.loads(rendered("json", GONE, GROWN))
    assert answer["breaking"] is True
    contract = {"id", "rule", "impact", "request", "response", "address", "source", "message", "before", "after"}
    assert contract | {"operations", "witness"} <= set(answer["findings"][0])
    assert answer["findings"][0]["source"] == {"pointer": "/components/schemas/order/properties", "line": 12}
    assert [finding["impact"] for finding in answer["findings"]] == ["breaking", "risky"]
    assert (answer["findings"][1]["request"], answer["findings"][1]["response"]) == (None, "risky")


def test_json_spells_numbers_that_are_none_as_text() -> None:
    odd = Finding(rule="x.y", impact=Impact.SAFE, address="a", message="m", before=float("nan"), after=[float("inf")])
    answer = json.loads(rendered("json", odd), parse_constant=pytest.fail)
    assert (answer["findings"][0]["before"], answer["findings"][0]["after"]) == ("nan", ["inf"])


@pytest.mark.parametrize(("fail_on", "failures"), [(Impact.BREAKING, 1), (Impact.RISKY, 2), (Impact.SAFE, 3), (None, 0)])
def test_junit_fails_what_is_at_or_over_the_threshold(fail_on: Impact | None, failures: int) -> None:
    suites = ET.fromstring(rendered("junit", GONE, GROWN, NEW, fail_on=fail_on).encode())
    assert (suites.get("tests"), suites.get("failures")) == ("3", str(failures))
    assert len(suites.findall(".//failure")) == failures


def test_junit_without_findings_is_one_passed_case() -> None:
    suites = ET.fromstring(rendered("junit").encode())
    assert len(suites.findall(".//testcase")) == 1
    assert not suites.findall(".//failure")


def test_sarif_points_to_the_line_of_the_new_document_and_describes_each_rule_once() -> None:
    log = json.loads(rendered("sarif", GONE, GONE, GROWN))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["enum.value-added", "property.removed"]
    first = run["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("new.json", 12)
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"]


def test_github_annotates_the_line_and_keeps_quiet_of_what_is_safe() -> None:
    plain = Finding(rule="op.added", impact=Impact.SAFE, address="GET /x", message="`GET /x` is new")
    lines = rendered("github", GONE, NEW, plain).splitlines()
    assert lines == [
        "::error title=breaking%3A property.removed,file=new.json,line=12"
        "::schemas/order/properties/note: `order.note` is gone. reads of `order.note` will fail",
        "::notice title=safe%3A op.added,file=new.json::GET /refunds: `GET /refunds` is new.",
        "driftpager: 1 breaking, 2 safe",
    ]


def test_markdown_is_a_table_an_impact_with_names_as_code() -> None:
    text = rendered("markdown", GONE, NEW)
    assert "### Breaking (1)" in text
    assert (
        "| `property.removed` | `schemas/order/properties/note` | `order.note` is gone<br>reads of `order.note` will fail |"
        in text
    )
    assert "<details><summary>Safe (1)</summary>" in text


def test_no_findings_is_said_in_words() -> None:
    for output in ("text", "markdown", "html", "github"):
        assert "no changes" in rendered(output).lower()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.cells += tag == "td"
        self.attributes.update(name for name, _ in attrs)


def test_the_html_page_fetches_nothing_and_runs_nothing() -> None:
    page = Tags()
    text = rendered("html", GONE, GROWN, NEW, hostile(HOSTILE))
    page.feed(text)
    assert not page.tags & {"script", "img", "link", "iframe", "object", "form", "a", "base"}
    assert page.attributes <= {"lang", "charset", "name", "content", "http-equiv", "class"}
    assert "default-src 'none'" in text


@pytest.mark.parametrize("output", OUTPUTS)
@given(text=st.text(min_size=1, max_size=60) | st.text("`|<>[]()!*_\\@#&~:/w. -", min_size=1) | st.just(HOSTILE))
def test_no_text_of_a_vendor_leaves_its_place(output: str, text: str) -> None:
    harmless = rendered(output, hostile("note"))
    made = rendered(output, hostile(text))
    made.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)
    assert made.count("\n") == harmless.count("\n") or output == "json"
    if output in ("json", "sarif"):
        json.loads(made)
    if output == "junit":
        ET.fromstring(made.encode())
    if output == "html":
        page = Tags()
        page.feed(made)
        assert page.tags <= {"html", "head", "meta", "title", "style", "body", "main", "article", "dl", "dt", "dd", "pre", "code",
                             "details", "summary", "div", "span", "b", "br", "p", "h1", "h2", "h3"}  # fmt: skip
    if output == "github":
        assert sum(line.startswith("::") for line in made.splitlines()) == 1
    if output == "markdown":
        page = Tags()
        page.feed(MarkdownIt("commonmark").enable("table").render(made))
        assert page.tags <= {"p", "strong", "code", "h3", "table", "thead", "tbody", "tr", "th", "td", "br"}
        assert page.cells == 5


def test_clean_shows_what_it_takes_out() -> None:
    assert clean("a\x1b[2J\u202eb\ud800\n") == "a\\x1b[2J\\u202eb\\ud800\\x0a"


def test_a_value_is_cut_to_one_readable_line() -> None:
    long: Json = ["x" * 500]
    assert len(value(long, 40)) == 40
    assert value(long, 40).endswith("…")


@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_every_output_says_what_an_override_of_ours_moved_and_until_when(output: str) -> None:
    said = rendered(output, MOVED).replace("\\-", "-")

    assert [part for part in ("breaking by the rule", "nobody of ours reads notes", "2031-02-03") if part not in said] == (
        ["breaking by the rule"] if output == "json" else []
    )
    assert "nobody of ours" not in rendered(output, GONE, GROWN)
