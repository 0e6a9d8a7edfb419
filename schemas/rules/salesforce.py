"""What a change of a Salesforce describe answer means. `docs`: the vendor's REST reference, sObject Describe."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.change import Impact
from schemas.rules.rule import Rule, table

B, R, S = Impact.BREAKING, Impact.RISKY, Impact.SAFE

RULES = table(
    (
        Rule(
            id="sf.object.missing",
            request=B,
            response=B,
            because="every query and every write that names the object is refused",
        ),
        Rule(
            id="sf.object.access-lost",
            request=B,
            response=B,
            because="the platform refuses the operation for the whole object: a permission of our user, or the vendor's choice",
        ),
        Rule(
            id="sf.field.missing",
            request=B,
            response=B,
            because="one unknown field fails a whole query (INVALID_FIELD) and a whole write, not only that value",
        ),
        Rule(
            id="sf.field.hidden",
            request=B,
            response=B,
            because="field-level security takes the field from our user only: it fails like a deleted one, "
            "and the tenant's administrator can give it back",
        ),
        Rule(
            id="sf.field.type-changed",
            request=B,
            response=B,
            because="values are written and parsed by the type and soapType of the describe answer",
        ),
        Rule(
            id="sf.field.shortened",
            request=B,
            response=S,
            because="a value that fitted is refused (STRING_TOO_LONG, NUMBER_OUTSIDE_VALID_RANGE)",
        ),
        Rule(
            id="sf.field.lengthened",
            request=S,
            response=R,
            widens=True,
            because="a fixed column on our side overflows or cuts what now fits on theirs",
        ),
        Rule(
            id="sf.field.unique-gained",
            request=B,
            response=None,
            because="a second record with the same value is refused (DUPLICATE_VALUE)",
        ),
        Rule(
            id="sf.field.dependent-changed",
            request=R,
            response=R,
            because="which values go together changed: a pair that we send may be refused, a pair we read may be new",
        ),
        Rule(
            id="sf.field.retiring",
            request=S,
            response=S,
            notice=True,
            because="deprecatedAndHidden is the vendor's announcement that the next versions lack it",
        ),
        Rule(
            id="sf.record-type.missing",
            request=B,
            response=R,
            because="a record cannot be created with it; records we read change their kind",
        ),
        Rule(
            id="sf.child-relationship.changed",
            request=B,
            response=B,
            where_used=True,
            because="a SOQL sub-query names the relationship, and fails as a whole when it is unknown",
        ),
        Rule(
            id="sf.field.write-lost",
            request=B,
            response=None,
            because="a write that names the field is refused (INVALID_FIELD_FOR_INSERT_UPDATE)",
        ),
        Rule(
            id="sf.field.became-required",
            request=B,
            response=None,
            because="a create without the field is refused (REQUIRED_FIELD_MISSING)",
        ),
        Rule(
            id="sf.picklist.value-inactive",
            request=B,
            response=R,
            because="a write of the value is refused or stored off the list; what we read no longer has it for new records",
        ),
        Rule(
            id="sf.picklist.restricted",
            request=B,
            response=S,
            because="a value outside the list was stored until now, and is refused (INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST)",
        ),
        Rule(
            id="sf.picklist.value-added",
            request=S,
            response=R,
            widens=True,
            because="a reader that maps the known values meets one more",
        ),
        Rule(
            id="sf.reference.changed",
            request=B,
            response=B,
            because="ids point to another object, and paths through the relationship (`Owner.Name`) are refused",
        ),
        Rule(
            id="sf.key-lost",
            request=B,
            response=None,
            because="an upsert by the field is refused, or matches other records than before",
        ),
        Rule(
            id="sf.query-lost",
            request=B,
            response=None,
            where_used=True,
            because="a query that filters, sorts or groups by the field is refused",
        ),
    )
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
