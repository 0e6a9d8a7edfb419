"""A WSDL 1.1 or a bare XML Schema into the model: operations at once, definitions when somebody asks for them."""

from __future__ import annotations

from typing import cast

from lxml import etree

from schemas import xml
from schemas.errors import Unreadable
from schemas.wsdl.definitions import Definitions
from schemas.wsdl.groups import refuse_tangled
from schemas.wsdl.model import WSDL, XSD, Name, Operation, Service
from schemas.wsdl.written import Key, Node, Prefixes, Scope, Written

_WSDL_2 = "http://www.w3.org/ns/wsdl"
_SOAP = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
_BOUND, _STYLED = tuple(f"{{{soap}}}binding" for soap in _SOAP), tuple(f"{{{soap}}}operation" for soap in _SOAP)
_SENT = tuple(f"{{{soap}}}{kind}" for soap in _SOAP for kind in ("body", "header"))
_INPUT, _OUTPUT, _FAULT = (f"{{{WSDL}}}{kind}" for kind in ("input", "output", "fault"))
_KINDS = frozenset({"element", "complexType", "simpleType", "group", "attributeGroup"})

Parts = tuple[tuple[str, Name], ...]


def read(raw: bytes) -> Service:
    """Raises `Unreadable`."""
    root = xml.read(raw)
    if xml.namespace(root) == _WSDL_2:
        raise Unreadable("WSDL 2.0 is not read", hint="most services offer WSDL 1.1 at the same address with `?wsdl`")
    reader = _Reader()
    prefixes = Prefixes(raw)
    reader.written.prefixes.append(prefixes)
    if xml.local(root) == "schema" and xml.namespace(root) == XSD:
        reader.schema(root, prefixes)
        return reader.service(root, prefixes)
    if xml.local(root) != "definitions" or xml.namespace(root) != WSDL:
        raise Unreadable(
            f"no WSDL: the root is <{xml.local(root)}>", hint="it is often served at the service's address with `?wsdl`"
        )
    for schema in root.iterfind(f"{{{WSDL}}}types/{{{XSD}}}schema"):
        reader.schema(schema, prefixes)
    return reader.service(root, prefixes)


class _Reader:
    def __init__(self) -> None:
        self.written = Written()
        self.qualified: dict[str, bool] = {}
        self.lines: dict[str, int] = {}

    def schema(self, schema: etree._Element, prefixes: Prefixes) -> None:
        target = schema.get("targetNamespace", "")
        if len(schema):
            self.qualified[target] = schema.get("elementFormDefault") == "qualified"
        scope = Scope(target=target, unprefixed=schema.nsmap.get(None), prefixes=prefixes)
        for each in schema:
            kind = xml.local(each)
            if kind in _KINDS:
                self.written.nodes[Key(kind, scope.own(each.get("name", "")))] = Node(each, scope)

    def service(self, root: etree._Element, prefixes: Prefixes) -> Service:
        scope = Scope(target="", unprefixed=root.nsmap.get(None), prefixes=prefixes)
        messages: dict[str, Parts] = {}
        for each in root.iterchildren(f"{{{WSDL}}}message"):
            named = ((part, part.get("element") or part.get("type") or "") for part in each.iterchildren(f"{{{WSDL}}}part"))
            messages[each.get("name", "")] = tuple((part.get("name", ""), scope.full(part, name)) for part, name in named)
        bound = {each.get("type", "").rpartition(":")[2]: _Binding(each) for each in root.iterchildren(f"{{{WSDL}}}binding")}
        operations: dict[str, Operation] = {}
        for port_type in root.iterchildren(f"{{{WSDL}}}portType"):
            binding = bound.get(port_type.get("name", ""))
            for each in port_type.iterchildren(f"{{{WSDL}}}operation"):
                made = _operation(each, port_type.get("name", ""), binding, messages)
                key = f"{made.port_type}/{made.name}"
                operations[key] = made
                self.lines.setdefault(key, cast(int, each.sourceline))
        addresses = {
            port.get("name", ""): address.get("location", "")
            for port in root.iterfind(f"{{{WSDL}}}service/{{{WSDL}}}port")
            for address in port.iterchildren(*(f"{{{soap}}}address" for soap in _SOAP))
        }
        refuse_tangled(self.written)
        definitions = Definitions(self.written)
        return Service(
            operations=operations,
            elements=definitions.elements,
            complex=definitions.complex,
            simple=definitions.simple,
            written=self.written,
            addresses=addresses,
            qualified=self.qualified,
            lines=self.lines,
        )


class _Binding:
    """How the operations of a port type are put on the wire."""

    def __init__(self, binding: etree._Element) -> None:
        whole = next(binding.iterchildren(*_BOUND), None)
        self.style = None if whole is None else whole.get("style")
        self.operations = {each.get("name"): each for each in binding.iterchildren(f"{{{WSDL}}}operation")}


def _operation(each: etree._Element, port_type: str, binding: _Binding | None, messages: dict[str, Parts]) -> Operation:
    sends: Parts = ()
    answers: Parts | None = None
    faults: dict[str, Parts] = {}
    for child in each.iterchildren(_INPUT, _OUTPUT, _FAULT):
        parts = messages.get(child.get("message", "").rpartition(":")[2], ())
        tag = child.tag
        if tag == _INPUT:
            sends = parts
        elif tag == _OUTPUT:
            answers = parts
        else:
            faults[child.get("name", "")] = parts
    name = each.get("name", "")
    action, style, headers = None, "", tuple[Name, ...]()
    if binding is not None and name in binding.operations:
        action, style, headers = _soap(binding.operations[name], binding, messages)
    return Operation(
        name=name,
        port_type=port_type,
        sends=sends,
        answers=answers,
        faults=faults,
        headers=headers,
        action=action,
        style=style,
    )


def _soap(bound: etree._Element, binding: _Binding, messages: dict[str, Parts]) -> tuple[str | None, str, tuple[Name, ...]]:
    """Action, style with use, and the headers that go along with a request."""
    own, use, headers = None, "literal", list[Name]()
    for child in bound.iterchildren(_INPUT, *_STYLED):
        if child.tag in _STYLED:
            own = child if own is None else own
        else:
            for each in child.iterchildren(*_SENT):
                if xml.local(each) == "body":
                    use = each.get("use", "literal")
                else:
                    parts = dict(messages.get(each.get("message", "").rpartition(":")[2], ()))
                    headers.append(parts.get(each.get("part", ""), each.get("part", "")))
    style = (own.get("style") if own is not None else None) or binding.style or "document"
    return (None if own is None else own.get("soapAction")), f"{style}/{use}", tuple(headers)
