"""What a change of a Salesforce describe answer means. `docs`: the vendor's REST reference, sObject Describe."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

RULES = (
    row("sf.object.missing", "sObject absent", "B B", "every query and every write that names the object is refused"),
    row(
        "sf.object.access-lost",
        "queryable, createable, updateable, deletable false",
        "B B",
        "the platform refuses the operation for the whole object: a permission of our user, or the vendor's choice",
    ),
    row(
        "sf.field.missing",
        "absent; corroborated by the Tooling API or a second user where that is possible",
        "B B",
        "one unknown field fails a whole query (INVALID_FIELD) and a whole write, not only that value",
    ),
    row(
        "sf.field.hidden",
        "absent to our user only (field-level security): the tenant's administrator",
        "B B",
        "field-level security takes the field from our user only: it fails like a deleted one, "
        "and the tenant's administrator can give it back",
    ),
    row(
        "sf.field.type-changed",
        "describe type or soapType",
        "B B",
        "values are written and parsed by the type and soapType of the describe answer",
    ),
    row(
        "sf.field.shortened",
        "length, precision or scale down",
        "B S",
        "a value that fitted is refused (STRING_TOO_LONG, NUMBER_OUTSIDE_VALID_RANGE)",
    ),
    row(
        "sf.field.lengthened",
        "up: fixed columns overflow",
        "S R",
        "a fixed column on our side overflows or cuts what now fits on theirs",
        widens=True,
    ),
    row(
        "sf.field.unique-gained",
        "a duplicate we may send is refused",
        "B -",
        "a second record with the same value is refused (DUPLICATE_VALUE)",
    ),
    row(
        "sf.field.dependent-changed",
        "controllerName, dependentPicklist",
        "R R",
        "which values go together changed: a pair that we send may be refused, a pair we read may be new",
    ),
    row(
        "sf.field.retiring",
        "deprecatedAndHidden",
        "N N",
        "deprecatedAndHidden is the vendor's announcement that the next versions lack it",
    ),
    row(
        "sf.record-type.missing",
        "record type gone or inactive",
        "B R",
        "a record cannot be created with it; records we read change their kind",
    ),
    row(
        "sf.child-relationship.changed",
        "relationshipName, childSObject or field (SOQL sub-queries)",
        "B+ B+",
        "a SOQL sub-query names the relationship, and fails as a whole when it is unknown",
    ),
    row(
        "sf.field.write-lost",
        "createable or updateable lost, or became calculated",
        "B -",
        "a write that names the field is refused (INVALID_FIELD_FOR_INSERT_UPDATE)",
    ),
    row(
        "sf.field.became-required",
        "not nillable, no default, createable",
        "B -",
        "a create without the field is refused (REQUIRED_FIELD_MISSING)",
    ),
    row(
        "sf.picklist.value-inactive",
        "active value gone",
        "B R",
        "a write of the value is refused or stored off the list; what we read no longer has it for new records",
    ),
    row(
        "sf.picklist.restricted",
        "restrictedPicklist turned on",
        "B S",
        "a value outside the list was stored until now, and is refused (INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST)",
    ),
    row("sf.picklist.value-added", "new value", "S R", "a reader that maps the known values meets one more", widens=True),
    row(
        "sf.reference.changed",
        "referenceTo or relationshipName",
        "B B",
        "ids point to another object, and paths through the relationship (`Owner.Name`) are refused",
    ),
    row(
        "sf.key-lost",
        "externalId, idLookup or unique lost",
        "B -",
        "an upsert by the field is refused, or matches other records than before",
    ),
    row(
        "sf.query-lost",
        "filterable, sortable, groupable lost",
        "B+ -",
        "a query that filters, sorts or groups by the field is refused",
    ),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "label": "the words follow the language of the signed-in user",
        "urls": "they hold host and version of the org",
        "order": "fields, values and record types are known by name",
        "recordTypeId": "it differs in every org; the developerName is the identity",
        "record type added": "nothing of ours names it, and records of known types stay as they are",
        "child relationship added": "no query of ours names it",
        "relationshipName gained": "no query of ours could have named it",
        "access gained": "what is allowed now was refused before",
        "calculatedFormula": "another formula gives other values of the same shape",
        "unknown attributes": "newer API versions add some all the time, and tell nothing of the record's shape",
    }
)
"""What may differ without a finding, and why."""
