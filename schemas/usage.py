"""What of a schema our side really uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from schemas.change import Finding, Use

if TYPE_CHECKING:
    from schemas.usages.recorded import Call, Text

_EVERY_CALL = frozenset(
    {
        *("auth.required", "auth.scope-added", "server.base-path-changed", "param.required-added", "header.required-added"),
        "body.required-added",
    }
)
"""Rules whose change meets every call of the operations it reaches, whatever is in the call."""

_ASKED_OF_THE_OWNER = frozenset({"property.required-added", "property.became-required", "gql.input.field-required-added"})
"""Rules that hit who uses the object around the member; not naming the member is the very problem."""

_OF_ONE_ARGUMENT = frozenset({"gql.arg.removed", "gql.arg.type-changed"})
"""Rules that hit only who passes the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What recordings (Pact, HAR) show our side to use. What they do not show may be used all the same."""

    operations: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.operations or self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What our side uses of one target. Empty means undeclared, never "we use nothing".

    `operations`, `fields` and `objects` are declared, and so are the whole of our use: what they do not name is unused.
    `operations` are `METHOD /path` as the description writes them, or GraphQL root fields (`Query.viewer`).
    `fields` are dotted names (`Account.Industry`, `payment_intent.status`). An object or operation named without fields
    is coarse: we know that it is used, not which part. `*.Email` is a field of an object that our side does not name (the
    child of a relationship): on any object it may be meant. `Status.*` is all that an object holds. An argument is named
    as `Query.user(id:)`; `Query.user()` says that none is passed.

    `proven` is what recordings show, and never says that anything is unused. `documents` (GraphQL, declared) and `calls`
    (recorded) are not yet met with a schema: `schemas.usages.resolved` turns them into the rest.
    """

    operations: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    proven: Proven = Proven()
    documents: tuple[Text, ...] = ()
    calls: tuple[Call, ...] = ()

    @property
    def declared(self) -> bool:
        """Whether our use is declared as a whole, so that something can be unused at all."""
        return bool(self.operations or self.fields or self.objects or self.documents)

    def __bool__(self) -> bool:
        """Whether it tells of any use, met with a schema or not."""
        return self.declared or self.recorded

    @property
    def recorded(self) -> bool:
        """Whether recordings show something of our use."""
        return bool(self.proven or self.calls)

    def of(self, finding: Finding) -> Use:
        """How `finding` meets our use."""
        members, rule = finding.members, finding.rule
        if rule in _EVERY_CALL and self._calls(finding.operations):
            return Use.USED
        if rule in _ASKED_OF_THE_OWNER:
            members = tuple(member.rpartition(".")[0] or member for member in members)
        elif rule in _OF_ONE_ARGUMENT and len(members) > 1 and members[0].casefold() in _index(self.fields).called:
            members = members[1:]
        return self.touch(members=members, address=finding.address, operations=finding.operations)

    def touch(self, *, members: tuple[str, ...], address: str = "", operations: tuple[str, ...] = ()) -> Use:
        """How a change of `members` at `address`, which `operations` reach, meets our use.

        Fields decide where both sides name them; else the operations it reaches. A member is used where the use names it
        or anything inside of it, and coarse where the use names something around it.
        """
        if not self:
            return Use.UNDECLARED
        declared, proven = _index(self.fields), _index(self.proven.fields)
        objects, hit = _index(self.objects).names, _folded(members)
        around = _owners(hit)
        if any(hit & names.names or hit & names.owners or around & names.whole for names in (declared, proven)):
            return Use.USED
        if (around | hit) & objects or around & declared.names or around & proven.names:
            return Use.COARSE
        if declared.anywhere and any("." not in name or name.rpartition(".")[2] in declared.anywhere for name in hit):
            return Use.COARSE
        if _direct(hit) & declared.direct:
            return Use.UNUSED
        if address in self.operations or address in self.proven.operations:
            return Use.USED
        if self._calls(operations):
            return Use.COARSE
        return Use.UNUSED if self.declared else Use.UNDECLARED

    def called(self, operations: tuple[str, ...]) -> tuple[str, ...]:
        """Those among `operations` that our side calls, by what it declares and by what recordings show."""
        return tuple(each for each in operations if each in self.operations or each in self.proven.operations)

    def _calls(self, operations: tuple[str, ...]) -> bool:
        return bool(self.called(operations))

    def __or__(self, other: Usage) -> Usage:
        """Both uses together: what either side declares is declared, what either shows is shown."""
        return together((self, other))


def together(usages: Iterable[Usage]) -> Usage:
    """All the uses as one."""
    all_of = tuple(usages)
    return Usage(
        operations=frozenset().union(*(usage.operations for usage in all_of)),
        fields=frozenset().union(*(usage.fields for usage in all_of)),
        objects=frozenset().union(*(usage.objects for usage in all_of)),
        proven=Proven(
            operations=frozenset().union(*(usage.proven.operations for usage in all_of)),
            fields=frozenset().union(*(usage.proven.fields for usage in all_of)),
        ),
        documents=tuple(dict.fromkeys(text for usage in all_of for text in usage.documents)),
        calls=tuple(call for usage in all_of for call in usage.calls),
    )


class _Index(NamedTuple):
    """Names ready to be met: as they are, what they are inside of, what each is a field of, objects used whole (`Status.*`),
    fields whose object is not named (`*.Email`), fields whose arguments are told."""

    names: frozenset[str]
    owners: frozenset[str]
    direct: frozenset[str]
    whole: frozenset[str]
    anywhere: frozenset[str]
    called: frozenset[str]


@lru_cache(maxsize=16)
def _index(names: frozenset[str]) -> _Index:
    folded = _folded(names)
    return _Index(
        names=frozenset(folded),
        owners=frozenset(_owners(folded)),
        direct=frozenset(_direct(folded)),
        whole=frozenset(name.removesuffix(".*") for name in folded if name.endswith(".*")),
        anywhere=frozenset(name.removeprefix("*.") for name in folded if name.startswith("*.")),
        called=frozenset(name.partition("(")[0] for name in folded if name.endswith(")")),
    )


def _folded(names: Iterable[str]) -> set[str]:
    """Without regard to case: some vendors have none, and elsewhere two names that differ in case alone are rare."""
    return {name.casefold() for name in names}


def _owners(names: Iterable[str]) -> set[str]:
    """Everything that the names are inside of: `a.b.c` is inside of `a` and of `a.b`."""
    return {".".join(steps[:count]) for name in names for steps in [name.split(".")] for count in range(1, len(steps))}


def _direct(names: Iterable[str]) -> set[str]:
    """What each name is a field of."""
    return {name.rpartition(".")[0] or name for name in names}
