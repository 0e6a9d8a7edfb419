"""Which message holds which type, and which call carries it."""

from __future__ import annotations

from collections import defaultdict

from schemas.protobuf.model import Schema
from schemas.reach import Edges


def edges(schema: Schema) -> Edges:
    """Fields and extensions hold their types; a call sends one message and answers with another."""
    holders, sent, answered = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for message in schema.messages.values():
        for field in message.fields.values():
            holders[field.named].add(message.name)
    for (extended, _), (_, field) in schema.extensions.items():
        holders[field.named].add(extended)
    for name, method in schema.operations():
        sent[method.sends].add(name)
        answered[method.answers].add(name)
    return Edges(holders, sent, answered)
