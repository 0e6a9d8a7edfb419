"""Which type is made of which, and which operation carries it."""

from __future__ import annotations

from collections import defaultdict

from schemas.reach import Edges
from schemas.wsdl.model import Name, Operation, Service


def edges(service: Service) -> Edges:
    """A type holds what it is made of; and what derives from it may stand wherever it may, so it holds that too."""
    holders, sent, answered = (
        defaultdict[Name, set[Name]](set),
        defaultdict[Name, set[str]](set),
        defaultdict[Name, set[str]](set),
    )
    for name in (*service.complex, *service.simple):
        for used in service.uses(name):
            holders[used].add(name)
    for name, made in service.complex.items():
        if made.base:
            holders[name].add(made.base)
    for operation in service.operations.values():
        for name in (*(part for _, part in operation.sends), *operation.headers):
            sent[_typed(service, name)].add(operation.name)
        for name in _answers(operation):
            answered[_typed(service, name)].add(operation.name)
    return Edges(holders, sent, answered)


def _typed(service: Service, name: Name) -> Name:
    element = service.elements.get(name)
    return name if element is None else element.type


def _answers(operation: Operation) -> tuple[Name, ...]:
    """What its answer and its faults are made of."""
    given = (*(operation.answers or ()), *(part for parts in operation.faults.values() for part in parts))
    return tuple(name for _, name in given)
