"""What a field of an event may hold, as JSON Schema: events travel as JSON, or are printed so."""

from __future__ import annotations

from schemas.avro.model import Enum, Field, Fixed, Listed, Named, OneOf, Plain, Record, Schema, Type
from schemas.document import Json
from schemas.proof.shapes import holding

_WHOLE = {"int": 31, "long": 63}
_PLAIN = {"null": "null", "boolean": "boolean", "float": "number", "double": "number", "bytes": "string", "string": "string"}


def shape(schema: Schema, address: str) -> Json:
    """The object that holds the field at an address, or the values of an enum. A field with a default may be left out."""
    for each in schema.definitions.values():
        if each.label == address and isinstance(each, Enum):
            return {"enum": [*each.symbols]}
        owner, _, name = address.rpartition(".")
        if each.label == owner and isinstance(each, Record):
            return {"type": "object"} if name not in each.fields else _held(schema, each.fields[name])
    return None


def _held(schema: Schema, field: Field) -> Json:
    value = _value(schema, field.type)
    return None if value is None else holding(field.name, value, needed=not field.default)


def _value(schema: Schema, type: Type) -> Json:
    match type:
        case Plain(kind=kind) if kind in _WHOLE:
            bits = 2 ** _WHOLE[kind]
            return {"type": "integer", "minimum": -bits, "maximum": bits - 1}
        case Plain(kind=kind):
            return {"type": _PLAIN[kind]} if kind in _PLAIN else None
        case Listed():
            inner = _value(schema, type.of)
            if inner is None:
                return None
            return {"type": "object", "additionalProperties": inner} if type.keyed else {"type": "array", "items": inner}
        case OneOf():
            branches = [_value(schema, each) for each in type.branches]
            return None if None in branches else {"anyOf": branches}
        case Named():
            found = schema.definitions[type.name]
            if isinstance(found, Enum):
                return {"enum": [*found.symbols]}
            return {"type": "string"} if isinstance(found, Fixed) else {"type": "object"}
