"""Parsing only the definitions that differ finds what parsing everything finds, however a schema is spelt.

Schemas are drawn as data, changed in some definitions and written with everything the grammar allows in between: comments
and strings that look like definitions, extensions, odd order, commas.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import graphql
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Finding, Source
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.graphql import sdl
from schemas.graphql.grammar import IGNORED, TOKEN
from schemas.graphql.parser import Parser
from schemas.graphql.schema import Schema, Written
from schemas.lens import Lens
from tests.conftest import RealData
from tests.examples import examples

Tokens = list[str]
Definition = tuple[str, Any]
Model = dict[str, Definition]

OUTPUTS = st.sampled_from(["Int", "ID!", "[String]", "[Boolean!]!", "A", "B!", "[I!]", "U", "E!", "S", "[[Float!]]"])
INPUTS = st.sampled_from(["Int", "ID!", "[String!]", "X", "[X!]!", "E", "S!"])
DEFAULTS = st.sampled_from([None, None, "1", "1.50", '"a } type B {"', "[1, [2]]", "{a: {b: [1]}}", "null", "true"])
NAMES = st.sampled_from(["a", "b", "type", "on", "input", "id"])
INPUT = st.tuples(INPUTS, DEFAULTS, st.booleans())
FIELD = st.tuples(OUTPUTS, st.dictionaries(NAMES, INPUT, max_size=2), st.booleans())
FIELDS = st.dictionaries(NAMES, FIELD, min_size=1, max_size=4)
INTERFACES = st.sets(st.sampled_from(["I", "J"]))
OBJECT = st.tuples(st.just("type"), st.tuples(INTERFACES, FIELDS))
INTERFACE = st.tuples(st.just("interface"), st.tuples(st.just(set()), FIELDS))
DEFINITIONS = {
    "Query": OBJECT,
    "A": OBJECT,
    "B": OBJECT,
    "I": INTERFACE,
    "J": INTERFACE,
    "U": st.tuples(st.just("union"), st.sets(st.sampled_from(["A", "B", "Query"]), min_size=1)),
    "E": st.tuples(st.just("enum"), st.dictionaries(NAMES, st.booleans(), min_size=1)),
    "X": st.tuples(st.just("input"), st.dictionaries(NAMES, INPUT, min_size=1, max_size=4)),
    "S": st.tuples(st.just("scalar"), st.sampled_from([None, "https://example.com/a", "https://example.com/b#c"])),
    "@d": st.tuples(
        st.just("directive"),
        st.tuples(
            st.dictionaries(NAMES, INPUT, max_size=2), st.booleans(), st.sets(st.sampled_from(["FIELD", "QUERY"]), min_size=1)
        ),
    ),
}
WHOLE = st.fixed_dictionaries(DEFINITIONS)
SOME = st.fixed_dictionaries({}, optional=DEFINITIONS)
GONE = st.sets(st.sampled_from(sorted(DEFINITIONS.keys() - {"Query"})), max_size=2)

CHANCES = st.integers(0, 2**32).map(Random)
"""How it is spelt is no part of what shrinks: drawing each space would take ten times as long."""
SPACE = (" ", " ", " ", "\n", ", ", "\r\n\t", '\n# type B { "a" } """\n', "\ufeff ")
DESCRIPTIONS = ("", "", '"text } { # \\" type A"\n', '"""block "quoted"\n  \\""" type B { a: Int }\n# no comment"""\n', '""')


def deprecated(yes: bool) -> Tokens:
    return ["@", "deprecated", "(", "reason", ":", '"} gone"', ")"] if yes else []


def reference(printed: str) -> Tokens:
    return printed.replace("[", " [ ").replace("]", " ] ").replace("!", " ! ").split()


def inputs(found: dict[str, Any], chance: Random) -> Tokens:
    tokens: Tokens = []
    for name, (of, default, old) in found.items():
        tokens += [chance.choice(DESCRIPTIONS), name, ":", *reference(of)]
        tokens += ["=", default] if default else []
        tokens += deprecated(old)
    return tokens


def fields(found: dict[str, Any], chance: Random) -> Tokens:
    tokens: Tokens = []
    for name, (of, arguments, old) in found.items():
        tokens += [chance.choice(DESCRIPTIONS), name]
        tokens += ["(", *inputs(arguments, chance), ")"] if arguments else []
        tokens += [":", *reference(of), *deprecated(old)]
    return tokens


def halves(found: dict[str, Any], chance: Random) -> list[dict[str, Any]]:
    """The members in one part or in two: a definition and its extension."""
    cut = chance.choice([len(found), len(found), chance.randint(1, len(found))])
    members = list(found.items())
    return [dict(part) for part in (members[:cut], members[cut:]) if part]


def written_definition(name: str, definition: Definition, chance: Random) -> list[Tokens]:
    """The tokens of a definition, and those of its extension where it is cut in two."""
    kind, content = definition
    if kind in ("type", "interface"):
        interfaces, members = content
        first, *rest = halves(members, chance)
        named = [token for each in sorted(interfaces, key=lambda _: chance.random()) for token in ("&", each)][1:]
        implements = ["implements", *named] if named else []
        bodies = [[kind, name, *implements, "{", *fields(first, chance), "}"]]
        bodies += [["extend", kind, name, "{", *fields(part, chance), "}"] for part in rest]
    elif kind == "input":
        bodies = [[kind, name, "{", *inputs(part, chance), "}"] for part in halves(content, chance)]
        bodies[1:] = [["extend", *body] for body in bodies[1:]]
    elif kind == "enum":
        bodies = [[kind, name, "{", *(t for v, old in content.items() for t in (v, *deprecated(old))), "}"]]
    elif kind == "union":
        bodies = [[kind, name, *(token for i, each in enumerate(sorted(content)) for token in ("|" if i else "=", each))]]
    elif kind == "scalar":
        bodies = [[kind, name, *(["@specifiedBy", "(", "url", ":", f'"{content}"', ")"] if content else [])]]
    else:
        arguments, repeatable, locations = content
        bodies = [[kind, name, *(["(", *inputs(arguments, chance), ")"] if arguments else [])]]
        bodies[0] += [*(["repeatable"] if repeatable else []), "on", *" | ".join(sorted(locations)).split()]
    return [[chance.choice(DESCRIPTIONS), *bodies[0]], *bodies[1:]]


def written(model: Model, chance: Random) -> str:
    """The model as SDL, spelt in one of very many ways."""
    definitions = [tokens for name, definition in model.items() for tokens in written_definition(name, definition, chance)]
    chance.shuffle(definitions)
    return "".join(token + chance.choice(SPACE) for tokens in definitions for token in tokens if token)


def keeping(old: Model, new: Model, text: str, chance: Random) -> str:
    """`new` as SDL; what `old` has too is spelt as there, so that it is never parsed."""
    kept = {name for name in new if old.get(name) == new[name]}
    pieces = [piece.text for name, parts in sdl.split(text).items() if name in kept for piece in parts]
    return "\n".join([*pieces, written({name: new[name] for name in new if name not in kept}, chance)])


class Whole(Written):
    """A schema of which no two definitions are alike as written, so that all of them are parsed."""

    def raw(self, name: str) -> object:
        return object()


def judged(old: Schema, new: Schema) -> list[Finding]:
    return list(formats.load("graphql").compare(old, new, Lens()))


def one_by_one(text: str) -> list[tuple[str, str]]:
    """Key and text of each definition as the parser finds them, without an expression that finds whole ones."""
    found = []
    position = 0
    while (ignored := IGNORED.match(text, position)) is not None and ignored.end() < len(text):
        parser = Parser(text, ignored.end())
        key, _ = parser.definition()
        found.append((key, text[ignored.end() : parser.end]))
        position = parser.end
    return sorted(found)


def in_pieces(text: str) -> list[tuple[str, str]]:
    return sorted((key, piece.text) for key, parts in sdl.split(text).items() for piece in parts)


@settings(max_examples=examples(50), deadline=None)
@given(WHOLE, SOME, GONE, CHANCES)
def test_pruned_findings_are_those_of_parsing_everything(old: Model, edits: Model, gone: set[str], chance: Random) -> None:
    new = {name: definition for name, definition in (old | edits).items() if name not in gone}
    before = written(old, chance)
    after = keeping(old, new, before, chance)

    pruned = judged(Written(sdl.split(before)), Written(sdl.split(after)))

    assert pruned == judged(Whole(sdl.split(before)), Whole(sdl.split(after)))
    assert {finding.address.partition(".")[0].partition("(")[0] for finding in pruned} <= gone | {
        name for name in new if new[name] != old.get(name)
    }


# The reference implementation needs a tenth of a second to read and print a schema.
@settings(max_examples=25, deadline=None)
@given(WHOLE, SOME, CHANCES)
def test_pruned_findings_are_those_in_what_the_reference_implementation_makes_of_both(
    old: Model, edits: Model, chance: Random
) -> None:
    before = written(old, chance)
    after = keeping(old, old | edits, before, chance)

    pruned = judged(Written(sdl.split(before)), Written(sdl.split(after)))

    assert _told(pruned) == _told(judged(answered(before), answered(after)))


def answered(text: str) -> Schema:
    """The schema as a server with this SDL answers the introspection query."""
    schema = graphql.build_schema(text, assume_valid=True, assume_valid_sdl=True)
    result = graphql.introspection_from_schema(
        schema, specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
    )
    read: Schema = formats.load("graphql").read(Document(content=orjson.dumps(result)))
    return read


def _told(findings: list[Finding]) -> list[str]:
    """The findings without their places in the text, in an order of their own: introspection has another one."""
    return sorted(repr(replace(finding, source=Source())) for finding in findings)


@settings(max_examples=examples(50), deadline=None)
@given(WHOLE, CHANCES)
def test_another_spelling_is_no_change(model: Model, chance: Random) -> None:
    assert judged(Written(sdl.split(written(model, chance))), Written(sdl.split(written(model, chance)))) == []


@settings(max_examples=examples(50), deadline=None)
@given(WHOLE, CHANCES, st.sampled_from(["", "{", "}", '"', ")", "[", "type", "extend", "=", "!", "@", "a"]))
def test_a_damaged_schema_is_cut_or_refused_as_the_parser_does(model: Model, chance: Random, instead: str) -> None:
    text = written(model, chance)
    tokens = [match.span(1) for match in TOKEN.finditer(text)]
    start, end = chance.choice(tokens)
    damaged = f"{text[:start]} {instead} {text[end:]}"
    try:
        expected: object = one_by_one(damaged)
    except Unreadable as refusal:
        expected = str(refusal)
    try:
        found: object = in_pieces(damaged)
    except Unreadable as refusal:
        found = str(refusal)

    assert found == expected


@pytest.mark.parametrize("version", ["15.0.0", "15.26.0"])
def test_a_real_schema_is_cut_where_the_parser_would(version: str, real_data: RealData) -> None:
    text = real_data(f"github-graphql/schema-{version}.graphql.gz").decode()

    assert in_pieces(text) == one_by_one(text)


@pytest.mark.parametrize(("old", "new"), [("15.0.0", "15.9.0"), ("15.9.0", "15.12.0"), ("15.25.0", "15.26.0")])
def test_a_real_pair_gives_what_parsing_all_of_it_gives(old: str, new: str, real_data: RealData) -> None:
    one, other = (sdl.split(real_data(f"github-graphql/schema-{each}.graphql.gz").decode()) for each in (old, new))

    assert judged(Written(one), Written(other)) == judged(Whole(one), Whole(other))
