"""Which root fields a change of a type reaches."""

from __future__ import annotations

from functools import cached_property

from schemas.graphql.model import Output, named
from schemas.graphql.schema import Schema, references
from schemas.lens import Lens


class Reach:
    """Root fields by the types they lead to.

    Where our operations are declared, those of them that lead to the type at all, however far. Where none is, only the
    root fields that name the type themselves: nearly everything leads to nearly everything in a large schema.
    """

    def __init__(self, schema: Schema, lens: Lens) -> None:
        self._schema = schema
        self._declared = lens.usage.operations
        self._mentioned: dict[str, frozenset[str]] = {}

    def to(self, type: str, field: str = "") -> tuple[str, ...]:
        """The operations that a change of the type (or of its field) reaches, sorted."""
        if type in self._schema.roots.values():
            return (f"{type}.{field}",) if field else ()
        return self._operations.get(type, ())

    @cached_property
    def _operations(self) -> dict[str, tuple[str, ...]]:
        reached: dict[str, list[str]] = {}
        for operation, field in self._root_fields():
            if self._declared and operation not in self._declared:
                continue
            near = {named(field.type), *(named(argument.type) for argument in field.arguments.values())}
            for name in self._closure(near) if self._declared else near:
                reached.setdefault(name, []).append(operation)
        return {name: tuple(sorted(operations)) for name, operations in reached.items()}

    def _root_fields(self) -> list[tuple[str, Output]]:
        roots = sorted(set(self._schema.roots.values()) & set(self._schema.types))
        return [(f"{root}.{name}", field) for root in roots for name, field in self._schema.type(root).fields.items()]

    def _closure(self, near: set[str]) -> set[str]:
        seen, waiting = set(near), list(near)
        while waiting:
            name = waiting.pop()
            if name in self._schema.types:
                if name not in self._mentioned:
                    self._mentioned[name] = references(self._schema.type(name))
                new = self._mentioned[name] - seen
                seen |= new
                waiting.extend(new)
        return seen
