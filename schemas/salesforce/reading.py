"""From the bytes of a describe answer to its typed form."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from schemas.errors import Unreadable
from schemas.salesforce.describe import (
    FIELD_FLAGS,
    OBJECT_FLAGS,
    OTHER_OBJECT_FLAGS,
    SIZES,
    TEXTS,
    ChildRelationship,
    Describe,
    Field,
    Picklist,
    RecordType,
    SObject,
)

_SCALAR = str | bool | int | float


def read(content: bytes, *, hidden: str = "") -> Describe:
    """The answer as typed objects; raises `Unreadable`. `hidden` are names of fields with commas between them."""
    try:
        value = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}") from None
    if isinstance(value, list):
        raise _refused(value)
    if not isinstance(value, dict):
        raise Unreadable("not a Salesforce describe answer: the document is no JSON object")
    if isinstance(value.get("sobjects"), list):
        listed = [_object(entry, f"/sobjects/{i}") for i, entry in enumerate(value["sobjects"])]
        return Describe(objects={found.name: found for found in listed}, version=_version(value["sobjects"]), whole=False)
    if "fields" not in value or "name" not in value:
        raise Unreadable(
            "not a Salesforce describe answer: it has no `name` and `fields`",
            hint="probe /services/data/vXX.X/sobjects/NAME/describe",
        )
    if not isinstance(value["fields"], list):
        raise Unreadable("`fields` is no list", where="/fields")
    found = _object(value, "")
    names = [name.strip().lower() for name in hidden.split(",") if name.strip()]
    return Describe(objects={found.name: found}, version=_version([value]), whole=True, hidden=frozenset(names))


def _refused(answers: list[Any]) -> Unreadable:
    """The API's errors are an array of `{message, errorCode}`: named by their code, which holds nothing secret."""
    codes = sorted({a["errorCode"] for a in answers if isinstance(a, dict) and isinstance(a.get("errorCode"), str)})
    known = ", ".join(code for code in codes if code.isascii() and code.replace("_", "").isalnum())
    if known:
        return Unreadable(f"not a describe answer but an error of the API: {known}")
    return Unreadable("not a Salesforce describe answer: the document is a JSON array")


def _version(entries: list[Any]) -> str | None:
    """The API version in the first entry's own links, `/services/data/v48.0/...`."""
    for entry in entries[:1]:
        urls = entry.get("urls") if isinstance(entry, dict) else None
        for url in urls.values() if isinstance(urls, dict) else ():
            if isinstance(url, str) and url.startswith("/services/data/v"):
                return url.removeprefix("/services/data/v").partition("/")[0]
    return None


def _object(entry: Any, pointer: str) -> SObject:
    if not isinstance(entry, dict):
        raise Unreadable("an object's describe is no JSON object", where=pointer)
    return SObject(
        name=_name(entry, "name", pointer),
        pointer=pointer,
        flags=_flags(entry, (*OBJECT_FLAGS, *OTHER_OBJECT_FLAGS, "deprecatedAndHidden"), pointer),
        fields=_fields(entry, pointer),
        record_types=_record_types(entry, pointer),
        children=_children(entry, pointer),
    )


def _fields(entry: dict[str, Any], pointer: str) -> Mapping[str, Field] | None:
    fields: dict[str, Field] = {}
    rows = _rows(entry, "fields", pointer)
    if rows is None:
        return None
    for where, index, row in rows:
        name = _name(row, "name", where)
        fields[name] = Field(
            name=name,
            index=index,
            flags=_flags(row, FIELD_FLAGS, where),
            sizes=_sizes(row, where),
            texts={key: _text(row, key, where) for key in TEXTS if key in row},
            reference_to=_names(row, "referenceTo", where),
            picklist=_picklist(row, where),
            default=tuple(
                v if isinstance(v := row.get(key), _SCALAR) else None for key in ("defaultValue", "defaultValueFormula")
            ),
        )
    return fields


def _picklist(row: dict[str, Any], pointer: str) -> Picklist | None:
    values = _rows(row, "picklistValues", pointer)
    if values is None:
        return None
    active: dict[str, bool] = {}
    default: set[str] = set()
    valid_for: dict[str, bytes] = {}
    for where, _, value in values:
        name = value.get("value")
        if not isinstance(name, str):
            raise Unreadable("a picklist value has no `value`", where=where)
        flags = _flags(value, ("active", "defaultValue"), where)
        active[name] = active.get(name, False) or flags.get("active", True)
        if flags.get("defaultValue", False):
            default.add(name)
        bitmap = _text(value, "validFor", where)
        if bitmap is not None:
            valid_for[name] = _bitmap(bitmap, where)
    return Picklist(active=active, default=frozenset(default), order=tuple(active), valid_for=valid_for)


def _bitmap(text: str, pointer: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("`validFor` is not base64", where=pointer) from None


def _record_types(entry: dict[str, Any], pointer: str) -> Mapping[str, RecordType] | None:
    rows = _rows(entry, "recordTypeInfos", pointer)
    if rows is None:
        return None
    types: dict[str, RecordType] = {}
    for where, _, row in rows:
        # Before version 43 there is no developerName: the name is the nearest thing.
        name = _text(row, "developerName", where) or _text(row, "name", where)
        if not name:
            continue
        flags = _flags(row, ("active", "available", "defaultRecordTypeMapping"), where)
        usable = flags.get("active", True) and flags.get("available", True)
        default = flags.get("defaultRecordTypeMapping", False)
        # Anonymised recordings repeat names: one usable of that name is enough.
        same = types.get(name)
        types[name] = RecordType(
            name=name,
            usable=usable or (same is not None and same.usable),
            default=default or (same is not None and same.default),
        )
    return types


def _children(entry: dict[str, Any], pointer: str) -> Mapping[str, ChildRelationship] | None:
    rows = _rows(entry, "childRelationships", pointer)
    if rows is None:
        return None
    children: dict[str, ChildRelationship] = {}
    for where, _, row in rows:
        name = _text(row, "relationshipName", where)
        if name:
            child, field = _text(row, "childSObject", where) or "", _text(row, "field", where) or ""
            children[name] = ChildRelationship(name=name, child=child, field=field)
    return children


def _rows(entry: dict[str, Any], key: str, pointer: str) -> Iterator[tuple[str, int, dict[str, Any]]] | None:
    """The objects of the list called `key` with their pointers; None where there is no such list."""
    rows = entry.get(key)
    if rows is None:
        return None
    if not isinstance(rows, list):
        raise Unreadable(f"`{key}` is no list", where=f"{pointer}/{key}")
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Unreadable(f"an entry of `{key}` is no JSON object", where=f"{pointer}/{key}/{i}")
    return ((f"{pointer}/{key}/{i}", i, row) for i, row in enumerate(rows))


def _name(row: dict[str, Any], key: str, pointer: str) -> str:
    name = _text(row, key, pointer)
    if not name:
        raise Unreadable(f"`{key}` is missing", where=pointer)
    return name


def _names(row: dict[str, Any], key: str, pointer: str) -> frozenset[str] | None:
    names = row.get(key)
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unreadable(f"`{key}` is no list of names", where=f"{pointer}/{key}")
    return frozenset(names)


def _text(row: dict[str, Any], key: str, pointer: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"`{key}` is no text", where=f"{pointer}/{key}")
    return value


def _flags(row: dict[str, Any], keys: tuple[str, ...], pointer: str) -> Mapping[str, bool]:
    flags: dict[str, bool] = {}
    for key in keys:
        value = row.get(key)
        if value is None:
            continue
        if not isinstance(value, bool):
            raise Unreadable(f"`{key}` is neither true nor false", where=f"{pointer}/{key}")
        flags[key] = value
    return flags


def _sizes(row: dict[str, Any], pointer: str) -> Mapping[str, int]:
    sizes: dict[str, int] = {}
    for key in SIZES:
        value = row.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unreadable(f"`{key}` is no whole number", where=f"{pointer}/{key}")
        sizes[key] = value
    return sizes
