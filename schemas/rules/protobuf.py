"""What a change of a protocol buffers schema means: ground rule 15 of the catalogue.

The field number is the identity. Names matter to who reads JSON or text, order to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

RULES = (
    row("proto.rpc.removed", "method or service gone", "B B", "the call is answered with UNIMPLEMENTED"),
    row(
        "proto.type.removed",
        "message, enum, extension or package gone",
        "B B",
        "what names it no longer compiles, and its data stays away",
    ),
    row("proto.rpc.stream-changed", "unary to streaming or back", "B B", "both ends wait for another number of messages"),
    row("proto.rpc.type-changed", "request or response message", "B B", "the bytes are read as another message"),
    row(
        "proto.field.number-reused",
        "the number means another field",
        "B B",
        "what was one field is read as another, without an error",
    ),
    row(
        "proto.field.removed",
        "gone (res: R on the wire if reserved, B for JSON)",
        "R B",
        "what we send in it is dropped; what we read of it is unset for ever",
    ),
    row(
        "proto.field.wire-incompatible", "type outside its wire group", "B B", "the bytes do not parse, or parse as another value"
    ),
    row(
        "proto.field.type-changed",
        "another type of the same wire group, or another message or enum that differs",
        "R R",
        "it still parses, but values may be cut, or mean another thing, and JSON writes them in another way",
    ),
    row("proto.field.renamed", "JSON or text users only", "B+ B+", "JSON and text name fields and values; the wire does not"),
    row(
        "proto.field.cardinality",
        "repeated to single or back, required, oneof as in ground rule 15",
        "B B",
        "one end counts on how often the field stands there, or on what it excludes",
    ),
    row(
        "proto.field.presence-lost",
        "explicit presence to implicit",
        "R R",
        "a field that is set to its default can no longer be told from one that is not set",
    ),
    row(
        "proto.oneof.member-added",
        "a new member of a oneof",
        "S R",
        "a reader that does not know the member finds none of the oneof set",
        widens=True,
    ),
    row(
        "proto.enum.number-changed",
        "value renumbered or removed",
        "B B",
        "a number that is stored or sent means another value, or none",
    ),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "definition added": "nothing of ours names it",
        "field added": "readers of today pass over it, writers of today leave it out; a required one has its finding",
        "implicit presence to explicit": "the bytes are the same; more can be told",
        "one field into a new oneof": "a lone member excludes nothing",
        "oneof renamed": "only generated code names it",
        "packed": "every parser reads both ways of writing",
        "reserved": "it only forbids; a number that comes back has its finding",
        "syntax and file": "what they mean for a field, an enum or a name is compared there",
        "options and comments": "they say nothing to the wire",
        "enum closed or opened": "what becomes of unknown numbers in the reader is the reader's own",
    }
)
"""What may differ without a finding, and why."""
