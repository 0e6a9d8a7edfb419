"""Groups stand for what is in them wherever they are named: looked at once, before anybody unfolds what would never end."""

from __future__ import annotations

from lxml import etree

from schemas.errors import Unreadable
from schemas.wsdl.model import XSD
from schemas.wsdl.written import Key, Node, Written

_DEEP = 100
_LARGE = 100_000
_NAMED = {f"{{{XSD}}}group": "group", f"{{{XSD}}}attributeGroup": "attributeGroup"}


def refuse_tangled(written: Written) -> None:
    """Raise `Unreadable` for groups in circles, and for those that unfold to more than anybody writes."""
    sizes: dict[Key, tuple[int, int]] = {}
    for key, node in written.nodes.items():
        if key.kind in _NAMED.values():
            _size(key, node, written, sizes, 0)


def _size(key: Key, node: Node, written: Written, sizes: dict[Key, tuple[int, int]], above: int) -> tuple[int, int]:
    """How many nodes a group unfolds to, and how many groups stand inside of each other below it."""
    if key in sizes:
        return sizes[key]
    if above > _DEEP:
        raise Unreadable(f"more than {_DEEP} groups stand inside of each other", where=f"line {node.line}")
    count, deep = 0, 0
    for each in node.element.iter():
        count += 1
        name = each.get("ref")
        kind = _NAMED.get(str(each.tag))
        if kind is not None and name:
            inner = Key(kind, node.scope.full(each, name))
            if inner in written.nodes:
                more, below = _size(inner, written.nodes[inner], written, sizes, above + 1)
                count, deep = count + more, max(deep, below + 1)
    if count > _LARGE or deep > _DEEP:
        raise Unreadable(
            f"more than {_DEEP} groups stand inside of each other"
            if deep > _DEEP
            else f"a group that unfolds to more than {_LARGE:,} elements is not read",
            where=f"line {node.line}",
        )
    sizes[key] = count, deep
    return sizes[key]


def named(each: etree._Element) -> str | None:
    """The kind of group that an element names; None for any other element."""
    return _NAMED.get(str(each.tag)) if each.get("ref") else None
