"""Customers, workarounds, reviews, answers and figures on the command line, on a real database beside no daemon."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import Mention
from alerts.page import EscalationId
from monitor.config import load
from monitor.mentions import taken
from monitor.store import Store
from tests.monitor.cli.commands import Ended, describe, field, run

CONFIGURATION = """\
web: {listen: "127.0.0.1:0"}
defaults: {every: 1s, confirm_after: 0s}
integrations:
  crates:
    criticality: core
    targets:
      api: {kind: file, path: api.json, format: salesforce, usage: {fields: [Crate.Note__c]}}
channels:
  mail: {kind: email, host: 127.0.0.1, port: 9, tls: none, sender: drift@example.com}
customers:
  ACME Corp.: {tier: gold, zone: Asia/Tokyo, contact: ops@acme.example, channel: mail, depends_on: [crates]}
  Globex: {depends_on: ["crates:Crate.Note__c"]}
  =cmd(): {}
matrix:
  contacts: {ana: {email: ana@example.com, zone: Europe/Berlin}, ben: {email: ben@example.com}}
  lanes: {sync: {levels: [{contact: ana}, {contact: ben}]}}
  rules: [{when: {impact: breaking}, lanes: [sync]}]
  last_resort: ben
"""
NAME, NOTE = field("Name", nillable=False), field("Note__c")
LEARNED = ("--cause", "they renamed it", "--action", "mapped", "--learning", "read the Crate release notes")


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a field that customers depend on was dropped, confirmed and paged."""
    made = tmp_path_factory.mktemp("customers")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        Path("driftpager.yml").write_text(CONFIGURATION)
        Path("api.json").write_text(describe(NAME, NOTE))
        for _ in range(2):
            assert run("probe", "crates/api").code == 0
        Path("api.json").write_text(describe(NAME))
        assert [run("probe", "crates/api").code for _ in range(2)] == [1, 1]
    return made


@pytest.fixture(autouse=True)
def escalation(broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same in a folder of this test's own; gives the escalation's id."""
    shutil.copytree(broken, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DRIFTPAGER_CONFIG", raising=False)
    return str(answer("escalations")[0]["escalation"]["id"])


def answer(*args: str, code: int = 0) -> Any:
    ended = run(*args, "-o", "json")
    assert (ended.err, ended.code) == ("", code)
    return json.loads(ended.out)


def refused(ended: Ended, code: int, *said: str) -> None:
    assert (ended.code, ended.out) == (code, "")
    assert all(each in ended.err for each in said), ended.err


def update(customer: str) -> str:
    (found,) = [each for each in answer("customers", "updates") if each["customer"] == customer]
    return str(found["id"])


def test_both_customers_are_owed_an_update_and_who_does_not_depend_on_it_is_not() -> None:
    assert sorted(each["customer"] for each in answer("customers", "updates")) == ["ACME Corp.", "Globex"]
    assert run("customers", "updates", "--due").out == "no customer is owed anything within an hour\n"
    rows = run("customers", "list").out.splitlines()
    assert [row.split("  ")[0] for row in rows[1:]] == ["ACME Corp.", "Globex", "=cmd()"]
    assert rows[1].split() == ["ACME", "Corp.", "gold", "Asia/Tokyo", "mail", "drafts", "crates", "1"]


def test_a_draft_is_shown_written_anew_and_approved() -> None:
    first = update("ACME Corp.")
    shown = run("customers", "show", first).out
    assert "Hello ACME Corp.," in shown
    assert "JST (Asia/Tokyo)." in shown
    assert "Note__c" not in shown
    assert run("customers", "edit", first, "--text", "Dear all,\n\nwe know.", "--as", "ana").code == 0
    assert "Dear all,\n\nwe know.\n\nNext update by" in run("customers", "show", first).out
    assert run("customers", "approve", first, "--as", "ana").out == f"update {first} to ACME Corp. leaves now\n"
    refused(run("customers", "approve", first, "--as", "ana"), 2, f"update {first} is leaving")
    pages = answer("escalations", answer("escalations")[0]["escalation"]["id"])["pages"]
    assert [each["page"]["contact"] for each in pages] == ["ana", "ACME Corp."]


def test_without_a_channel_it_is_told_by_hand_and_the_next_one_is_owed() -> None:
    first = update("Globex")
    refused(run("customers", "approve", first, "--as", "ana"), 2, "no channel leads to 'Globex'")
    refused(run("customers", "send", first, "--as", "ana"), 3, "--text or --by-hand")
    assert (
        run("customers", "send", first, "--by-hand", "by telephone", "--as", "ana").out == f"update {first} to Globex is kept\n"
    )
    assert update("Globex") != first
    assert run("customers", "drop", update("Globex"), "--because", "unaffected", "--as", "ana").code == 0
    assert [each["customer"] for each in answer("customers", "updates")] == ["ACME Corp."]


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    known = update("Globex")
    refused(run("customers", "show", known[:-1]), 3, f"did you mean {known!r}?")
    refused(run("review", "show", "nothing"), 3, "there is no escalation 'nothing'")
    refused(run("kpis", "--since", "soon"), 3, "'soon' is no span of time")


def test_impact_is_declared_by_whoever_has_it_and_stands_in_every_draft(escalation: str) -> None:
    declare = ("customers", "declare", escalation, "--impact", "Crates have no notes.", "--as", "ana")
    refused(run(*declare), 2, "cannot have an impact declared")
    assert run("ack", escalation, "--as", "ana").code == 0
    assert run(*declare).code == 0
    assert "Crates have no notes." in run("customers", "show", update("Globex")).out


def test_a_workaround_is_declared_and_customers_hear_of_it(escalation: str) -> None:
    assert (
        run("mitigate", escalation, "--because", "notes are skipped", "--as", "ana").out
        == f"{escalation} is mitigating, owner ana\n"
    )
    assert "a workaround" in run("customers", "show", update("Globex")).out


def test_accepted_the_promises_go_on_until_our_side_copes(escalation: str) -> None:
    assert run("baseline", "accept", "crates/api", "--because", "for now", "--as", "ana").code == 0
    assert answer("escalations") == []
    assert "Next update by" in run("customers", "show", update("Globex")).out
    assert run("customers", "adapted", escalation, "--because", "mapped", "--as", "ana").code == 0
    assert "This is the last update about it." in run("customers", "show", update("Globex")).out
    refused(run("customers", "adapted", escalation, "--because", "mapped", "--as", "ana"), 2, "no baseline was accepted")


def test_accepted_as_adapted_customers_hear_that_it_is_over() -> None:
    assert run("baseline", "accept", "crates/api", "--because", "mapped", "--adapted", "--as", "ana").code == 0
    assert "This is the last update about it." in run("customers", "show", update("Globex")).out


def test_a_review_is_drafted_written_and_closed_and_found_by_its_words(escalation: str) -> None:
    refused(run("review", "close", escalation, *LEARNED, "--as", "ana"), 2, "is open cannot be reviewed")
    assert run("resolve", escalation, "--because", "mapped the field", "--as", "ana").code == 0
    assert [each["id"] for each in answer("review", "list")] == [escalation]
    assert "# Review of" in run("review", "show", escalation).out
    assert "`Crate.Note__c`" in run("review", "show", escalation).out
    refused(run("review", "close", escalation, "--cause", "x", "--as", "ana"), 2, "needs its action and learning")
    assert run("review", "edit", escalation, "--cause", "they renamed it", "--as", "ana").code == 0
    assert "they renamed it" in run("review", "show", escalation).out
    assert run("review", "close", escalation, *LEARNED[2:], "--as", "ana").out == f"the review of {escalation} is closed\n"
    assert answer("escalations", "--all")[0]["escalation"]["state"] == "reviewed"
    assert [each["escalation"] for each in answer("review", "search", "release notes")] == [escalation]
    assert run("review", "search", "weather").out == "nothing like it was reviewed so far\n"
    assert run("review", "list").out == "no review is due\n"
    assert "read the Crate release notes" in run("review", "show", escalation).out
    refused(run("review", "edit", escalation, "--cause", "x", "--as", "ana"), 2, "was closed by ana")


def test_what_was_learned_stands_on_the_next_page_like_it(escalation: str) -> None:
    assert run("resolve", escalation, "--because", "mapped", "--as", "ana").code == 0
    assert run("review", "close", escalation, *LEARNED, "--as", "ana").code == 0
    Path("api.json").write_text(describe(NAME, NOTE))
    for _ in range(3):
        run("probe", "crates/api")
    Path("api.json").write_text(describe(NAME))
    for _ in range(2):
        run("probe", "crates/api")
    again = answer("escalations", answer("escalations")[0]["escalation"]["id"])
    if again["escalation"]["id"] != escalation:
        assert escalation in again["escalation"]["seen_before"][0]
    assert run("review", "search", "Note__c").out.count(escalation) == 1


def found(escalation: str, *tickets: tuple[str, str]) -> None:
    """Tickets (customer, reference) were found to speak of it, as the daemon finds them."""

    async def take() -> None:
        config, store, now = load(Path("driftpager.yml"), {}), await Store.open("sqlite:///driftpager.db"), datetime.now(UTC)
        mentions = [
            Mention(reference=ref, url=f"https://x.example/{ref}", subject="", customer=customer, email="", at=now)
            for customer, ref in tickets
        ]
        try:
            async with store.write() as tx:
                assert await taken(tx, config, EscalationId(escalation), "support", mentions, now) == len(tickets)
        finally:
            await store.close()

    asyncio.run(take())


def test_tickets_that_speak_of_it_are_listed_and_a_wrong_one_is_taken_back(escalation: str) -> None:
    assert run("customers", "mentions", escalation).out == "no ticket of a customer was found to speak of it\n"
    found(escalation, ("Globex", "12"), ("Hooli", "13"))
    assert [(each["customer"], each["reference"], each["state"]) for each in answer("customers", "mentions", escalation)] == [
        ("Globex", "12", "found"),
        ("Hooli", "13", "found"),
    ]
    off = ("customers", "unaffected", escalation, "--because", "about an invoice", "--as", "ana", "--customer")
    refused(run(*off, "Globx"), 3, "affects no customer 'Globx'; did you mean 'Globex'?")
    assert run(*off, "Hooli").out == f"{escalation} is P1, 2 customers are affected\n"
    assert run(*off, "Globex").out == f"{escalation} is P1, 1 customer is affected\n"
    listed = run("customers", "mentions", escalation).out.splitlines()[1:]
    assert [row.split()[:4] for row in listed] == [["Globex", "support", "12", "dropped"], ["Hooli", "support", "13", "dropped"]]
    assert [each["customer"] for each in answer("customers", "updates")] == ["ACME Corp."]
    refused(run(*off, "Globex"), 3, "affects no customer 'Globex'")


def test_answers_are_entered_and_imported_as_often_as_one_likes(escalation: str) -> None:
    assert run("csat", escalation, "--customer", "Globex", "--score", "4", "--as", "ana").out == "1 answer kept\n"
    Path("answers.csv").write_text(f"escalation,customer,score,remark\n{escalation},Globex,2,slow\n{escalation},ACME Corp.,5,\n")
    for _ in range(2):
        assert run("csat", "--import", "answers.csv", "--as", "ana").out == "2 answers kept\n"
    figures = answer("kpis")
    assert (figures["csat"], figures["csat_answers"]) == (3.5, 2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("ID,Globex,6", "answers.csv:2: the score is '6'; write 1 to 5"),
        ("ID,Globx,5", "answers.csv:2: there is no customer 'Globx'; did you mean 'Globex'?"),
        ("nothing,Globex,5", "answers.csv:2: there is no escalation 'nothing'"),
        ("ID,Globex", "answers.csv:2: has 2 cells where the header has 3"),
        ('ID,"Globex', "answers.csv cannot be read: it is not CSV in UTF-8"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_nothing_is_kept(escalation: str, row: str, said: str) -> None:
    good = f"{escalation},ACME Corp.,5"
    Path("answers.csv").write_text(f"escalation,customer,score\n{row.replace('ID', escalation)}\n{good}\n")
    refused(run("csat", "--import", "answers.csv", "--as", "ana"), 3, said)
    assert answer("kpis")["csat"] is None


def test_figures_are_told_as_a_table_as_json_and_as_a_sheet(escalation: str) -> None:
    assert run("ack", escalation, "--as", "ana").code == 0
    assert run("resolve", escalation, "--because", "mapped", "--as", "ana").code == 0
    figures = answer("kpis", "--since", "30d")
    assert (figures["opened"], figures["resolved"], figures["within_sla"]) == (1, 1, {"part": 1, "whole": 1})
    assert figures["by_vendor"] == {"crates": 1}
    table = run("kpis").out
    assert "resolved within the SLA" in table
    assert "100.0%" in table
    rows = list(csv.reader(io.StringIO(run("kpis", "-o", "csv").out)))
    assert rows[0] == ["figure", "value", "of"]
    assert ["escalations opened", "1", ""] in rows
