"""A describe answer in typed form: only the attributes that carry meaning, None where the answer has none of that name.

An attribute that only one side has is not compared: API versions differ in what they tell. Unknown ones are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Picklist:
    """The values by their API name. `valid_for` is the raw bitmap over the controlling field's values, or None."""

    active: Mapping[str, bool]
    default: frozenset[str]
    order: tuple[str, ...]
    valid_for: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `flags`, `sizes` and `texts` hold the known attributes of those kinds that the answer has."""

    name: str
    index: int
    flags: Mapping[str, bool]
    sizes: Mapping[str, int]
    texts: Mapping[str, str | None]
    reference_to: frozenset[str] | None
    picklist: Picklist | None
    default: tuple[str | bool | int | float | None, ...]

    @property
    def writable(self) -> bool:
        """Whether we could ever send it. Unknown counts as yes."""
        return self.flags.get("createable", True) or self.flags.get("updateable", True)

    @property
    def required(self) -> bool:
        """Required on create, as the vendor defines it."""
        return (
            self.flags.get("nillable") is False
            and self.flags.get("createable", False)
            and self.flags.get("defaultedOnCreate") is not True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """One record type by its developerName. `usable`: active, and available to our user."""

    name: str
    usable: bool
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRelationship:
    """What a SOQL sub-query needs to know. Those without a name cannot be queried, and are left out."""

    name: str
    child: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SObject:
    """One object. `fields`, `record_types` and `children` are None where the answer (the global list) has none."""

    name: str
    pointer: str
    flags: Mapping[str, bool]
    fields: Mapping[str, Field] | None
    record_types: Mapping[str, RecordType] | None
    children: Mapping[str, ChildRelationship] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """The objects of one answer: one of a describe, many of the global list. `version` is such as `48.0`, or None.

    `hidden` are fields of the one object that exist and are not shown to our user, in lower case; empty too where nobody asked.
    """

    objects: Mapping[str, SObject]
    version: str | None
    whole: bool
    hidden: frozenset[str] = frozenset()


HIDDEN = "driftpager-hidden"
"""The header of a document with the names of fields that exist and are not in the answer, with commas between them. It is no
part of the content: an opinion that is given only now and then must not look like a change."""

OBJECT_FLAGS = ("createable", "deletable", "queryable", "updateable")
"""Losing one of these is `sf.object.access-lost`."""
OTHER_OBJECT_FLAGS = ("mergeable", "replicateable", "retrieveable", "searchable", "triggerable", "undeletable")
FIELD_FLAGS = (
    "aggregatable",
    "autoNumber",
    "calculated",
    "caseSensitive",
    "createable",
    "defaultedOnCreate",
    "dependentPicklist",
    "deprecatedAndHidden",
    "encrypted",
    "externalId",
    "filterable",
    "groupable",
    "htmlFormatted",
    "idLookup",
    "nillable",
    "polymorphicForeignKey",
    "restrictedPicklist",
    "sortable",
    "unique",
    "updateable",
)
SIZES = ("byteLength", "digits", "length", "precision", "scale")
TEXTS = (
    "compoundFieldName",
    "controllerName",
    "extraTypeInfo",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipName",
    "soapType",
    "type",
)
