"""SDL in pieces: the text of each definition, found without parsing it, and parsed when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.errors import Unreadable
from schemas.graphql.grammar import DEFINITION, EXTENSION, IGNORED
from schemas.graphql.model import ROOTS, SCHEMA, Directive, Input, Output, Type
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
                key = f"@{key}"
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
    parts = [_parsed(piece, Type) for piece in pieces]
    return parts[0] if len(parts) == 1 else _merged(parts)


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


def _merged(parts: Sequence[Type]) -> Type:
    fields: dict[str, Output] = {}
    inputs: dict[str, Input] = {}
    values: dict[str, bool | None] = {}
    twice: dict[str, tuple[Output | Input | None, ...]] = {}
    for part in parts:
        twice |= part.twice
        twice |= {name: (fields[name], field) for name, field in part.fields.items() if name in fields}
        twice |= {name: (inputs[name], field) for name, field in part.inputs.items() if name in inputs}
        fields |= part.fields
        inputs |= part.inputs
        values |= part.values
    return replace(
        parts[0],
        fields=fields,
        inputs=inputs,
        values=values,
        members=frozenset().union(*(part.members for part in parts)),
        interfaces=frozenset().union(*(part.interfaces or () for part in parts)),
        one_of=True if any(part.one_of for part in parts) else parts[0].one_of,
        specified_by=next((part.specified_by for part in parts if part.specified_by), None),
        twice=twice,
    )
