"""Which type is made of which, and which operation carries it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from schemas.reach import Edges
from schemas.wsdl.groups import named
from schemas.wsdl.model import Name, Operation, Service
from schemas.wsdl.written import Key, Node, outer


def edges(service: Service) -> Edges:
    """A type holds what it is made of; and what derives from it may stand wherever it may, so it holds that too.

    An anonymous type is one with the definition around it, as `holder` calls it.
    """
    holders, sent, answered = (
        defaultdict[Name, set[Name]](set),
        defaultdict[Name, set[str]](set),
        defaultdict[Name, set[str]](set),
    )
    for key, node in service.written.nodes.items():
        own = _called(key)
        for used in _uses(service, node):
            holders[used].add(own)
    for base, names in service.written.derived().items():
        for name in names:
            holders[name].add(base)
    for operation in service.operations.values():
        for name in (*(part for _, part in operation.sends), *operation.headers):
            sent[_typed(service, name)].add(operation.name)
        for name in _answers(operation):
            answered[_typed(service, name)].add(operation.name)
    return Edges(holders, sent, answered)


def holder(service: Service, name: Name) -> Name:
    """The name that a type has among the edges."""
    top = outer(name)
    if top == name or name == f"{top}/":
        return name
    return f"{top}/" if Key("element", top) in service.written.nodes else top


def _called(key: Key) -> Name:
    if key.kind == "element":
        return f"{key.name}/"
    return key.name if key.kind in ("complexType", "simpleType") else f"{key.kind} {key.name}"


def _uses(service: Service, node: Node) -> Iterator[Name]:
    for each in node.element.iter():
        for attribute in ("type", "base", "itemType"):
            if written := each.get(attribute):
                yield node.scope.full(each, written)
        if written := each.get("ref"):
            name, kind = node.scope.full(each, written), named(each)
            yield _typed(service, name) if kind is None else f"{kind} {name}"


def _typed(service: Service, name: Name) -> Name:
    element = service.elements.get(name)
    return name if element is None else element.type


def _answers(operation: Operation) -> tuple[Name, ...]:
    """What its answer and its faults are made of."""
    given = (*(operation.answers or ()), *(part for parts in operation.faults.values() for part in parts))
    return tuple(name for _, name in given)
