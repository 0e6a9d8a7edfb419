"""What a property of an entity may hold, as JSON Schema: the JSON of OData 4. Older versions write numbers as text."""

from __future__ import annotations

from schemas.document import Json
from schemas.odata.model import Property, Service
from schemas.proof.shapes import holding

_BITS = {"Edm.SByte": (-(2**7), 2**7 - 1), "Edm.Byte": (0, 2**8 - 1), "Edm.Int16": (-(2**15), 2**15 - 1)}
_BITS |= {"Edm.Int32": (-(2**31), 2**31 - 1), "Edm.Int64": (-(2**63), 2**63 - 1)}
_NUMBERS = frozenset({"Edm.Decimal", "Edm.Single", "Edm.Double"})


def shape(service: Service, address: str) -> Json:
    """The entity or the complex value that holds the property at an address."""
    owner, _, name = address.rpartition(".")
    if service.protocol != "4":
        return None
    if owner in service.enums:
        return {"enum": [*service.enums[owner]]}
    if owner not in service.structures:
        return None
    found = service.property(owner, name)
    if found is None:
        return None if service.navigation(owner, name) is not None else {"type": "object"}
    value = _value(service, found)
    if value is None:
        return None
    if found.many:
        value = {"type": "array", "items": value}
    elif found.nullable:
        value = {"anyOf": [value, {"type": "null"}]}
    return holding(name, value, needed=not found.nullable)


def _value(service: Service, found: Property) -> Json:
    if found.type in _BITS:
        least, most = _BITS[found.type]
        return {"type": "integer", "minimum": least, "maximum": most}
    if found.type in _NUMBERS:
        return {"type": "number"}
    if found.type == "Edm.Boolean":
        return {"type": "boolean"}
    if found.type in service.enums:
        return {"enum": [*service.enums[found.type]]}
    if found.type in service.structures:
        return {"type": "object"}
    if not found.type.startswith("Edm."):
        return None
    longest = {} if found.max_length is None else {"maxLength": found.max_length}
    return {"type": "string", **longest}
