"""Declared names and those of SOQL queries, met with a describe answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemas.usage import Usage
from schemas.usages.recorded import Understood

if TYPE_CHECKING:
    from schemas.salesforce.describe import Describe, SObject

_UNKNOWN = "the describe answer has no such field or relationship"


def meet(usage: Usage, describe: Describe) -> Understood:
    """What `usage` means here. Use of an object of which no name is found is no declaration for it: it may be misspelt.

    Names of other objects are left as they are: the targets of a block share one usage, and each describes one object.
    """
    described = {name.casefold(): found for name, found in describe.objects.items()}
    unknown, mentioned, known = list[str](), set[str](), set[str]()
    for each in sorted(usage.fields):
        owner, _, member = each.partition(".")
        found = described.get(owner.casefold())
        if found is None:
            continue
        mentioned.add(owner.casefold())
        if member and member != "*" and not _has(found, member.partition(".")[0].casefold()):
            unknown.append(each)
        else:
            known.add(owner.casefold())
    known |= {each.casefold() for each in usage.objects}
    if describe.whole and mentioned and not mentioned & known:
        usage = replace(usage, operations=frozenset(), fields=frozenset(), objects=frozenset())
    return Understood(
        usage=replace(usage, documents=(), calls=()),
        unmatched=tuple((each, _UNKNOWN) for each in unknown),
    )


def _has(found: SObject, member: str) -> bool:
    """Whether the object has the field or the relationship; the global list tells neither."""
    if found.fields is None:
        return True
    names = {name.casefold() for name in (*found.fields, *(found.children or ()))}
    names |= {name.casefold() for field in found.fields.values() if (name := field.texts.get("relationshipName"))}
    return member in names
