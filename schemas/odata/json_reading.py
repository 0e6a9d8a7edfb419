"""`$metadata` as JSON, the form that 4.01 adds. What is left out has other defaults than in XML: nothing is null, all is text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from schemas.errors import Unreadable
from schemas.odata.model import Holder, Kind, Navigation, Offered, Operation, Property, Service, Structure
from schemas.odata.xml_reading import DENIED, DENIED_PROPERTIES

_Object = Mapping[str, Any]


def read_json(raw: bytes) -> Service:
    """Raises `Unreadable`."""
    try:
        root = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}") from None
    version = root.get("$Version") if isinstance(root, dict) else None
    if not isinstance(version, str):
        raise Unreadable("no OData metadata: `$Version` is missing", hint="it is served below the service's root as $metadata")
    return _Reader(root, version).service()


class _Reader:
    def __init__(self, root: _Object, version: str) -> None:
        self.root, self.version = root, version
        self.aliases: dict[str, str] = {}
        self.definitions: dict[str, str] = {}
        self.structures: dict[str, Structure] = {}
        self.enums: dict[str, Mapping[str, str]] = {}
        self.operations: dict[str, tuple[Operation, ...]] = {}
        self.offered: dict[str, Offered] = {}

    def service(self) -> Service:
        spaces = {name: each for name, each in self.root.items() if not name.startswith("$") and isinstance(each, dict)}
        for space, schema in spaces.items():
            if isinstance(alias := schema.get("$Alias"), str):
                self.aliases[alias] = space
            for name, each in _objects(schema):
                if each.get("$Kind") == "TypeDefinition":
                    self.definitions[f"{space}.{name}"] = str(each.get("$UnderlyingType", "Edm.String"))
        for space, schema in spaces.items():
            for name, each in schema.items():
                self._member(f"{space}.{name}", each)
        return Service(
            version=self.version, structures=self.structures, enums=self.enums, operations=self.operations, offered=self.offered
        )

    def _member(self, name: str, each: Any) -> None:
        if isinstance(each, list):  # the overloads of an operation
            made = tuple(self._operation(name, one) for one in each if isinstance(one, dict))
            if made:
                self.operations[name] = made
            return
        if not isinstance(each, dict):
            return
        match each.get("$Kind"):
            case "EntityType" | "ComplexType" as kind:
                self._structure(name, each, entity=kind == "EntityType")
            case "EnumType":
                self.enums[name] = {
                    key: str(value) for key, value in each.items() if isinstance(value, int) and key[0] != "$" and "@" not in key
                }
            case "EntityContainer":
                for offered, one in _objects(each):
                    self._offer(offered, one)

    def _structure(self, name: str, each: _Object, *, entity: bool) -> None:
        parts = list(_objects(each))
        self.structures[name] = Structure(
            name=name,
            entity=entity,
            base=self._full(str(each.get("$BaseType", ""))),
            key=tuple(_keys(each.get("$Key"))),
            properties={part: self._property(part, one) for part, one in parts if one.get("$Kind") != "NavigationProperty"},
            navigations={part: self._navigation(part, one) for part, one in parts if one.get("$Kind") == "NavigationProperty"},
            open=each.get("$OpenType") is True,
        )

    def _property(self, name: str, each: _Object) -> Property:
        permissions = {word.rpartition("/")[2] for word in str(_mark(each, "Permissions") or "").replace(",", " ").split()}
        default = each.get("$DefaultValue")
        return Property(
            name=name,
            type=self._type(str(each.get("$Type", "Edm.String"))),
            many=each.get("$Collection") is True,
            nullable=each.get("$Nullable") is True,
            max_length=_whole(each.get("$MaxLength")),
            precision=_whole(each.get("$Precision")),
            scale=_whole(each.get("$Scale")),
            default=None if default is None else str(default),
            writable=_mark(each, "Computed") is not True and not (permissions and permissions <= {"Read", "None"}),
            optional=_mark(each, "OptionalParameter") is not None,
        )

    def _navigation(self, name: str, each: _Object) -> Navigation:
        many = each.get("$Collection") is True
        return Navigation(
            name=name,
            target=self._full(str(each.get("$Type", ""))),
            many=many,
            nullable=many or each.get("$Nullable") is True,
            contains=each.get("$ContainsTarget") is True,
        )

    def _operation(self, name: str, each: _Object) -> Operation:
        told = each.get("$Parameter")
        listed = told if isinstance(told, list) else []
        given = [one for one in listed if isinstance(one, dict)]
        parameters = [self._property(str(one.get("$Name", "")), one) for one in given]
        bound = parameters.pop(0).written if parameters and each.get("$IsBound") is True else ""
        returned = each.get("$ReturnType")
        return Operation(
            name=name,
            kind=Kind.ACTION if each.get("$Kind") == "Action" else Kind.FUNCTION,
            bound=bound,
            parameters={one.name: one for one in parameters},
            returns=self._property("", returned) if isinstance(returned, dict) else None,
        )

    def _offer(self, name: str, each: _Object) -> None:
        target = each.get("$Action") or each.get("$Function")
        if target is not None:
            self.offered[name] = Offered(name=name, holder=Holder.IMPORT, type=self._full(str(target)))
            return
        holder = Holder.SET if each.get("$Collection") is True else Holder.SINGLETON
        self.offered[name] = Offered(
            name=name, holder=holder, type=self._full(str(each.get("$Type", ""))), lost=frozenset(_lost(each))
        )

    def _type(self, written: str) -> str:
        full = self._full(written)
        return self.definitions.get(full, full)

    def _full(self, name: str) -> str:
        space, _, last = name.rpartition(".")
        return f"{self.aliases[space]}.{last}" if space in self.aliases else name


def _objects(each: _Object) -> Iterator[tuple[str, _Object]]:
    return ((name, one) for name, one in each.items() if isinstance(one, dict) and not name.startswith("$") and "@" not in name)


def _keys(said: Any) -> Iterator[str]:
    """The names of a key; one that has an alias is a path by its alias."""
    for key in said if isinstance(said, list) else []:
        yield key if isinstance(key, str) else str(next(iter(key.values()), "")) if isinstance(key, dict) else ""


def _mark(each: _Object, term: str) -> Any:
    """The value of an annotation by the last part of its term."""
    return next((value for name, value in each.items() if name.startswith("@") and name.rpartition(".")[2] == term), None)


def _lost(each: _Object) -> Iterator[str]:
    for term, (flag, word) in DENIED.items():
        said = _mark(each, term)
        if isinstance(said, dict):
            if said.get(flag) is False:
                yield word
            for listed, ability in DENIED_PROPERTIES.items():
                paths = said.get(listed)
                yield from (f"{ability} {path}" for path in (paths if isinstance(paths, list) else []) if isinstance(path, str))
    for term, word in (("TopSupported", "top"), ("SkipSupported", "skip")):
        if _mark(each, term) is False:
            yield word


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
