"""What travels in the messages of a SOAP service: operations, types by full name, elements in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schemas.wsdl.written import Written

Name = str
"""A full name as `{namespace}local`; an anonymous type is called after the element it is of: `{namespace}login/`."""

XSD = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"


def local(name: Name) -> str:
    return name.rpartition("}")[2]


def space(name: Name) -> str:
    return name[1:].partition("}")[0] if name.startswith("{") else ""


class Element(NamedTuple):
    """A child element or (`attribute`) an attribute. `most` None: without bound. `choice`: one of several alternatives.

    A tuple, as descriptions have thousands: a frozen dataclass takes four times as long to make.
    """

    name: str
    type: Name
    least: int = 1
    most: int | None = 1
    nillable: bool = False
    default: str | None = None
    fixed: str | None = None
    attribute: bool = False
    choice: bool = False
    head: Name = ""

    @property
    def occurs(self) -> str:
        return f"{self.least}..{'*' if self.most is None else self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complex:
    """`base` is what it extends: its members come first, and are not repeated here. `open`: other elements may stand there."""

    name: Name
    base: Name = ""
    elements: tuple[Element, ...] = ()
    attributes: tuple[Element, ...] = ()
    open: bool = False
    ordered: bool = True
    text: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """A text with a `base`, the values it is limited to (empty: any), and its facets as written (`maxLength`: `80`)."""

    name: Name
    base: Name
    values: tuple[str, ...] = ()
    facets: Mapping[str, str] = field(default_factory=dict)
    listed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of one port type. `sends` and `answers` name the elements or types of the message's parts."""

    name: str
    port_type: str
    sends: tuple[tuple[str, Name], ...] = ()
    answers: tuple[tuple[str, Name], ...] | None = None
    faults: Mapping[str, tuple[tuple[str, Name], ...]] = field(default_factory=dict)
    headers: tuple[Name, ...] = ()
    action: str | None = None
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One description. `elements` are those at the top, which messages name. `qualified` by namespace.

    Definitions are read when somebody asks; to go through all `complex` or `simple` reads all. `lines` are those of
    operations, each with its part.
    """

    operations: Mapping[str, Operation]
    elements: Mapping[Name, Element]
    complex: Mapping[Name, Complex]
    simple: Mapping[Name, Simple]
    written: Written
    addresses: Mapping[str, str] = field(default_factory=dict)
    qualified: Mapping[str, bool] = field(default_factory=dict)
    lines: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def members(self, name: Name) -> tuple[Element, ...]:
        """Everything in a complex type, inherited members first; a circle of bases ends."""
        chain, seen = list[Complex](), set[Name]()
        while name not in seen and (made := self.complex.get(name)) is not None:
            seen.add(name)
            chain.append(made)
            name = made.base
        return tuple(each for one in reversed(chain) for each in (*one.elements, *one.attributes))
