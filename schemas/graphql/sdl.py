"""SDL in pieces: the text of each definition, found without parsing it, and parsed when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.errors import Unreadable
from schemas.graphql.grammar import DEFINITION, EXTENSION, IGNORED
from schemas.graphql.model import ROOTS, SCHEMA, Directive, Type
from schemas.graphql.parser import Parser, Roots

T = TypeVar("T", Type, Directive, Roots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One definition or extension: its text, and the line (from 1) it starts on."""

    text: str
    line: int


def split(text: str) -> Mapping[str, tuple[Piece, ...]]:
    """The pieces by key, in the order of the text; raises `Unreadable` where it is not SDL."""
    pieces: dict[str, list[Piece]] = {}
    position, line = _after_ignored(text, 0), 1
    line += text.count("\n", 0, position)
    while position < len(text):
        match = DEFINITION.match(text, position)
        if match is not None:
            end, kind = match.end(), match.lastgroup or ""
            key = match[kind]
            if kind == "schema":
                key = SCHEMA
            elif kind == "directive":
                key = f"@{key.rpartition('@')[2].split()[-1]}"
        else:
            # Rarer spelling or no SDL at all: the parser reads it, or says what is wrong with it.
            parser = Parser(text, position)
            key, _ = parser.definition()
            end = parser.end
        pieces.setdefault(key, []).append(Piece(text=text[position:end], line=line))
        following = _after_ignored(text, end)
        line += text.count("\n", position, following)
        position = following
    if not pieces:
        raise Unreadable("not a GraphQL schema: it defines nothing")
    return {key: tuple(found) for key, found in pieces.items()}


def _after_ignored(text: str, position: int) -> int:
    match = IGNORED.match(text, position)
    return match.end() if match is not None else position


def parse_type(pieces: tuple[Piece, ...]) -> Type:
    """The type that the pieces (a definition and its extensions) make together."""
    first, *others = (_parsed(piece, Type) for piece in pieces)
    for other in others:
        first = _merged(first, other)
    return first


def parse_directive(pieces: tuple[Piece, ...]) -> Directive:
    """The directive; of several definitions the last counts."""
    return _parsed(pieces[-1], Directive)


def parse_roots(pieces: tuple[Piece, ...]) -> Roots:
    """Operation to root type, over the schema definition and its extensions.

    Where no definition names any (`extend schema @link(...)` of a federated schema), the usual names hold.
    """
    defined: Roots = {}
    extended: Roots = {}
    for piece in pieces:
        (extended if EXTENSION.match(piece.text) else defined).update(_parsed(piece, dict))
    return {**(defined or ROOTS), **extended}


def _parsed(piece: Piece, kind: type[T]) -> T:
    _, found = Parser(piece.text, line=piece.line).definition()
    if not isinstance(found, kind):
        raise Unreadable("not a GraphQL schema: one name defined as two things", where=f"line {piece.line}")
    return found


def _merged(first: Type, other: Type) -> Type:
    twice = {
        **first.twice,
        **other.twice,
        **{name: (first.fields[name], field) for name, field in other.fields.items() if name in first.fields},
        **{name: (first.inputs[name], field) for name, field in other.inputs.items() if name in first.inputs},
    }
    return replace(
        first,
        fields={**first.fields, **other.fields},
        inputs={**first.inputs, **other.inputs},
        values={**first.values, **other.values},
        members=first.members | other.members,
        interfaces=(first.interfaces or frozenset()) | (other.interfaces or frozenset()),
        one_of=first.one_of or other.one_of,
        specified_by=first.specified_by or other.specified_by,
        twice=twice,
    )
