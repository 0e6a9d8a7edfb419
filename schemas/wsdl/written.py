"""The definitions of a description as nodes of its tree: passed over where both sides wrote the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

from lxml import etree

from schemas.wsdl.model import WSDL, XSD, Name, local

if TYPE_CHECKING:
    from schemas.wsdl.model import Service

_DECLARED = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*["']([^"']*)["']""")
_HEAD = re.compile(rb'<[^\s>/]+((?: xmlns(?::[^=]+)?="[^"]*")*)')
_MENTIONED = re.compile(rb' (type|base|ref|itemType|memberTypes)="([^"]*)"')
_EXTENSION = f"{{{XSD}}}complexContent/{{{XSD}}}extension"
_LOOKED_IN = ("complexType", "element", "simpleType")
_INCLUDES = frozenset({b"base", b"ref", b"itemType", b"memberTypes"})


class Key(NamedTuple):
    """A definition at the top of a schema. `kind`: `element`, `complexType`, `simpleType`, `group` or `attributeGroup`."""

    kind: str
    name: Name


class Prefixes:
    """What the prefixes of one file stand for.

    Nearly every file declares each prefix once. Then this table knows it; where it does not, the element is asked, which is
    slow: it gathers what all elements around it declare.
    """

    def __init__(self, raw: bytes) -> None:
        uris: dict[bytes, set[bytes]] = {}
        for prefix, uri in _DECLARED.findall(raw):
            uris.setdefault(prefix, set()).add(uri)
        self.settled = uris.pop(b"", set()) <= {WSDL.encode(), XSD.encode()}
        self.known: dict[str, str] = {}
        for prefix, said in uris.items():
            if len(said) == 1 and b"&" not in (uri := next(iter(said))):
                self.known[prefix.decode("ascii", "replace")] = uri.decode("utf-8", "replace")
            else:
                self.settled = False

    def agree(self, other: Prefixes) -> bool:
        """Whether a definition that is written alike under both means the same."""
        if not self.settled or not other.settled:
            return False
        return all(other.known.get(prefix, uri) == uri for prefix, uri in self.known.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a definition's names are read by: its namespace, the one of names without a prefix, and the prefixes of its file.

    `part` is the file of a bundle, empty for the first one.
    """

    target: str
    unprefixed: str | None
    prefixes: Prefixes
    part: str = ""

    def own(self, name: str) -> Name:
        return f"{{{self.target}}}{name}"

    def full(self, each: etree._Element, written: str) -> Name:
        """A name as it stands in an attribute of `each`."""
        prefix, _, last = written.rpartition(":")
        if not prefix:
            around = self.unprefixed if self.prefixes.settled else each.nsmap.get(None)
            return f"{{{self.target if around is None else around}}}{last}"
        if self.prefixes.settled and prefix in self.prefixes.known:
            return f"{{{self.prefixes.known[prefix]}}}{last}"
        return f"{{{each.nsmap.get(prefix, '')}}}{last}"


class Node(NamedTuple):
    """A definition as it stands in its file."""

    element: etree._Element
    scope: Scope

    @property
    def line(self) -> int:
        return cast(int, self.element.sourceline)

    def text(self, *, whole: bool) -> bytes:
        """As it is written; without the namespaces that are declared around it, unless `whole`."""
        raw = etree.tostring(self.element, encoding="utf-8", with_tail=False)
        if not whole and (head := _HEAD.match(raw)) is not None:
            return raw[: head.start(1)] + raw[head.end(1) :]
        return raw


@dataclass(slots=True, kw_only=True)
class Written:
    """Every definition at the top of a schema, by kind and full name, in the order of the files.

    `unread` are the names of parts that are not there, with the reason.
    """

    nodes: dict[Key, Node] = field(default_factory=dict)
    prefixes: list[Prefixes] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    def substitutes(self) -> dict[Name, frozenset[Name]]:
        """By the head of a substitution group, what may stand in its place."""
        groups: dict[Name, set[Name]] = {}
        for key, (element, scope) in self.nodes.items():
            if key.kind == "element" and (head := element.get("substitutionGroup")):
                groups.setdefault(scope.full(element, head), set()).add(key.name)
        return {head: frozenset(names) for head, names in groups.items()}

    def derived(self) -> dict[Name, list[Name]]:
        """By the name of a type, the named ones that extend it."""
        found: dict[Name, list[Name]] = {}
        for key, (element, scope) in self.nodes.items():
            if key.kind == "complexType":
                for extension in element.iterfind(_EXTENSION):
                    found.setdefault(scope.full(extension, extension.get("base", "")), []).append(key.name)
        return found


class Same:
    """Which definitions both sides wrote alike, down to everything that they take in: bases, references and groups.

    `of(name)` tells it for a type by its full name, of an anonymous one for the definition around it. What is not alike, or
    mentions what only one side defines, is to be compared.
    """

    def __init__(self, old: Written, new: Written) -> None:
        self._old, self._new = old, new
        whole = not all(one.agree(other) for one in old.prefixes for other in new.prefixes)
        one_sided = {_local(key.name) for key in old.nodes.keys() ^ new.nodes.keys()}
        self._alike: dict[Key, frozenset[bytes]] = {}
        moved = set(one_sided)
        for key, before in old.nodes.items():
            after = new.nodes.get(key)
            if after is None:
                continue
            text = before.text(whole=whole)
            if text != after.text(whole=whole) or before.scope.unprefixed != after.scope.unprefixed:
                moved.add(_local(key.name))
                continue
            said = [(kind, value) for kind, values in _MENTIONED.findall(text) for value in values.split()]
            if one_sided and not one_sided.isdisjoint(value.rpartition(b":")[2] for _, value in said):
                moved.add(_local(key.name))
                continue
            self._alike[key] = frozenset(value.rpartition(b":")[2] for kind, value in said if kind in _INCLUDES)
        self._spread(moved)

    def _spread(self, moved: set[bytes]) -> None:
        """What takes in a moved definition has moved, too."""
        fresh = moved
        while fresh:
            hit = [key for key, taken in self._alike.items() if not taken.isdisjoint(fresh)]
            for key in hit:
                del self._alike[key]
            fresh = {_local(key.name) for key in hit} - moved
            moved |= fresh

    def of(self, name: Name) -> bool:
        if name.endswith("/"):
            top = outer(name)
            around = [key for key in (Key("element", top), Key("complexType", top)) if key in self._old.nodes]
            return bool(around) and all(key in self._alike for key in around)
        return Key("complexType", name) in self._alike or Key("simpleType", name) in self._alike


def _local(name: Name) -> bytes:
    return local(name).encode()


def outer(name: Name) -> Name:
    """The definition at the top that an anonymous type stands in; of any other name the name itself."""
    space, _, last = name.rpartition("}")
    return f"{space}}}{last.partition('/')[0]}" if last.endswith("/") else name


def original(name: Name) -> Name:
    """What a definition is called that another one of its name replaces, and may extend."""
    return f"{name} (replaced)"


def line_of(service: Service, name: Name, member: str = "") -> tuple[str, int | None]:
    """The part and the line in it where a definition, an operation or a member of one is written; None where it is nowhere."""
    if name in service.lines:
        return service.lines[name]
    top = outer(name)
    for kind in _LOOKED_IN:
        node = service.written.nodes.get(Key(kind, top))
        if node is not None:
            steps = [step for step in local(name).split("/") if step][1:] + ([member] if member else [])
            return node.scope.part, _line_in(node.element, steps)
    return "", None


def _line_in(node: etree._Element, steps: list[str]) -> int:
    for step in steps:
        kind, wanted = ("attribute", step[1:]) if step.startswith("@") else ("element", step)
        node = next((each for each in node.iter(f"{{{XSD}}}{kind}") if each.get("name") == wanted and each is not node), node)
    return cast(int, node.sourceline)
