"""What a change of an Avro schema means, where the rules about data do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

RULES = (
    row(
        "avro.type.renamed",
        "record, enum or fixed called otherwise, without an alias for its old name",
        "B B",
        "schemas are resolved by the names of their types, whatever is in them; here the standard is stricter than the catalogue",
    ),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "order of fields, of symbols and of a union": "data is resolved by name, with the schema it was written by at hand",
        "namespace": "only the last part of a name has to match (Avro 1.11, schema resolution)",
        "doc, uuid and other attributes": "they say nothing of the data; another schema id without another schema is no change",
        "default of an enum": "it helps a reader that has it, and is no part of what is written",
        "a type that nothing refers to any more": "what referred to it has its finding",
    }
)
"""What may differ without a finding, and why."""
