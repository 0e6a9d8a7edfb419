"""Grown schemas: rewritten several times over they are the same; edited, there are no more findings than edits."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.change import Finding
from schemas.compare import compare
from schemas.document import Document
from tests.schemas.equivalents import COMMON, PLAIN, Rewrite, Schema, described

BOUNDED = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
_ALONE = ("all-of-one", "any-of-one", "one-of-one", "all-of-twice", "looser-beside", "parted-by-member")
"""Rewrites of a whole schema, also where `not` or a union stands around it."""


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(("a", "b", "c"))
    record = st.dictionaries(names, inner, min_size=1, max_size=3).map(lambda found: {"type": "object", "properties": found})
    closed = record.map(lambda found: {**found, "additionalProperties": False, "required": sorted(found["properties"])[:1]})
    array = inner.map(lambda found: {"type": "array", "items": found, "maxItems": 7})
    mapped = inner.map(lambda found: {"type": "object", "additionalProperties": found})
    union = st.tuples(inner, inner).map(
        lambda found: {"oneOf": [{"type": "object", "properties": {"k": found[0]}}, {"type": "array", "items": found[1]}]}
    )
    return st.one_of(record, closed, array, mapped, union)


SCHEMAS = st.recursive(st.sampled_from(sorted(PLAIN.items())).map(lambda item: copy.deepcopy(item[1])), _grown, max_leaves=5)


def found(old: Any, new: Any, format: str = "openapi") -> tuple[Finding, ...]:
    before, after = (Document(content=side if isinstance(side, bytes) else orjson.dumps(side)) for side in (old, new))
    return compare(before, after, format=format).findings


@pytest.mark.parametrize("format", ["openapi", "jsonschema"])
def test_several_rewrites_on_top_of_each_other_are_no_change(format: str) -> None:
    @BOUNDED
    @given(SCHEMAS, st.lists(st.sampled_from(sorted(COMMON)), min_size=1, max_size=4))
    def rewritten(schema: Schema, names: list[str]) -> None:
        new: Any = copy.deepcopy(schema)
        for name in names:
            rewrite: Rewrite = COMMON[name]
            changed = rewrite(copy.deepcopy(new))
            new = new if changed is None else changed
        old, after = (described(schema), described(new)) if format == "openapi" else (schema, new)
        assert found(old, after, format) == ()
        assert found(after, old, format) == ()

    rewritten()


Edit = Callable[[Any], None]


def edits(schema: Any) -> list[Edit]:
    """Single edits of the schemas in a schema, each of one member, each at its own place."""
    made: list[Edit] = []
    work = [schema]
    while work:
        here = work.pop()
        if not isinstance(here, dict):
            continue
        made += [_setting(here, word, value) for word, value in _other(here)]
        work.extend(here.get("properties", {}).values())
        work.extend(here[word] for word in ("items", "additionalProperties") if isinstance(here.get(word), dict))
        work.extend(here.get("oneOf", []))
    return made


def _setting(here: Any, word: str, value: Any) -> Edit:
    return lambda _: here.update({word: value})


def _other(here: Any) -> list[tuple[str, Any]]:
    """For each keyword of one schema another value that means something else."""
    made: list[tuple[str, Any]] = []
    for word, by in (
        ("maxLength", 3),
        ("minLength", 1),
        ("minimum", -7),
        ("maximum", 3),
        ("maxItems", 2),
        ("maxProperties", 1),
        ("minItems", 2),
    ):
        if word in here:
            made.append((word, here[word] + by))
    if "pattern" in here:
        made.append(("pattern", "^[A-Z]+$"))
    if here.get("enum") == ["a", "b", "c"]:
        made.append(("enum", ["a", "b"]))
    if here.get("type") == "boolean":
        made.append(("type", "integer"))
    if here.get("uniqueItems") is True:
        made.append(("uniqueItems", False))
    if "properties" in here and "required" not in here:
        made.append(("required", [next(iter(here["properties"]))]))
    if "properties" in here:
        made.append(("properties", {**here["properties"], "fresh": {"type": "string"}}))
    return made


@BOUNDED
@given(SCHEMAS, st.data())
def test_there_are_no_more_findings_than_edits(schema: Schema, data: st.DataObject) -> None:
    new = {"top": copy.deepcopy(schema)}
    possible = edits(new["top"])
    if not possible:
        return
    chosen = data.draw(st.lists(st.integers(0, len(possible) - 1), min_size=1, max_size=3, unique=True))
    for i in chosen:
        possible[i](new)
    old, after = (described({"$ref": "#/components/schemas/It"}, It=one) for one in (schema, new["top"]))
    assert len(found(old, after)) <= len(chosen)
    assert len(found(after, old)) <= len(chosen)


@pytest.mark.parametrize("base", sorted(PLAIN))
def test_each_edit_of_a_plain_schema_is_one_finding(base: str) -> None:
    count = len(edits(copy.deepcopy(PLAIN[base])))
    for i in range(count):
        new = copy.deepcopy(PLAIN[base])
        edits(new)[i](new)
        old, after = (described({"$ref": "#/components/schemas/It"}, It=one) for one in (PLAIN[base], new))
        assert len(found(old, after)) == 1, (PLAIN[base], new)
        assert len(found(after, old)) == 1, (new, PLAIN[base])


SDL = """
type Query { a(x: Int, y: Order! = A): String! b: [Other!] any: Any }
type Other implements Node { id: ID! n: Float }
interface Node { id: ID! }
union Any = Query | Other
enum Order { A B }
input Where { order: Order = A n: Int! }
"""


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("String!", "String"),
        ("String!", "Int!"),
        ("x: Int,", ""),
        ("x: Int,", "x: Int!,"),
        ("= A)", "= B)"),
        ("b: [Other!]", ""),
        ("[Other!]", "[Other]"),
        ("n: Float }", "n: Float! }"),
        ("n: Float }", "}"),
        (" implements Node", ""),
        ("| Other", ""),
        ("{ A B }", "{ A }"),
        ("{ A B }", "{ A B C }"),
        ("n: Int!", "n: Int"),
        ("n: Int!", ""),
        ("order: Order = A", "order: Order"),
    ],
)
def test_each_edit_of_a_graphql_schema_is_one_finding(was: str, now: str) -> None:
    old, new = SDL.encode(), SDL.replace(was, now, 1).encode()
    assert old != new
    assert len(found(old, new, "graphql")) == 1
    assert len(found(new, old, "graphql")) == 1
