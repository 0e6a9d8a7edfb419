"""The part of a schema that our operations touch, as a schema of graphql-core: small, whatever the size of the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from graphql import GraphQLSchema, build_schema

from schemas.graphql.model import EXECUTABLE, STANDARD_SCALARS, Input, Kind, Type, named

if TYPE_CHECKING:
    from schemas.graphql.schema import Schema


def slice_of(schema: Schema, names: Iterable[str]) -> GraphQLSchema:
    """The schema with the fields in `names` (`Type.field`), the types in them, and all that is needed around those.

    Enums, inputs and directives are whole. Of other types that are only mentioned, the name and the place in unions and
    interfaces remain: enough to tell whether a fragment fits.
    """
    wanted: dict[str, set[str]] = {}
    for name in sorted(names):
        owner, _, member = name.partition("(")[0].partition(".")
        wanted.setdefault(owner, set()).add(member)
    return build_schema("\n".join(_Slice(schema, wanted).lines()), assume_valid=True, assume_valid_sdl=True)


class _Slice:
    def __init__(self, schema: Schema, wanted: Mapping[str, set[str]]) -> None:
        self._schema, self._wanted = schema, wanted
        self._known = frozenset(schema.types)
        self._waiting = [*schema.roots.values(), *(name for name in wanted if name in self._known)]
        self._done: set[str] = set(STANDARD_SCALARS)

    def lines(self) -> Iterable[str]:
        if self._schema.roots:
            yield f"schema {{ {' '.join(f'{operation}: {name}' for operation, name in self._schema.roots.items())} }}"
        for name in self._schema.directives:
            directive = self._schema.directive(name)
            again = " repeatable" if directive.repeatable else ""
            where = sorted(EXECUTABLE if directive.locations is None else directive.locations)
            yield f"directive @{name}{self._arguments(directive.arguments)}{again} on {' | '.join(where)}"
        for interface in [name for name in self._wanted if name in self._known]:
            if self._schema.type(interface).kind is Kind.INTERFACE:
                self._waiting.extend(self._implementing(interface))
        while self._waiting:
            name = self._waiting.pop()
            if name not in self._done:
                self._done.add(name)
                # What a broken document mentions and does not define is taken for a scalar.
                yield self._type(self._schema.type(name)) if name in self._known else f"scalar {name}"

    def _implementing(self, interface: str) -> Iterable[str]:
        mention = re.compile(rf"\bimplements\b[^{{]*\b{re.escape(interface)}\b")
        for name in self._schema.types:
            raw = self._schema.raw(name)
            # Text that does not mention it needs no parsing.
            told = isinstance(raw, Type) or (isinstance(raw, tuple) and any(mention.search(str(text)) for text in raw))
            if told and interface in (self._schema.type(name).interfaces or ()):
                yield name

    def _type(self, found: Type) -> str:
        if found.kind is Kind.SCALAR:
            return f"scalar {found.name}"
        if found.kind is Kind.ENUM:
            return f"enum {found.name} {{ {' '.join(found.values)} }}" if found.values else f"enum {found.name}"
        if found.kind is Kind.UNION:
            self._waiting.extend(sorted(found.members))
            return f"union {found.name} = {' | '.join(sorted(found.members))}" if found.members else f"union {found.name}"
        if found.kind is Kind.INPUT:
            one_of = " @oneOf" if found.one_of else ""
            body = " ".join(f"{self._input(member)}" for member in found.inputs.values())
            return f"input {found.name}{one_of} {{ {body} }}" if body else f"input {found.name}"
        self._waiting.extend(sorted(found.interfaces or ()))
        implements = f" implements {' & '.join(sorted(found.interfaces))}" if found.interfaces else ""
        used = self._wanted.get(found.name, ())
        body = " ".join(
            f"{field.name}{self._arguments(field.arguments)}: {self._mentioned(field.type)}"
            for field in found.fields.values()
            if field.name in used
        )
        return f"{found.kind} {found.name}{implements}" + (f" {{ {body} }}" if body else "")

    def _arguments(self, arguments: Mapping[str, Input]) -> str:
        return f"({', '.join(self._input(argument) for argument in arguments.values())})" if arguments else ""

    def _input(self, member: Input) -> str:
        default = f" = {member.default}" if member.default is not None else ""
        return f"{member.name}: {self._mentioned(member.type)}{default}"

    def _mentioned(self, type: str) -> str:
        self._waiting.append(named(type))
        return type
