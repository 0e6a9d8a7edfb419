"""Declared names and documents of ours, met with a GraphQL schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas.usage import Usage
from schemas.usages.recorded import Understood

if TYPE_CHECKING:
    from schemas.graphql.schema import Schema


def meet(usage: Usage, schema: Schema) -> Understood:
    """What `usage` means here. Declared use of which nothing is found here is no declaration; it may be misspelt."""
    types = {each.casefold(): each for each in schema.types}
    unknown = [each for each in sorted(usage.operations | usage.fields | usage.objects) if not _known(each, schema, types)]
    written = len(usage.operations) + len(usage.fields) + len(usage.objects)
    met = Usage(proven=usage.proven)
    if len(unknown) < written:
        met |= Usage(operations=usage.operations, fields=usage.fields, objects=usage.objects)
    lost = tuple((each, "the schema has no such name") for each in unknown)
    if not usage.documents:
        return Understood(usage=met, unmatched=lost)
    from schemas.usages.graphql_documents import operations  # graphql-core takes long to import
    from schemas.usages.graphql_walk import Walk

    walk = Walk(schema)
    ours, loose = operations(usage.documents)
    for operation in ours:
        walk.operation(operation)
    for fragment in loose.values():
        walk.fragment(fragment)
    return Understood(
        usage=met | (Usage(fields=frozenset(walk.fields), objects=frozenset(walk.objects)) if walk.met else Usage()),
        unmatched=(*lost, *dict.fromkeys(walk.unmatched)),
        matched=len(ours),
    )


def _known(name: str, schema: Schema, types: Mapping[str, str]) -> bool:
    """Whether the schema has the name; `types` are its types by their names in lower case."""
    owner, _, member = name.partition("(")[0].partition(".")
    if owner.startswith("@"):
        return owner[1:] in schema.directives
    if owner == "*":
        return True
    if owner.casefold() not in types:
        return False
    found = schema.type(types[owner.casefold()])
    members = {each.casefold() for each in (*found.fields, *found.inputs, *found.values)}
    return member in ("", "*", "__typename") or member.casefold() in members
