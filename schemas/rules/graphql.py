"""What a change of a GraphQL schema means: ground rule 14 of the catalogue, and the specification's rules of validity.

A query that names what is gone fails as a whole, so a removed output breaks what we send as well as what we read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

_INVALID = "an operation that names it no longer validates, and fails as a whole"
_INPUT = "a value or variable that fitted is refused before anything runs"
_FRAGMENT = "a fragment on it no longer validates, and the operation fails as a whole"

RULES = (
    row("gql.type.removed", "named type gone", "B B", _INVALID),
    row("gql.type.kind-changed", "object to union and the like", "B B", "its selections and fragments no longer validate"),
    row("gql.field.removed", "field gone", "B B", _INVALID),
    row(
        "gql.field.type-changed",
        "incompatible named or list type",
        "B B",
        "its selection may no longer validate, and its value is of another kind",
    ),
    row("gql.field.nullable", "`T!` to `T` at any list level", "S B", "a null arrives where none ever could"),
    row("gql.enum.value-removed", "value gone", "B B", "a literal or variable of that value is refused"),
    row("gql.arg.removed", "argument gone", "B -", _INVALID),
    row("gql.arg.type-changed", "incompatible input type", "B -", _INPUT),
    row("gql.arg.required-added", "non-null without default (with one: S)", "B -", "operations of today leave it out"),
    row("gql.arg.default-changed", "default differs", "R -", "whoever leaves it out gets another result, without an error"),
    row("gql.input.field-removed", "input field gone", "B -", _INPUT),
    row("gql.input.field-required-added", "non-null without default", "B -", "values of today leave it out"),
    row(
        "gql.interface.added",
        "type implements one more",
        "- R",
        "what is read through the interface may be of one more type",
        widens=True,
    ),
    row("gql.directive.removed", "directive, its argument or location gone", "B -", _INVALID),
    row(
        "gql.union.member-added",
        "new possible type",
        "- R",
        "a reader that switches over `__typename` meets one more",
        widens=True,
    ),
    row("gql.union.member-removed", "a fragment becomes invalid", "- B", _FRAGMENT),
    row("gql.interface.removed", "type no longer implements", "- B", _FRAGMENT),
    row(
        "gql.operation.invalid",
        "an operation of ours is refused by the new schema, and no edit by itself explains it",
        "B -",
        "the server answers it with errors and without data",
    ),
    row(
        "gql.introspection-off",
        "introspection refused; our own operations are validated instead",
        "N N",
        "the schema cannot be watched, though it may be as it was",
    ),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "type added": "no field that we select leads to it; the field that does has its own finding",
        "directive added": "no operation of ours names it",
        "description, order, comments": "they say nothing to a client",
        "applied directives": "introspection does not show them; deprecated, oneOf and specifiedBy are compared as facts",
        "specifiedBy gained": "a description of what the scalar was already",
        "optional argument added": "the reference tool calls it dangerous; leaving it out means what it meant before",
    }
)
"""What may differ without a risky or breaking finding, and why."""
