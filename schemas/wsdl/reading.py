"""A WSDL 1.1 or a bare XML Schema, with all its parts, into the model: operations at once, definitions when somebody asks."""

from __future__ import annotations

from typing import cast

from lxml import etree

from schemas import xml
from schemas.document import Document
from schemas.errors import Unreadable
from schemas.wsdl.definitions import Definitions
from schemas.wsdl.groups import refuse_tangled
from schemas.wsdl.imports import named
from schemas.wsdl.model import WSDL, XSD, Name, Operation, Service
from schemas.wsdl.written import Key, Node, Prefixes, Scope, Written, original

_WSDL_2 = "http://www.w3.org/ns/wsdl"
_SOAP = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
_BOUND, _STYLED = tuple(f"{{{soap}}}binding" for soap in _SOAP), tuple(f"{{{soap}}}operation" for soap in _SOAP)
_SENT = tuple(f"{{{soap}}}{kind}" for soap in _SOAP for kind in ("body", "header"))
_INPUT, _OUTPUT, _FAULT = (f"{{{WSDL}}}{kind}" for kind in ("input", "output", "fault"))
_INCLUDING = frozenset({"include", "redefine", "override"})
_MOST = 500_000
_KINDS = frozenset({"element", "complexType", "simpleType", "group", "attributeGroup"})

Parts = tuple[tuple[str, Name], ...]


def read(document: Document) -> Service:
    """Raises `Unreadable`."""
    reader = _Reader(document)
    root = xml.read(document.content)
    if xml.namespace(root) == _WSDL_2:
        raise Unreadable("WSDL 2.0 is not read", hint="most services offer WSDL 1.1 at the same address with `?wsdl`")
    if _is_schema(root):
        reader.schema(root, Prefixes(document.content), "")
    elif _is_wsdl(root):
        reader.definitions(root, Prefixes(document.content), "")
    else:
        raise Unreadable(
            f"no WSDL: the root is <{xml.local(root)}>", hint="it is often served at the service's address with `?wsdl`"
        )
    return reader.service()


def _is_schema(root: etree._Element) -> bool:
    return root.tag == f"{{{XSD}}}schema"


def _is_wsdl(root: etree._Element) -> bool:
    return root.tag == f"{{{WSDL}}}definitions"


class _Reader:
    """Reads the first file, and every part once that one of them names; in another part of an including schema's namespace
    once for each of these."""

    def __init__(self, document: Document) -> None:
        self.written = Written()
        self.qualified: dict[str, bool] = {}
        self.lines: dict[str, tuple[str, int]] = {}
        self._source = document.source
        self._parts = {part.name: part for part in document.parts}
        self._trees: dict[str, tuple[etree._Element, Prefixes]] = {}
        self._met: set[tuple[str, str | None]] = set()
        self._wsdls: list[tuple[etree._Element, Scope]] = []

    def definitions(self, root: etree._Element, prefixes: Prefixes, part: str) -> None:
        """A WSDL, with all it imports."""
        self._known(prefixes)
        self._wsdls.append((root, Scope(target="", unprefixed=root.nsmap.get(None), prefixes=prefixes, part=part)))
        for each in root.iterchildren(f"{{{WSDL}}}import"):
            self._follow(each.get("location"), part, None)
        for schema in root.iterfind(f"{{{WSDL}}}types/{{{XSD}}}schema"):
            self.schema(schema, prefixes, part)

    def schema(self, schema: etree._Element, prefixes: Prefixes, part: str, *, adopted: str | None = None) -> None:
        """A schema, with all it imports; `adopted` is the namespace of the one that includes it, if it has none itself."""
        self._known(prefixes)
        target = schema.get("targetNamespace") or adopted or ""
        scope = Scope(target=target, unprefixed=schema.nsmap.get(None), prefixes=prefixes, part=part)
        defines = False
        for each in schema:
            kind = xml.local(each)
            if kind in _KINDS:
                defines = True
                self.written.nodes[Key(kind, scope.own(each.get("name", "")))] = Node(each, scope)
                if len(self.written.nodes) > _MOST:
                    raise Unreadable(f"more than {_MOST:,} definitions", hint="is one file included into very many namespaces?")
            elif kind == "import":
                self._follow(each.get("schemaLocation"), part, None)
            elif kind in _INCLUDING:
                self._follow(each.get("schemaLocation"), part, target)
                if kind != "include":
                    self._redefined(each, scope)
        if defines:
            self.qualified[target] = schema.get("elementFormDefault") == "qualified"

    def _redefined(self, redefine: etree._Element, scope: Scope) -> None:
        """What a schema puts in place of what it includes. A type that extends itself means the one that it replaces."""
        for each in redefine:
            kind, name = xml.local(each), scope.own(each.get("name", ""))
            if kind not in _KINDS:
                continue
            replaced = self.written.nodes.get(Key(kind, name))
            if replaced is not None and replaced.element is not each:
                self.written.nodes[Key(kind, original(name))] = replaced
            self.written.nodes[Key(kind, name)] = Node(each, scope)

    def _known(self, prefixes: Prefixes) -> None:
        if prefixes not in self.written.prefixes:
            self.written.prefixes.append(prefixes)

    def _follow(self, location: str | None, part: str, adopted: str | None) -> None:
        """Read the part that is named so, unless it was read before. What is not there is noted."""
        name = named(self._source, part, location or "")
        if not name or (name, adopted) in self._met:
            return
        self._met.add((name, adopted))
        found = self._parts.get(name)
        if found is None or found.content is None:
            self.written.unread.setdefault(name, found.because if found is not None else "")
            return
        if name not in self._trees:
            try:
                self._trees[name] = xml.read(found.content), Prefixes(found.content)
            except Unreadable as error:
                raise Unreadable(f"the part {name}: {error.what}", where=error.where, hint=error.hint) from None
        root, prefixes = self._trees[name]
        if _is_schema(root):
            self.schema(root, prefixes, name, adopted=adopted)
        elif _is_wsdl(root):
            self.definitions(root, prefixes, name)
        else:
            raise Unreadable(f"the part {name} is neither a WSDL nor a schema: its root is <{xml.local(root)}>")

    def service(self) -> Service:
        refuse_tangled(self.written)
        messages: dict[str, Parts] = {}
        bound: dict[str, _Binding] = {}
        operations: dict[str, Operation] = {}
        addresses: dict[str, str] = {}
        for root, scope in self._wsdls:
            for each in root.iterchildren(f"{{{WSDL}}}message"):
                kept = ((part, part.get("element") or part.get("type") or "") for part in each.iterchildren(f"{{{WSDL}}}part"))
                messages[each.get("name", "")] = tuple((part.get("name", ""), scope.full(part, name)) for part, name in kept)
            bound |= {each.get("type", "").rpartition(":")[2]: _Binding(each) for each in root.iterchildren(f"{{{WSDL}}}binding")}
        for root, scope in self._wsdls:
            for port_type in root.iterchildren(f"{{{WSDL}}}portType"):
                binding = bound.get(port_type.get("name", ""))
                for each in port_type.iterchildren(f"{{{WSDL}}}operation"):
                    made = _operation(each, port_type.get("name", ""), binding, messages)
                    key = f"{made.port_type}/{made.name}"
                    operations[key] = made
                    self.lines.setdefault(key, (scope.part, cast(int, each.sourceline)))
            for port in root.iterfind(f"{{{WSDL}}}service/{{{WSDL}}}port"):
                for address in port.iterchildren(*(f"{{{soap}}}address" for soap in _SOAP)):
                    addresses[port.get("name", "")] = address.get("location", "")
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
