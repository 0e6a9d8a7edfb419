"""What of a schema our side really uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.change import Finding, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Declared use of one target. Empty means undeclared, never "we use nothing".

    `operations` are `METHOD /path` as the description writes them, or GraphQL root fields (`Query.viewer`).
    `fields` are dotted names (`Account.Industry`, `payment_intent.status`). An object or operation named without fields
    is coarse: we know that it is used, not which part.
    """

    operations: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()

    @property
    def declared(self) -> bool:
        return bool(self.operations or self.fields or self.objects)

    def of(self, finding: Finding) -> Use:
        """How `finding` meets our use."""
        return self.touch(members=finding.members, address=finding.address, operations=finding.operations)

    def touch(self, *, members: tuple[str, ...], address: str = "", operations: tuple[str, ...] = ()) -> Use:
        """How a change of `members` at `address`, which `operations` reach, meets our use.

        Fields decide where both sides name them; else the operations it reaches. A member that is an object itself
        (`Account`) is used where any of its fields is.
        """
        if not self.declared:
            return Use.UNDECLARED
        if self.fields.intersection(members):
            return Use.USED
        objects_with_fields = {name.rpartition(".")[0] for name in self.fields}
        if objects_with_fields.intersection(members):
            return Use.USED
        objects_hit = _objects(members)
        if objects_hit & self.objects:
            return Use.COARSE
        if objects_hit & objects_with_fields:
            return Use.UNUSED
        if address in self.operations:
            return Use.USED
        if self.operations.intersection(operations):
            return Use.COARSE
        return Use.UNUSED

    def __or__(self, other: Usage) -> Usage:
        """Both uses together: what either side declares is declared."""
        return Usage(
            operations=self.operations | other.operations,
            fields=self.fields | other.fields,
            objects=self.objects | other.objects,
        )


def _objects(members: Iterable[str]) -> set[str]:
    return {member.rpartition(".")[0] or member for member in members}
