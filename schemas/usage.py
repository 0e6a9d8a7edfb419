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
        """How `finding` meets our use. Fields decide where both sides name them; else the operations it reaches."""
        if not self.declared:
            return Use.UNDECLARED
        if self.fields.intersection(finding.members):
            return Use.USED
        objects_with_fields = {name.rpartition(".")[0] for name in self.fields}
        objects_hit = _objects(finding.members)
        if objects_hit & self.objects:
            return Use.COARSE
        if objects_hit & objects_with_fields:
            return Use.UNUSED
        if finding.address in self.operations:
            return Use.USED
        if self.operations.intersection(finding.operations):
            return Use.COARSE
        return Use.UNUSED


def _objects(members: Iterable[str]) -> set[str]:
    return {member.rpartition(".")[0] or member for member in members}
