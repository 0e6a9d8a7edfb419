"""From what shows our use (GraphQL documents, Pact files, HAR recordings, declared operations) to the names of a schema.

`pact` and `har` read files into calls without any value, `graphql_documents` checks documents. `understand` meets them with
a schema and says what it made of each source; `resolved` is the use that all of them make together, for `compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas import formats
from schemas.change import Finding
from schemas.lens import Lens
from schemas.usage import Usage
from schemas.usages.recorded import Understood

__all__ = ["Understood", "resolved", "understand", "with_operations"]


_UNMET = {
    "calls": "recordings are understood against an OpenAPI description, and this is {format}",
    "documents": "GraphQL documents are understood against a GraphQL schema, and this is {format}",
}


def understand(usage: Usage, format: str, schema: Any) -> Understood:
    """What `usage` means in `schema`, read by the format of that name: the use, and what could not be matched and why."""
    if format == "openapi":
        from schemas.usages import openapi_names

        met = openapi_names.meet(usage, schema)
    elif format == "graphql":
        from schemas.usages import graphql_names

        met = graphql_names.meet(usage, schema)
    elif format == "salesforce":
        from schemas.usages import salesforce_names

        met = salesforce_names.meet(usage, schema)
    elif isinstance(found := formats.load(format), formats.Naming) and usage.declared:
        from schemas.usages import declared

        met = declared.meet(usage, *found.names(schema))
    else:
        met = Understood(usage=replace(usage, documents=(), calls=()))
    unmet = [
        (f"{len(given)} {word}", _UNMET[word].format(format=format))
        for word, given, home in (("calls", usage.calls, "openapi"), ("documents", usage.documents, "graphql"))
        if given and format != home
    ]
    return Understood(usage=met.usage, unmatched=(*met.unmatched, *unmet), matched=met.matched)


def resolved(usage: Usage, format: str, schema: Any) -> Usage:
    """`usage` in the names of `schema`, nothing left to match. Declared use that names nothing of it is no declaration."""
    return understand(usage, format, schema).usage


def with_operations(findings: Sequence[Finding], lens: Lens, old: Any, new: Any) -> Sequence[Finding]:
    """The findings between two GraphQL schemas, met with whole operations of ours: which of them the new schema refuses."""
    from schemas.usages import graphql_verdict

    return tuple(graphql_verdict.with_operations(findings, old, new, lens))
