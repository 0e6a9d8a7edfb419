"""From a type to the operations whose messages it is in."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from schemas.change import Direction
from schemas.wsdl.model import Name, Operation, Service


class Reach:
    """What of a service is sent and what is read. What derives from a type may stand wherever the type may."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._known: dict[Name, tuple[frozenset[str], frozenset[str]]] = {}

    @cached_property
    def _holders(self) -> dict[Name, set[Name]]:
        holders: defaultdict[Name, set[Name]] = defaultdict(set)
        for name in (*self._service.complex, *self._service.simple):
            for used in self._service.uses(name):
                holders[used].add(name)
        for name, made in self._service.complex.items():
            if made.base:
                holders[name].add(made.base)
        return holders

    @cached_property
    def _calls(self) -> tuple[dict[Name, set[str]], dict[Name, set[str]]]:
        sent: defaultdict[Name, set[str]] = defaultdict(set)
        answered: defaultdict[Name, set[str]] = defaultdict(set)
        for operation in self._service.operations.values():
            for name in (*(part for _, part in operation.sends), *operation.headers):
                sent[self._typed(name)].add(operation.name)
            for name in answers(operation):
                answered[self._typed(name)].add(operation.name)
        return sent, answered

    def _typed(self, name: Name) -> Name:
        element = self._service.elements.get(name)
        return name if element is None else element.type

    def _of(self, name: Name) -> tuple[frozenset[str], frozenset[str]]:
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

    def to(self, name: Name) -> tuple[str, ...]:
        """The operations whose request or answer holds the type, sorted."""
        sent, answered = self._of(name)
        return tuple(sorted(sent | answered))

    def occurs(self, name: Name) -> Direction:
        """Whether it is only ever sent or only ever read. A bare schema may be either."""
        sent, answered = self._of(name)
        if bool(sent) == bool(answered):
            return Direction.BOTH
        return Direction.REQUEST if sent else Direction.RESPONSE


def answers(operation: Operation) -> tuple[Name, ...]:
    """What its answer and its faults are made of."""
    given = (*(operation.answers or ()), *(part for parts in operation.faults.values() for part in parts))
    return tuple(name for _, name in given)
