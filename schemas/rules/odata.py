"""What a change of an OData service means, where the rules about data and operations do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

RULES = (
    row(
        "odata.protocol-changed",
        "V2/V3 to V4: the single finding of that pair",
        "B B",
        "addresses, headers, formats and literals are others: no client of one version speaks to the other",
    ),
    row(
        "odata.type.removed",
        "entity type, complex type, enumeration or namespace gone",
        "B B",
        "what names it in an address or in `@odata.type` is refused, and generated code no longer compiles",
    ),
    row("odata.key-changed", "entity key, set or singleton", "B B", "the address of an entity is made of the set and the key"),
    row(
        "odata.navigation-changed",
        "target or multiplicity",
        "B B",
        "`$expand` and paths lead elsewhere, or one comes where many came",
    ),
    row(
        "odata.capability-lost",
        "filter, sort or expand restricted",
        "B+ -",
        "a query or a write that was served is refused",
    ),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "type, set or operation added": "nothing of ours names it",
        "Unicode, FixedLength, Collation, SRID": "they tell how values are stored, not which are taken",
        "annotations": "but for what is computed, optional or refused they are texts and hints",
        "associations, partners, constraints": "old versions keep there what a navigation says; that is compared",
        "alias and order": "everything is known by its full name",
    }
)
"""What may differ without a finding, and why."""
