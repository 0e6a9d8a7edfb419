"""What is said in other words is no change, in either order."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.compare import compare
from schemas.document import Document
from tests.schemas.equivalents import twins

TWINS = twins()
KINDS = sorted({(twin.format, twin.rewrite) for twin in TWINS})


@pytest.mark.parametrize(("format", "rewrite"), KINDS)
def test_other_words_are_no_change(format: str, rewrite: str) -> None:
    found = [
        (twin.base, order, [(finding.rule, finding.address) for finding in findings])
        for twin in TWINS
        if (twin.format, twin.rewrite) == (format, rewrite)
        for order, findings in (("forward", _found(twin.old, twin.new, format)), ("back", _found(twin.new, twin.old, format)))
        if findings
    ]
    assert found == []


def _found(old: bytes, new: bytes, format: str) -> tuple[object, ...]:
    return compare(Document(content=old), Document(content=new), format=format).findings


def test_there_are_hundreds_of_pairs_and_each_differs() -> None:
    count = Counter(twin.format for twin in TWINS)
    assert count.total() >= 500
    assert count["openapi"] >= 200
    assert count["jsonschema"] >= 200
    assert [twin for twin in TWINS if twin.old == twin.new] == []
