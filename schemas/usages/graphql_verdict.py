"""Whole operations of ours against the new schema: what graphql-core refuses now is told with the edit that causes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from graphql import GraphQLError, validate
from graphql.validation import (
    LoneAnonymousOperationRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    UniqueFragmentNamesRule,
    UniqueOperationNamesRule,
    specified_rules,
)

from schemas.change import Finding, Impact, Use
from schemas.rules import rule
from schemas.rules.found import found
from schemas.usages.graphql_documents import Operation, operations, where
from schemas.usages.graphql_slice import slice_of
from schemas.usages.graphql_walk import Walk
from schemas.usages.recorded import Text

if TYPE_CHECKING:
    from schemas.graphql.schema import Schema
    from schemas.lens import Lens

_RULES = tuple(
    rule
    for rule in specified_rules
    if rule
    not in (
        LoneAnonymousOperationRule,
        NoUnusedFragmentsRule,
        NoUnusedVariablesRule,
        UniqueFragmentNamesRule,
        UniqueOperationNamesRule,
    )
)
"""What makes a server refuse one operation; how documents are put together is no concern of the schema."""

MAX_MESSAGE = 300
"""Characters of a refusal that are told; some print whole literals."""

_QUOTED = re.compile(r"['\"‘“]([^'\"’”]*)['\"’”]")


class Refusal(NamedTuple):
    """An operation that the new schema refuses and the old one did not: why, in which file and line, and what stands there."""

    operation: Operation
    message: str
    where: str
    names: tuple[str, ...]


def with_operations(findings: Sequence[Finding], old: Schema, new: Schema, lens: Lens) -> Iterator[Finding]:
    """The findings, those that break operations of ours saying so. A refusal that no finding explains is one of its own."""
    broken: dict[int, list[Refusal]] = {}
    unexplained: list[Refusal] = []
    for refusal in refusals(old, new, lens.usage.documents):
        cause = _cause(findings, refusal)
        if cause is None:
            unexplained.append(refusal)
        else:
            broken.setdefault(cause, []).append(refusal)
    for index, finding in enumerate(findings):
        if index in broken:
            yield replace(finding, use=Use.USED, consequence=_told(broken[index]))
        else:
            yield finding
    for name, group in _by_operation(unexplained).items():
        for finding in found(
            rule("gql.operation.invalid"),
            lens,
            address=f"operation {name}",
            message=f"operation `{name}` of ours becomes invalid: {group[0].message}",
            consequence=_told(group),
            before={"valid": True},
            after={"refused": [refusal.message for refusal in group]},
        ):
            yield replace(finding, use=Use.USED)


def refusals(old: Schema, new: Schema, texts: Iterable[Text]) -> list[Refusal]:
    """Every operation of ours that was valid at some spot and is not any more, in the order of the files."""
    ours, _ = operations(texts)
    before, after = Walk(old), Walk(new)
    for operation in ours:
        before.operation(operation)
        after.operation(operation)
    names = before.fields | after.fields | before.objects | after.objects
    try:
        was, now = slice_of(old, names), slice_of(new, names)
    except (GraphQLError, TypeError, ValueError, RecursionError):
        return []  # a schema too broken to be built: the findings stand by themselves
    places = {**after.places, **before.places}
    found = []
    for operation in ours:
        document = operation.alone
        known = {_spot(error) for error in validate(was, document, _RULES)}
        for error in validate(now, document, _RULES):
            if _spot(error) not in known:
                spot = where(error.nodes[0] if error.nodes else operation.node)
                found.append(Refusal(operation, _short(error.message), spot, tuple(_names(error, places))))
    return found


def _short(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}…"


def _spot(error: GraphQLError) -> tuple[tuple[int, ...], str]:
    """Where an operation is refused, and by which words: suggestions and type names left out."""
    return tuple(id(node) for node in error.nodes or ()), _QUOTED.sub("", error.message.partition(" Did you mean")[0])


def _names(error: GraphQLError, places: Mapping[int, tuple[str, ...]]) -> Iterator[str]:
    """What stands where the operation is refused, the closest first."""
    for node in reversed(error.nodes or ()):
        yield from places.get(id(node), ())


def _cause(findings: Sequence[Finding], refusal: Refusal) -> int | None:
    """Which finding explains the refusal: one about what stands there, best the one whose names the message speaks of."""
    said = {word.casefold() for quoted in _QUOTED.findall(refusal.message) for word in re.findall(r"\w+", quoted)}
    best: tuple[tuple[int, int, int], int] | None = None
    for index, finding in enumerate(findings):
        near = max((10 * _nearness(finding, name.casefold()) - away for away, name in enumerate(refusal.names[:9])), default=0)
        if near <= 0 or finding.impact is Impact.SAFE or finding.request is Impact.SAFE:
            continue
        spoken = sum(word.casefold() in said for word in re.findall(r"\w+", finding.address))
        weight = (int(finding.impact), spoken, near)
        if best is None or weight > best[0]:
            best = (weight, index)
    return best[1] if best is not None else None


def _nearness(finding: Finding, name: str) -> int:
    address = finding.address.casefold()
    if address == name:
        return 4
    if address.partition("(")[0] == name:  # an argument of the field that is refused
        return 3
    if name.partition("(")[0] == address:  # the field whose argument is refused
        return 3
    if name.rpartition(".")[0] == address:  # the type whose field is refused
        return 2
    return int(address.rpartition(".")[0] == name)  # a member of the type that is refused


def _by_operation(refusals: Iterable[Refusal]) -> dict[str, list[Refusal]]:
    found: dict[str, list[Refusal]] = {}
    for refusal in refusals:
        found.setdefault(refusal.operation.name, []).append(refusal)
    return found


def _told(refusals: Sequence[Refusal]) -> str:
    """One line: the first operation with file and line, and how many more."""
    first = refusals[0]
    others = sorted({refusal.operation.name for refusal in refusals} - {first.operation.name})
    more = f"; so do {', '.join(others[:3])}" + (f" and {len(others) - 3} more" if len(others) > 3 else "") if others else ""
    return f"operation `{first.operation.name}` of ours ({first.where}) becomes invalid: {first.message}{more}"
