"""`$metadata` as XML, of every version: associations of the old ones become what a navigation says today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from lxml import etree

from schemas.errors import Unreadable
from schemas.odata.model import Holder, Kind, Navigation, Offered, Operation, Property, Service, Structure
from schemas.xml import local, namespace, read

DENIED = {
    "FilterRestrictions": ("Filterable", "filter"),
    "SortRestrictions": ("Sortable", "sort"),
    "ExpandRestrictions": ("Expandable", "expand"),
    "CountRestrictions": ("Countable", "count"),
    "SearchRestrictions": ("Searchable", "search"),
    "InsertRestrictions": ("Insertable", "insert"),
    "UpdateRestrictions": ("Updatable", "update"),
    "DeleteRestrictions": ("Deletable", "delete"),
}
DENIED_PROPERTIES = {
    "NonFilterableProperties": "filter",
    "NonSortableProperties": "sort",
    "NonExpandableProperties": "expand",
    "NonInsertableProperties": "insert",
    "NonUpdatableProperties": "update",
}
_SAP = "{http://www.sap.com/Protocols/SAPData}"
_SAP_DENIED = {
    "filterable": "filter",
    "sortable": "sort",
    "searchable": "search",
    "creatable": "insert",
    "updatable": "update",
    "deletable": "delete",
    "countable": "count",
    "topable": "top",
    "pageable": "skip",
}


def read_xml(raw: bytes) -> Service:
    """Raises `Unreadable`."""
    root = read(raw)
    if local(root) not in ("Edmx", "Schema"):
        raise Unreadable(
            f"no OData metadata: the root is <{local(root)}>", hint="it is served below the service's root as $metadata"
        )
    reader = _Reader(_version(root))
    schemas = [root] if local(root) == "Schema" else list(root.iterfind("{*}DataServices/{*}Schema"))
    if not schemas:
        raise Unreadable("OData metadata without a schema")
    return reader.service(schemas)


def _version(root: etree._Element) -> str:
    if local(root) == "Edmx" and "oasis-open" in namespace(root):
        return root.get("Version", "4.0")
    inside = next(root.iter("{*}Schema"), root)
    if "oasis-open" in namespace(inside):
        return "4.0"
    for each in root.iter("{*}DataServices"):
        told = [value for name, value in each.attrib.items() if str(name).endswith("DataServiceVersion")]
        if any(str(value).startswith("3") for value in told):
            return "3.0"
    return "3.0" if namespace(inside).endswith("2009/11/edm") else "2.0"


@dataclass(slots=True)
class _Reader:
    version: str
    aliases: dict[str, str] = field(default_factory=dict)
    ends: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    structures: dict[str, Structure] = field(default_factory=dict)
    enums: dict[str, Mapping[str, str]] = field(default_factory=dict)
    operations: dict[str, tuple[Operation, ...]] = field(default_factory=dict)
    offered: dict[str, Offered] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def service(self, schemas: Iterable[etree._Element]) -> Service:
        schemas = list(schemas)
        for schema in schemas:
            space = schema.get("Namespace", "")
            if alias := schema.get("Alias"):
                self.aliases[alias] = space
            for each in schema.iterchildren("{*}Association"):
                self.ends[f"{space}.{each.get('Name')}"] = {
                    end.get("Role", ""): (end.get("Type", ""), end.get("Multiplicity", "1"))
                    for end in each.iterchildren("{*}End")
                }
            for each in schema.iterchildren("{*}TypeDefinition"):
                self.definitions[f"{space}.{each.get('Name')}"] = each.get("UnderlyingType", "Edm.String")
        for schema in schemas:
            self._schema(schema, schema.get("Namespace", ""))
        for schema in schemas:
            for each in schema.iterchildren("{*}Annotations"):
                self._denied_from_afar(each)
        return Service(
            version=self.version,
            structures=self.structures,
            enums=self.enums,
            operations=self.operations,
            offered=self.offered,
            lines=self.lines,
        )

    def _schema(self, schema: etree._Element, space: str) -> None:
        for each in schema.iterchildren():
            name = f"{space}.{each.get('Name')}"
            match local(each):
                case "EntityType" | "ComplexType" as kind:
                    self._structure(each, name, entity=kind == "EntityType")
                case "EnumType":
                    self._line(each, name)
                    members = [child for child in each.iterchildren("{*}Member") if child.get("Name")]
                    self.enums[name] = {child.get("Name", ""): child.get("Value", str(at)) for at, child in enumerate(members)}
                case "Action" | "Function" as kind:
                    self._operation(each, name, Kind(kind.lower()))
                case "EntityContainer":
                    self._container(each)

    def _line(self, each: etree._Element, name: str) -> None:
        self.lines.setdefault(name, cast(int, each.sourceline))

    def _structure(self, element: etree._Element, name: str, *, entity: bool) -> None:
        self._line(element, name)
        key = tuple(ref.get("Name", "") for keys in element.iterchildren("{*}Key") for ref in keys.iterchildren("{*}PropertyRef"))
        properties = [self._property(each) for each in element.iterchildren("{*}Property")]
        navigations = [self._navigation(each) for each in element.iterchildren("{*}NavigationProperty")]
        for each in element.iterchildren("{*}Property", "{*}NavigationProperty"):
            self._line(each, f"{name}.{each.get('Name')}")
        self.structures[name] = Structure(
            name=name,
            entity=entity,
            base=self._full(element.get("BaseType", "")),
            key=key,
            properties={each.name: each for each in properties},
            navigations={each.name: each for each in navigations},
            open=element.get("OpenType") == "true",
        )

    def _property(self, element: etree._Element) -> Property:
        type_, many = self._type(element.get("Type", "Edm.String"))
        marks = {each.get("Term", "").rpartition(".")[2]: each for each in element.iterchildren("{*}Annotation")}
        stored = (value for name, value in element.attrib.items() if str(name).endswith("StoreGeneratedPattern"))
        computed = _true(marks.get("Computed")) or any(str(value) in ("Identity", "Computed") for value in stored)
        refused = element.get(f"{_SAP}creatable") == "false" == element.get(f"{_SAP}updatable")
        return Property(
            name=element.get("Name", ""),
            type=type_,
            many=many,
            nullable=element.get("Nullable", "true") != "false",
            max_length=_whole(element.get("MaxLength")),
            precision=_whole(element.get("Precision")),
            scale=_whole(element.get("Scale")),
            default=element.get("DefaultValue"),
            writable=not (computed or refused or _only_read(marks.get("Permissions"))),
            optional="OptionalParameter" in marks,
            lost=frozenset(word for name, word in _SAP_DENIED.items() if element.get(_SAP + name) == "false"),
        )

    def _navigation(self, element: etree._Element) -> Navigation:
        name = element.get("Name", "")
        if relation := element.get("Relationship"):
            target, multiplicity = self.ends.get(self._full(relation), {}).get(element.get("ToRole", ""), ("", "1"))
            return Navigation(name=name, target=self._full(target), many=multiplicity == "*", nullable=multiplicity != "1")
        target, many = self._type(element.get("Type", ""))
        nullable = many or element.get("Nullable", "true") != "false"
        return Navigation(
            name=name, target=target, many=many, nullable=nullable, contains=element.get("ContainsTarget") == "true"
        )

    def _operation(self, element: etree._Element, name: str, kind: Kind) -> None:
        self._line(element, name)
        parameters = [self._property(each) for each in element.iterchildren("{*}Parameter")]
        bound = parameters.pop(0).written if parameters and element.get("IsBound") == "true" else ""
        returned = next(element.iterchildren("{*}ReturnType"), None)
        made = Operation(
            name=name,
            kind=kind,
            bound=bound,
            parameters={each.name: each for each in parameters},
            returns=None if returned is None else self._property(returned),
        )
        self.operations[name] = (*self.operations.get(name, ()), made)

    def _container(self, container: etree._Element) -> None:
        for each in container.iterchildren():
            name = each.get("Name", "")
            match local(each):
                case "EntitySet" | "Singleton" as kind:
                    type_ = self._full(each.get("EntityType", "") or each.get("Type", ""))
                    holder = Holder.SET if kind == "EntitySet" else Holder.SINGLETON
                    self.offered[name] = Offered(name=name, holder=holder, type=type_, lost=_denied(each))
                    self._line(each, name)
                case "ActionImport" | "FunctionImport" as kind:
                    target = each.get("Action") or each.get("Function")
                    if target is None:  # version 2 and 3 describe the operation where they offer it
                        old = Kind.ACTION if (each.get("{*}HttpMethod") or "").upper() == "POST" else Kind.FUNCTION
                        self._operation_of_old(each, name, old)
                    self.offered[name] = Offered(name=name, holder=Holder.IMPORT, type=self._full(target) if target else name)
                    self._line(each, name)

    def _operation_of_old(self, element: etree._Element, name: str, kind: Kind) -> None:
        parameters = [self._property(each) for each in element.iterchildren("{*}Parameter")]
        returns = None
        if written := element.get("ReturnType"):
            type_, many = self._type(written)
            returns = Property(name="", type=type_, many=many)
        self.operations[name] = (
            Operation(name=name, kind=kind, parameters={each.name: each for each in parameters}, returns=returns),
        )

    def _denied_from_afar(self, annotations: etree._Element) -> None:
        """What is said of a set or a property in another place of the document, by `Container/Set` or `Type/Property`."""
        target = annotations.get("Target", "")
        owner, _, last = target.rpartition("/")
        if last in self.offered and not last.count("."):
            each = self.offered[last]
            self.offered[last] = replace(each, lost=each.lost | _denied(annotations))
        structure = self.structures.get(self._full(owner))
        computed = any(
            _true(mark) for mark in annotations.iterchildren("{*}Annotation") if mark.get("Term", "").endswith(".Computed")
        )
        if structure is not None and last in structure.properties and computed:
            changed = replace(structure.properties[last], writable=False)
            self.structures[structure.name] = replace(structure, properties={**structure.properties, last: changed})

    def _type(self, written: str) -> tuple[str, bool]:
        many = written.startswith("Collection(") and written.endswith(")")
        full = self._full(written[11:-1] if many else written)
        return self.definitions.get(full, full), many

    def _full(self, name: str) -> str:
        space, _, last = name.rpartition(".")
        return f"{self.aliases[space]}.{last}" if space in self.aliases else name


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None


def _true(mark: etree._Element | None) -> bool:
    return mark is not None and mark.get("Bool", "true") == "true"


def _only_read(mark: etree._Element | None) -> bool:
    if mark is None:
        return False
    said = [mark.get("EnumMember", ""), *(each.text or "" for each in mark.iterchildren("{*}EnumMember"))]
    words = {word.rpartition("/")[2] for text in said for word in text.split()}
    return bool(words) and words <= {"Read", "None"}


def _denied(element: etree._Element) -> frozenset[str]:
    """What is refused of a set: `filter`, and `filter Name` where only one property is meant."""
    return frozenset(_refusals(element))


def _refusals(element: etree._Element) -> Iterator[str]:
    yield from (word for name, word in _SAP_DENIED.items() if element.get(_SAP + name) == "false")
    for mark in element.iterchildren("{*}Annotation"):
        term = mark.get("Term", "").rpartition(".")[2]
        if term in ("TopSupported", "SkipSupported") and mark.get("Bool") == "false":
            yield term.removesuffix("Supported").lower()
        if term not in DENIED:
            continue
        flag, word = DENIED[term]
        for value in mark.iter("{*}PropertyValue"):
            if value.get("Property") == flag and _said_false(value):
                yield word
            listed: Any = DENIED_PROPERTIES.get(value.get("Property", ""))
            if listed:
                yield from (
                    f"{listed} {path.text.strip()}"
                    for path in value.iter("{*}PropertyPath", "{*}NavigationPropertyPath")
                    if path.text
                )


def _said_false(value: etree._Element) -> bool:
    inner = next(value.iterchildren("{*}Bool"), None)
    return value.get("Bool") == "false" or (inner is not None and (inner.text or "").strip() == "false")
