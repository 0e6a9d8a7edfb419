"""What becomes of an operation: gone before its announced end, on it, or without one."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from schemas.change import Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.fingerprint import finding_id
from schemas.lens import Lens

END = {"x-sunset": "2031-05-01", "deprecated": True}


def orders(**withdrawn: Any) -> Document:
    answer = {"responses": {"200": {"description": "ok"}}}
    paths: dict[str, Any] = {"/orders": {"get": answer}}
    if withdrawn:
        paths["/orders"]["delete"] = {**answer, **withdrawn}
    return Document(
        content=json.dumps({"openapi": "3.0.3", "info": {"title": "orders", "version": "1"}, "paths": paths}).encode()
    )


def gone(today: date | None, **said: Any) -> Finding:
    (finding,) = compare(orders(**said), orders(), lens=Lens(today=today)).findings
    return finding


@pytest.mark.parametrize(
    ("said", "today", "rule"),
    [
        (END, date(2031, 4, 30), "op.removed-early"),
        (END, date(2031, 5, 1), "op.removed-on-sunset"),
        (END, date(2031, 6, 1), "op.removed-on-sunset"),
        ({"x-sunset": "2031-05-01T23:00:00Z"}, date(2031, 4, 30), "op.removed-early"),
        (END, None, "op.removed"),
        ({"deprecated": True}, date(2031, 4, 30), "op.removed"),
        ({"x-sunset": "next spring"}, date(2031, 4, 30), "op.removed"),
        ({"x-sunset": 20310501}, date(2031, 4, 30), "op.removed"),
    ],
)
def test_a_removal_is_held_against_the_announced_end(said: dict[str, Any], today: date | None, rule: str) -> None:
    finding = gone(today, **said)

    assert (finding.rule, finding.impact, finding.address) == (rule, Impact.BREAKING, "DELETE /orders")


def test_what_was_accepted_before_the_announced_end_is_the_same_change_after_it() -> None:
    early, late = gone(date(2031, 4, 30), **END), gone(date(2031, 5, 2), **END)

    assert early.rule != late.rule
    assert finding_id("vendor", early) == finding_id("vendor", late)


def test_a_new_day_is_no_new_way_to_look_at_things() -> None:
    assert Lens(today=date(2031, 4, 30)).hash == Lens(today=date(2031, 5, 1)).hash == Lens().hash
