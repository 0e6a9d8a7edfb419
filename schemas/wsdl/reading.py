"""A WSDL 1.1 or a bare XML Schema into the model. What is imported from elsewhere is known by its name alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import cast

from lxml import etree

from schemas import xml
from schemas.errors import Unreadable
from schemas.wsdl.model import XSD, Complex, Element, Name, Operation, Service, Simple

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_WSDL_2 = "http://www.w3.org/ns/wsdl"
_SOAP = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
_MOST = 10_000
"""Bounds above this are no bounds: a reader would not hold so many apart."""
_DEEP = 100
_REF = "ref "
"""Before the name of an element at the top, until all of those are known."""

Parts = tuple[tuple[str, Name], ...]


def read(raw: bytes) -> Service:
    """Raises `Unreadable`."""
    root = xml.read(raw)
    if xml.namespace(root) == _WSDL_2:
        raise Unreadable("WSDL 2.0 is not read", hint="most services offer WSDL 1.1 at the same address with `?wsdl`")
    if xml.local(root) == "schema" and xml.namespace(root) == XSD:
        reader = _Reader()
        reader.schema(root)
        return reader.service(root)
    if xml.local(root) != "definitions" or xml.namespace(root) != _WSDL:
        raise Unreadable(
            f"no WSDL: the root is <{xml.local(root)}>", hint="it is often served at the service's address with `?wsdl`"
        )
    reader = _Reader()
    for schema in root.iterfind(f"{{{_WSDL}}}types/{{{XSD}}}schema"):
        reader.schema(schema)
    return reader.service(root)


@dataclass(slots=True)
class _Reader:
    elements: dict[Name, Element] = field(default_factory=dict)
    complex: dict[Name, Complex] = field(default_factory=dict)
    simple: dict[Name, Simple] = field(default_factory=dict)
    qualified: dict[str, bool] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    groups: dict[Name, etree._Element] = field(default_factory=dict)
    target: str = ""

    def schema(self, schema: etree._Element) -> None:
        self.target = schema.get("targetNamespace", "")
        if len(schema):
            self.qualified[self.target] = schema.get("elementFormDefault") == "qualified"
        for each in schema.iterchildren(f"{{{XSD}}}group", f"{{{XSD}}}attributeGroup"):
            self.groups[self._own(each.get("name", ""))] = each
        for each in schema.iterchildren():
            name = self._own(each.get("name", ""))
            match xml.local(each):
                case "element":
                    self._line(each, name)
                    self.elements[name] = self._element(each, f"{name}/")
                case "complexType":
                    self._complex(each, name, 0)
                case "simpleType":
                    self._simple(each, name)

    def _own(self, name: str) -> Name:
        return f"{{{self.target}}}{name}"

    def _line(self, each: etree._Element, name: Name) -> None:
        self.lines.setdefault(name, cast(int, each.sourceline))

    def _full(self, each: etree._Element, written: str) -> Name:
        prefix, _, last = written.rpartition(":")
        return f"{{{each.nsmap.get(cast(str, prefix or None), '' if prefix else self.target)}}}{last}"

    def _element(self, each: etree._Element, inside: Name, *, choice: bool = False, depth: int = 0) -> Element:
        """`inside` is what an anonymous type of it is called."""
        least, most = _bounds(each)
        if written := each.get("ref"):
            name = self._full(each, written)
            return Element(name=name.rpartition("}")[2], type=f"{_REF}{name}", choice=choice, least=least, most=most)
        return Element(
            least=least,
            most=most,
            name=each.get("name", ""),
            type=self._type_of(each, inside, depth),
            nillable=each.get("nillable") in ("true", "1"),
            default=each.get("default"),
            fixed=each.get("fixed"),
            choice=choice,
            head=self._full(each, each.get("substitutionGroup", "")) if each.get("substitutionGroup") else "",
        )

    def _type_of(self, each: etree._Element, inside: Name, depth: int) -> Name:
        if written := each.get("type"):
            return self._full(each, written)
        for child in each.iterchildren(f"{{{XSD}}}complexType"):
            self._complex(child, inside, depth + 1)
            return inside
        for child in each.iterchildren(f"{{{XSD}}}simpleType"):
            self._simple(child, inside)
            return inside
        return f"{{{XSD}}}anyType"

    def _complex(self, each: etree._Element, name: Name, depth: int) -> None:
        if depth > _DEEP:
            raise Unreadable(f"more than {_DEEP} types stand inside of each other", where=f"line {each.sourceline}")
        self._line(each, name)
        base, text, body = "", "", each
        for content in each.iterchildren(f"{{{XSD}}}complexContent", f"{{{XSD}}}simpleContent"):
            for derived in content.iterchildren(f"{{{XSD}}}extension", f"{{{XSD}}}restriction"):
                body, parent = derived, self._full(derived, derived.get("base", ""))
                if xml.local(content) == "simpleContent":
                    text = parent
                elif xml.local(derived) == "extension":
                    base = parent
        members = list(self._particles(body, name, depth, choice=False))
        self.complex[name] = Complex(
            name=name,
            base=base,
            elements=tuple(one for one in members if one is not None and not one.attribute),
            attributes=tuple(self._attributes(body, name, depth)),
            open=None in members,
            ordered=body.find(f"{{{XSD}}}all") is None,
            text=text,
        )
        for child in body.iter(f"{{{XSD}}}element"):
            if child.get("name"):
                self._line(child, f"{name}.{child.get('name')}")

    def _particles(self, body: etree._Element, owner: Name, depth: int, *, choice: bool) -> Iterator[Element | None]:
        """Every element in order; None for a place that any element may take."""
        if depth > _DEEP:
            raise Unreadable(f"more than {_DEEP} groups stand inside of each other", where=f"line {body.sourceline}")
        for each in body.iterchildren():
            match xml.local(each):
                case "element":
                    inside = f"{owner.removesuffix('/')}/{each.get('name')}/"
                    yield self._element(each, inside, choice=choice, depth=depth)
                case "sequence" | "all" | "choice" as kind:
                    least, most = _bounds(each)
                    for one in self._particles(each, owner, depth + 1, choice=choice or kind == "choice"):
                        yield None if one is None else _within(one, least, most)
                case "group":
                    group = self.groups.get(self._full(each, each.get("ref", "")))
                    if group is not None:
                        yield from self._particles(group, owner, depth + 1, choice=choice)
                case "any":
                    yield None

    def _attributes(self, body: etree._Element, owner: Name, depth: int) -> Iterator[Element]:
        for each in body.iterchildren(f"{{{XSD}}}attribute", f"{{{XSD}}}attributeGroup"):
            if xml.local(each) == "attributeGroup":
                group = self.groups.get(self._full(each, each.get("ref", "")))
                if group is not None and depth < _DEEP:
                    yield from self._attributes(group, owner, depth + 1)
            elif each.get("use") != "prohibited":
                name = each.get("name") or self._full(each, each.get("ref", "")).rpartition("}")[2]
                written, needed = self._type_of(each, f"{owner}/@{name}/", depth), each.get("use") == "required"
                type_ = f"{{{XSD}}}string" if written == f"{{{XSD}}}anyType" else written
                yield Element(
                    name=f"@{name}",
                    type=type_,
                    least=int(needed),
                    default=each.get("default"),
                    fixed=each.get("fixed"),
                    attribute=True,
                )

    def _simple(self, each: etree._Element, name: Name) -> None:
        self._line(each, name)
        base, values, facets, listed = f"{{{XSD}}}string", list[str](), dict[str, str](), False
        for derived in each.iterchildren():
            match xml.local(derived):
                case "restriction":
                    base = self._full(derived, derived.get("base", "")) if derived.get("base") else base
                    for facet in derived.iterchildren():
                        kind, value = xml.local(facet), facet.get("value", "")
                        if kind == "enumeration":
                            values.append(value)
                        elif kind == "pattern" and "pattern" in facets:
                            facets["pattern"] += f"|{value}"
                        elif kind not in ("annotation", "simpleType", "whiteSpace"):
                            facets[kind] = value
                case "list":
                    base, listed = self._full(derived, derived.get("itemType", "")) if derived.get("itemType") else base, True
                case "union":
                    facets["union"] = " ".join(sorted(self._full(derived, one) for one in derived.get("memberTypes", "").split()))
        self.simple[name] = Simple(name=name, base=base, values=tuple(dict.fromkeys(values)), facets=facets, listed=listed)

    def service(self, root: etree._Element) -> Service:
        messages: dict[str, Parts] = {}
        for each in root.iterchildren(f"{{{_WSDL}}}message"):
            named = ((part, part.get("element") or part.get("type") or "") for part in each.iterchildren(f"{{{_WSDL}}}part"))
            messages[each.get("name", "")] = tuple((part.get("name", ""), self._full(part, name)) for part, name in named)
        bound = {each.get("type", "").rpartition(":")[2]: each for each in root.iterchildren(f"{{{_WSDL}}}binding")}
        operations: dict[str, Operation] = {}
        for port_type in root.iterchildren(f"{{{_WSDL}}}portType"):
            binding = bound.get(port_type.get("name", ""))
            for each in port_type.iterchildren(f"{{{_WSDL}}}operation"):
                made = self._operation(each, port_type.get("name", ""), binding, messages)
                operations[f"{made.port_type}/{made.name}"] = made
                self._line(each, f"{made.port_type}/{made.name}")
        addresses = {
            port.get("name", ""): address.get("location", "")
            for port in root.iterfind(f"{{{_WSDL}}}service/{{{_WSDL}}}port")
            for address in port.iterchildren(*(f"{{{soap}}}address" for soap in _SOAP))
        }
        return Service(
            operations=operations,
            elements=self.elements,
            complex={name: replace(one, elements=tuple(map(self._met, one.elements))) for name, one in self.complex.items()},
            simple=self.simple,
            addresses=addresses,
            qualified=self.qualified,
            lines=self.lines,
        )

    def _met(self, one: Element) -> Element:
        """A reference as the element it refers to, as often as the reference says."""
        if not one.type.startswith(_REF):
            return one
        name = one.type.removeprefix(_REF)
        referred = self.elements.get(name)
        if referred is None or referred.type.startswith(_REF):
            return replace(one, type=name)
        return replace(referred, least=one.least, most=one.most, choice=one.choice, head=name)

    def _operation(
        self, each: etree._Element, port_type: str, binding: etree._Element | None, messages: dict[str, Parts]
    ) -> Operation:
        said = {"input": (), "output": None} | {
            xml.local(child): messages.get(child.get("message", "").rpartition(":")[2], ())
            for child in each.iterchildren(f"{{{_WSDL}}}input", f"{{{_WSDL}}}output")
        }
        faults = {
            child.get("name", ""): messages.get(child.get("message", "").rpartition(":")[2], ())
            for child in each.iterchildren(f"{{{_WSDL}}}fault")
        }
        action, style, headers = None, "", list[Name]()
        for bound in [] if binding is None else binding.iterchildren(f"{{{_WSDL}}}operation"):
            if bound.get("name") == each.get("name"):
                action, style, headers = self._soap(bound, cast(etree._Element, binding), messages)
        return Operation(
            name=each.get("name", ""),
            port_type=port_type,
            sends=said["input"] or (),
            answers=said["output"],
            faults=faults,
            headers=tuple(headers),
            action=action,
            style=style,
        )

    def _soap(
        self, bound: etree._Element, binding: etree._Element, messages: dict[str, Parts]
    ) -> tuple[str | None, str, list[Name]]:
        """Action, style with use, and the headers that go along with a request."""
        whole = next(binding.iterchildren(*(f"{{{soap}}}binding" for soap in _SOAP)), None)
        own = next(bound.iterchildren(*(f"{{{soap}}}operation" for soap in _SOAP)), None)
        style = (
            (own.get("style") if own is not None else None) or (whole.get("style") if whole is not None else None) or "document"
        )
        use, headers = "literal", list[Name]()
        for given in bound.iterchildren(f"{{{_WSDL}}}input"):
            for each in given.iterchildren(*(f"{{{soap}}}{kind}" for soap in _SOAP for kind in ("body", "header"))):
                if xml.local(each) == "body":
                    use = each.get("use", "literal")
                else:
                    parts = dict(messages.get(each.get("message", "").rpartition(":")[2], ()))
                    headers.append(parts.get(each.get("part", ""), each.get("part", "")))
        return (None if own is None else own.get("soapAction")), f"{style}/{use}", headers


def _bounds(each: etree._Element) -> tuple[int, int | None]:
    """How often it stands there at least and at most."""

    def number(text: str | None, otherwise: int | None) -> int | None:
        if text is None:
            return otherwise
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > _MOST:
            return None
        return int(text)

    return number(each.get("minOccurs"), 1) or 0, number(each.get("maxOccurs"), 1)


def _within(one: Element, least: int, most: int | None) -> Element:
    """An element as often as it may stand there in a group that stands there so often."""
    many = None if most is None or one.most is None else one.most * most
    return replace(one, least=one.least * least, most=many)
