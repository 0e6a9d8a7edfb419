"""A schema of either source behind one face. SDL keeps the text of each definition and parses it when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, KeysView, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from schemas.change import Source
from schemas.errors import Unreadable
from schemas.graphql import introspection, sdl
from schemas.graphql.grammar import IGNORED, NAME
from schemas.graphql.model import ROOTS, SCHEMA, STANDARD_DIRECTIVES, STANDARD_SCALARS, Directive, Input, Type, named
from schemas.graphql.whereabouts import lines_of

_MENTIONED = re.compile(rf"[:\[]{IGNORED.pattern}({NAME})")
_Mentions: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""The names that a type's fields give values of, and all that it mentions."""


class Written:
    """A schema from SDL. `pieces` are the definitions' texts by key.

    `types` and `directives` are the names in the order of the source, without those that every server has; `roots` maps
    an operation (`query`) to its root type, only those that exist. `all_inputs`: deprecated arguments are shown too.
    `instead`: the server refused to introspect, and this stands in.
    """

    all_inputs = True

    def __init__(self, pieces: Mapping[str, tuple[sdl.Piece, ...]], *, instead: bool = False) -> None:
        self._pieces = pieces
        self.instead = instead
        self._parsed: dict[str, Type] = {}
        self._mentioned: dict[str, _Mentions] = {}
        self._lines: dict[str, list[tuple[int, Mapping[tuple[str, ...], int]]]] = {}
        self.types: KeysView[str] = {key: None for key in pieces if key[0] not in "@(" and _ours(key)}.keys()
        self.directives = tuple(key[1:] for key in pieces if key[0] == "@" and key[1:] not in STANDARD_DIRECTIVES)
        named_roots = sdl.parse_roots(pieces[SCHEMA]) if SCHEMA in pieces else ROOTS
        self.roots = {operation: name for operation, name in named_roots.items() if name in pieces}

    def raw(self, name: str) -> object:
        """A type (or `@directive`) as written: equal raws of one origin are equal definitions, others must be parsed."""
        return tuple(piece.text for piece in self._pieces[name])

    def type(self, name: str) -> Type:
        if name not in self._parsed:
            self._parsed[name] = sdl.parse_type(self._pieces[name])
        return self._parsed[name]

    def directive(self, name: str) -> Directive:
        return sdl.parse_directive(self._pieces[f"@{name}"])

    def reads(self, name: str) -> bool:
        """Whether a field gives values of the type `name`. One that nothing mentions counts as read: it may be soon."""
        return _reads(name, (self._mentions(owner) for owner in self._may_mention.get(name, ())))

    @cached_property
    def _may_mention(self) -> Mapping[str, list[str]]:
        """The types in whose text a name stands where a type may stand: more than mention it, and none is left out."""
        owners: dict[str, list[str]] = {}
        for owner in self.types:
            for name in {name for piece in self._pieces[owner] for name in _MENTIONED.findall(piece.text)}:
                owners.setdefault(name, []).append(owner)
        return owners

    def _mentions(self, owner: str) -> _Mentions:
        if owner not in self._mentioned:
            self._mentioned[owner] = _mentions(self.type(owner))
        return self._mentioned[owner]

    def source(self, name: str, *members: str) -> Source:
        """Where the type (or `@directive`), its member and the member's argument, as far as given, are written."""
        pieces = self._pieces.get(name) or self._pieces[SCHEMA]
        path = tuple(member for member in members if member)
        if path:
            if name not in self._lines:
                self._lines[name] = [(piece.line, lines_of(piece.text)) for piece in pieces]
            for first, lines in self._lines[name]:
                if path in lines:
                    return Source(line=first + lines[path])
        return Source(line=pieces[0].line)


class Answered:
    """The same from an introspection result. It is read whole: half an answer is told at once, not on the next change."""

    instead = False

    def __init__(self, result: Mapping[str, Any], where: str) -> None:
        rows = introspection.named_rows(result, "types", where)
        if not rows:
            raise Unreadable("not an introspection result: it has no types", where=f"{where}/types")
        known = [(name, row, at) for name, row, at in rows if _ours(name)]
        self._types = {name: introspection.read_type(row, at) for name, row, at in known}
        listed = introspection.named_rows(result, "directives", where)
        shown = [(name, row, at) for name, row, at in listed if name not in STANDARD_DIRECTIVES]
        self._directives = {name: introspection.read_directive(row, at) for name, row, at in shown}
        self._where = {name: at for name, _, at in known} | {f"@{name}": at for name, _, at in shown}
        self._root = where
        self.types: KeysView[str] = self._types.keys()
        self.directives = tuple(self._directives)
        self.roots = {op: name for op, name in _roots(result) if name in self._types}
        # Where a query does not ask which are deprecated, a server of today leaves those out.
        self.all_inputs = any(each.deprecated is not None for each in self._inputs())

    def _inputs(self) -> Iterator[Input]:
        for found in self._types.values():
            yield from found.inputs.values()
            for field in found.fields.values():
                yield from field.arguments.values()

    def raw(self, name: str) -> object:
        return self._directives[name[1:]] if name.startswith("@") else self._types[name]

    def type(self, name: str) -> Type:
        return self._types[name]

    def directive(self, name: str) -> Directive:
        return self._directives[name]

    def reads(self, name: str) -> bool:
        return _reads(name, self._mentions)

    @cached_property
    def _mentions(self) -> list[_Mentions]:
        return [_mentions(found) for found in self._types.values()]

    def source(self, name: str, *members: str) -> Source:
        return Source(pointer=self._where.get(name, self._root))


Schema: TypeAlias = "Written | Answered"


def _ours(name: str) -> bool:
    return not name.startswith("__") and name not in STANDARD_SCALARS


def _roots(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for operation in ROOTS:
        row = result.get(f"{operation}Type")
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            yield operation, row["name"]


def _mentions(found: Type) -> _Mentions:
    return frozenset(named(field.type) for field in found.fields.values()), references(found)


def _reads(name: str, types: Iterable[_Mentions]) -> bool:
    mentioned = False
    for read, mentions in types:
        if name in read:
            return True
        mentioned = mentioned or name in mentions
    return not mentioned


def references(found: Type) -> frozenset[str]:
    """The named types that one mentions: of its fields, their arguments, its members and its interfaces."""
    mentioned = set(found.members) | set(found.interfaces or ())
    mentioned.update(named(member.type) for member in found.inputs.values())
    for field in found.fields.values():
        mentioned.add(named(field.type))
        mentioned.update(named(argument.type) for argument in field.arguments.values())
    return frozenset(mentioned)
