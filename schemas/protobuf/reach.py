"""From a message or enum to the calls whose bytes it is in."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from schemas.change import Direction
from schemas.protobuf.model import Schema


class Reach:
    """What of a schema is sent and what is read. Built on first use, each answer kept."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    @cached_property
    def _holders(self) -> dict[str, set[str]]:
        """By the name of a type, the messages with a field of it."""
        holders: defaultdict[str, set[str]] = defaultdict(set)
        for message in self._schema.messages.values():
            for field in message.fields.values():
                if field.named:
                    holders[field.named].add(message.name)
        for (extended, _), (_, field) in self._schema.extensions.items():
            if field.named:
                holders[field.named].add(extended)
        return holders

    @cached_property
    def _calls(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        sent: defaultdict[str, set[str]] = defaultdict(set)
        answered: defaultdict[str, set[str]] = defaultdict(set)
        for name, method in self._schema.operations():
            sent[method.sends].add(name)
            answered[method.answers].add(name)
        return sent, answered

    def _of(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """The calls that send it, and those that answer with it."""
        if name not in self._known:
            around, waiting = {name}, [name]
            while waiting:
                fresh = self._holders.get(waiting.pop(), set()) - around
                around |= fresh
                waiting += fresh
            sent, answered = self._calls
            self._known[name] = (
                frozenset(call for each in around for call in sent.get(each, ())),
                frozenset(call for each in around for call in answered.get(each, ())),
            )
        return self._known[name]

    def to(self, name: str) -> tuple[str, ...]:
        """The calls whose request or answer holds the type, sorted."""
        sent, answered = self._of(name)
        return tuple(sorted(sent | answered))

    def occurs(self, name: str) -> Direction:
        """Whether it is only ever sent or only ever read. What no call reaches may be either (events, files)."""
        sent, answered = self._of(name)
        if bool(sent) == bool(answered):
            return Direction.BOTH
        return Direction.REQUEST if sent else Direction.RESPONSE
