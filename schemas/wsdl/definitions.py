"""The definitions of a schema, read from their nodes when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from lxml import etree

from schemas import xml
from schemas.wsdl.model import XSD, Complex, Element, Name, Simple
from schemas.wsdl.written import Key, Node, Scope, Written, original, outer

_MOST = 10_000
"""Bounds above this are no bounds: a reader would not hold so many apart."""
_TEXT = f"{{{XSD}}}string"
_ANYTHING = f"{{{XSD}}}anyType"
_COMPLEX, _SIMPLE = f"{{{XSD}}}complexType", f"{{{XSD}}}simpleType"
_CONTENTS = (f"{{{XSD}}}complexContent", f"{{{XSD}}}simpleContent")
_DERIVED = (f"{{{XSD}}}extension", f"{{{XSD}}}restriction")
_VALUE = f"{{{XSD}}}enumeration"
_PARTICLES = {f"{{{XSD}}}{kind}": kind for kind in ("element", "sequence", "all", "choice", "group", "any")}
_ATTRIBUTES = (f"{{{XSD}}}attribute", f"{{{XSD}}}attributeGroup")

V = TypeVar("V")


class _Known(Mapping[Name, V]):
    """Definitions of one kind: those at the top by their nodes, and the anonymous ones that stand in what was read."""

    def __init__(self, definitions: Definitions, kind: str, made: dict[Name, V]) -> None:
        self._definitions, self._kind, self._made = definitions, kind, made

    def get(self, name: Name, otherwise: object = None) -> V | None:  # type: ignore[override]  # because None stands for itself
        found = self._made.get(name)
        if found is None:
            self._definitions.open(self._kind, name)
            found = self._made.get(name)
        return found

    def __getitem__(self, name: Name) -> V:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (
            Key(self._kind, name) in self._definitions.written.nodes or (name.endswith("/") and self.get(name) is not None)
        )

    def __iter__(self) -> Iterator[Name]:
        for key in self._definitions.written.nodes:
            self._definitions.open(key.kind, key.name)
            if key.kind == "element":
                self._definitions.open(self._kind, f"{key.name}/")
        return iter(tuple(self._made))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Definitions:
    """Reads each definition once. How deep they stand in each other is bounded by the parser, and by `schemas.wsdl.groups`."""

    def __init__(self, written: Written) -> None:
        self.written = written
        self._opened: set[Key] = set()
        self._elements: dict[Name, Element] = {}
        self._complex: dict[Name, Complex] = {}
        self._simple: dict[Name, Simple] = {}
        self.elements: Mapping[Name, Element] = _Known(self, "element", self._elements)
        self.complex: Mapping[Name, Complex] = _Known(self, "complexType", self._complex)
        self.simple: Mapping[Name, Simple] = _Known(self, "simpleType", self._simple)

    def open(self, kind: str, name: Name) -> None:
        """Read the definition, with every anonymous one in it; of an anonymous one, what it may stand in."""
        if name.endswith("/"):
            self._open(Key("contents", outer(name)), "element")
            self._open(Key("complexType", outer(name)))
        else:
            self._open(Key(kind, name))

    def _open(self, key: Key, found_as: str = "") -> None:
        """The contents of an element are opened apart from it, since they may refer to it."""
        node = self.written.nodes.get(Key(found_as or key.kind, key.name))
        if node is None or key in self._opened:
            return
        self._opened.add(key)
        match key.kind:
            case "element":
                self._elements[key.name] = self._element(node.element, f"{key.name}/", node.scope, depth=-1)
            case "contents":
                self._type_of(node.element, f"{key.name}/", 0, node.scope)
            case "complexType":
                self._type(node.element, key.name, 0, node.scope)
            case "simpleType":
                self._text(node.element, key.name, node.scope)

    def _element(self, each: etree._Element, inside: Name, scope: Scope, choice: bool = False, depth: int = 0) -> Element:
        """`inside` is what an anonymous type of it is called."""
        said = each.attrib
        least, most = _bounds(each)
        head = said.get("substitutionGroup")
        return Element(
            least=least,
            most=most,
            name=said.get("name", ""),
            type=self._type_of(each, inside, depth, scope),
            nillable=said.get("nillable") in ("true", "1"),
            default=said.get("default"),
            fixed=said.get("fixed"),
            choice=choice,
            head=scope.full(each, head) if head else "",
        )

    def _type_of(self, each: etree._Element, inside: Name, depth: int, scope: Scope) -> Name:
        if written := each.get("type"):
            return scope.full(each, written)
        for child in each:
            if child.tag == _COMPLEX or child.tag == _SIMPLE:
                if depth < 0:
                    pass  # read when somebody asks
                elif child.tag == _COMPLEX:
                    self._type(child, inside, depth + 1, scope)
                else:
                    self._text(child, inside, scope)
                return inside
        return _ANYTHING

    def _referred(self, each: etree._Element, written: str, scope: Scope, choice: bool) -> Element:
        """A reference as the element it refers to, as often as the reference says."""
        least, most = _bounds(each)
        name = scope.full(each, written)
        found = self.elements.get(name)
        if found is None:
            return Element(name=name.rpartition("}")[2], type=name, choice=choice, least=least, most=most)
        return found._replace(least=least, most=most, choice=choice, head=name)

    def _type(self, each: etree._Element, name: Name, depth: int, scope: Scope) -> None:
        base, text, body = "", "", each
        for content in each.iterchildren(*_CONTENTS):
            for derived in content.iterchildren(*_DERIVED):
                body, parent = derived, scope.full(derived, derived.get("base", ""))
                if parent == name:
                    parent = original(name)
                if content.tag == _CONTENTS[1]:
                    text = parent
                elif derived.tag == _DERIVED[0]:
                    base = parent
        members = list(self._particles(body, name, depth, scope, choice=False))
        self._complex[name] = Complex(
            name=name,
            base=base,
            elements=tuple(one for one in members if one is not None),
            attributes=tuple(self._attributes(body, name, depth, scope)),
            open=None in members,
            ordered=body.find(f"{{{XSD}}}all") is None,
            text=text,
        )

    def _particles(
        self, body: etree._Element, owner: Name, depth: int, scope: Scope, *, choice: bool
    ) -> Iterator[Element | None]:
        """Every element in order; None for a place that any element may take."""
        for each in body:
            match _PARTICLES.get(each.tag):
                case "element":
                    if written := each.get("ref"):
                        yield self._referred(each, written, scope, choice)
                    else:
                        yield self._element(each, f"{owner.removesuffix('/')}/{each.get('name')}/", scope, choice, depth)
                case "sequence" | "all" | "choice" as kind:
                    least, most = _bounds(each)
                    for one in self._particles(each, owner, depth + 1, scope, choice=choice or kind == "choice"):
                        yield one if one is None or (least, most) == (1, 1) else _within(one, least, most)
                case "group":
                    group = self._group("group", each, scope)
                    if group is not None:
                        yield from self._particles(group.element, owner, depth + 1, group.scope, choice=choice)
                case "any":
                    yield None

    def _group(self, kind: str, each: etree._Element, scope: Scope) -> Node | None:
        return self.written.nodes.get(Key(kind, scope.full(each, each.get("ref", ""))))

    def _attributes(self, body: etree._Element, owner: Name, depth: int, scope: Scope) -> Iterator[Element]:
        for each in body.iterchildren(*_ATTRIBUTES):
            if each.tag == _ATTRIBUTES[1]:
                group = self._group("attributeGroup", each, scope)
                if group is not None:
                    yield from self._attributes(group.element, owner, depth + 1, group.scope)
            elif each.get("use") != "prohibited":
                name = each.get("name") or scope.full(each, each.get("ref", "")).rpartition("}")[2]
                written = self._type_of(each, f"{owner}/@{name}/", depth, scope)
                yield Element(
                    name=f"@{name}",
                    type=_TEXT if written == _ANYTHING else written,
                    least=int(each.get("use") == "required"),
                    default=each.get("default"),
                    fixed=each.get("fixed"),
                    attribute=True,
                )

    def _text(self, each: etree._Element, name: Name, scope: Scope) -> None:
        base, values, facets, listed = _TEXT, list[str](), dict[str, str](), False
        for derived in each:
            match xml.local(derived):
                case "restriction":
                    base = scope.full(derived, derived.get("base", "")) if derived.get("base") else base
                    base = original(name) if base == name else base
                    values += [facet.get("value", "") for facet in derived.iterchildren(_VALUE)]
                    for facet in () if len(values) == len(derived) else derived:
                        kind, value = xml.local(facet), facet.get("value", "")
                        if kind == "enumeration":
                            continue
                        if kind == "pattern" and "pattern" in facets:
                            facets["pattern"] += f"|{value}"
                        elif kind not in ("annotation", "simpleType", "whiteSpace"):
                            facets[kind] = value
                case "list":
                    base, listed = scope.full(derived, derived.get("itemType", "")) if derived.get("itemType") else base, True
                case "union":
                    facets["union"] = " ".join(sorted(scope.full(derived, one) for one in derived.get("memberTypes", "").split()))
        self._simple[name] = Simple(name=name, base=base, values=tuple(dict.fromkeys(values)), facets=facets, listed=listed)


def _bounds(each: etree._Element) -> tuple[int, int | None]:
    """How often it stands there at least and at most."""
    least, most = each.get("minOccurs"), each.get("maxOccurs")
    return (1 if least is None else _number(least) or 0), (1 if most is None else _number(most))


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > _MOST:
        return None
    return int(text)


def _within(one: Element, least: int, most: int | None) -> Element:
    """An element as often as it may stand there in a group that stands there so often."""
    many = None if most is None or one.most is None else one.most * most
    return one._replace(least=one.least * least, most=many)
