"""Declared names, met with a schema whose format tells which operations and members it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import replace

from schemas.usage import Usage
from schemas.usages.recorded import Understood

_UNKNOWN_OPERATION = "the document has no such operation"
_UNKNOWN_NAME = "the document has no such member"


def meet(usage: Usage, operations: Set[str], members: Set[str]) -> Understood:
    """What `usage` means here. Declared use of which nothing is found here is no declaration; it may be misspelt.

    An operation may be named by its end, `Orders/Get` or `Get` for `acme.v1.Orders/Get`; a member as `Order.total`, its owner
    as `Order` or `Order.*`, and what is deeper inside of it as `Order.total.units`.
    """
    ends = defaultdict[str, set[str]](set)
    for each in operations:
        for end in _ends(each):
            ends[end].add(each)
    meant = {each: frozenset((each,)) if each in operations else ends.get(each, frozenset()) for each in usage.operations}
    known = _known(members)
    fields = [*usage.fields, *usage.objects]
    lost = sorted(each for each in fields if not _is_known(each.casefold().removesuffix(".*"), known))
    strange = sorted(each for each, found in meant.items() if not found)
    met = len(strange) < len(meant) or len(lost) < len(fields)
    usage = replace(usage, documents=(), calls=())
    if met:
        usage = replace(usage, operations=frozenset(each for found in meant.values() for each in found))
    else:
        usage = replace(usage, operations=frozenset(), fields=frozenset(), objects=frozenset())
    unmatched = [(each, _UNKNOWN_OPERATION) for each in strange] + [(each, _UNKNOWN_NAME) for each in lost]
    return Understood(usage=usage, unmatched=tuple(unmatched))


def _ends(operation: str) -> Iterable[str]:
    service, _, call = operation.rpartition("/")
    return [call, f"{service.rpartition('.')[2]}/{call}"] if service else []


def _known(members: Set[str]) -> frozenset[str]:
    """The members, their owners, and the last part of each, which names it wherever it is."""
    found = set[str]()
    for each in members:
        folded = each.casefold()
        owner, _, last = folded.rpartition(".")
        found |= {folded, owner, last}
    return frozenset(found)


def _is_known(name: str, known: frozenset[str]) -> bool:
    """Whether the name, or what stands around it, is known: what is deeper inside is left to whoever wrote it. Of an owner
    alone that is not enough."""
    while name not in known:
        name, dot, _ = name.rpartition(".")
        if not dot or "." not in name:
            return False
    return True
