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
    is coarse: we know that it is used, not which part. `*.Email` is a field of an object that our side does not name (the
    child of a relationship): on any object it may be meant.
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

        Fields decide where both sides name them; else the operations it reaches. A member is used where the use names it
        or anything inside of it, and coarse where the use names something around it.
        """
        if not self.declared:
            return Use.UNDECLARED
        fields, objects, hit = _folded(self.fields), _folded(self.objects), _folded(members)
        if hit & fields or hit & _owners(fields):
            return Use.USED
        around = _owners(hit)
        if (around | hit) & objects or around & fields:
            return Use.COARSE
        if _meant_somewhere(hit, fields):
            return Use.COARSE
        if _direct(hit) & _direct(fields):
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


def _folded(names: Iterable[str]) -> set[str]:
    """Without regard to case: some vendors have none, and elsewhere two names that differ in case alone are rare."""
    return {name.casefold() for name in names}


def _owners(names: Iterable[str]) -> set[str]:
    """Everything that the names are inside of: `a.b.c` is inside of `a` and of `a.b`."""
    return {".".join(steps[:count]) for name in names for steps in [name.split(".")] for count in range(1, len(steps))}


def _meant_somewhere(hit: set[str], fields: set[str]) -> bool:
    """Whether a field of an object we do not name may be what was hit: by its own name, or as a part of a whole object."""
    anywhere = {name.removeprefix("*.") for name in fields if name.startswith("*.")}
    return bool(anywhere) and any("." not in name or name.rpartition(".")[2] in anywhere for name in hit)


def _direct(names: Iterable[str]) -> set[str]:
    """What each name is a field of."""
    return {name.rpartition(".")[0] or name for name in names}
