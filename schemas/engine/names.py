"""What people call a place: its stable address, and the short dotted name of a member."""

from __future__ import annotations

from schemas import pointer

_DEFINITIONS = {"components": 2, "definitions": 1, "$defs": 1}
_METHODS = frozenset(["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"])
_SILENT = frozenset(
    ("items", "additionalProperties", "additionalItems", "schema", "propertyNames", "contains", "not", "if", "then", "else")
)
_NUMBERED = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "parameters"))


def definition(at: str) -> str | None:
    """The pointer of the named definition around `at`, None outside of all definitions."""
    parts = at.split("/", 4)
    if len(parts) > 2 and parts[1] in _DEFINITIONS:
        deep = _DEFINITIONS[parts[1]]
        if len(parts) > deep + 1:
            return "/".join(parts[: deep + 2])
    return None


def is_definition(at: str) -> bool:
    """Whether `at` is a named definition itself."""
    return definition(at) == at


def address(at: str, aliases: dict[str, str]) -> str:
    """The address of the place at a pointer: `schemas/order/properties/id`, `POST /v1/orders/requestBody/...`."""
    prefix, rest = at, ""
    while prefix:
        if prefix in aliases:
            return aliases[prefix] + rest
        prefix, _, last = prefix.rpartition("/")
        rest = f"/{last}{rest}"
    segments = at.split("/")[1:]
    if not segments:
        return "/"
    if segments[0] == "components":
        return "/".join(segments[1:])
    if segments[0] in ("definitions", "$defs"):
        return "/".join(("schemas", *segments[1:]))
    return "/".join(segments)


def dotted(at: str, labels: dict[str, str]) -> tuple[str, str]:
    """The owner and the dotted path inside it: (`payment_intent`, `charges`); the owner is an operation for inline schemas."""
    inside = definition(at)
    if inside is not None:
        return pointer.unescape(inside.rpartition("/")[2]), _path(pointer.split(at[len(inside) :]))
    segments = pointer.split(at)
    if len(segments) < 2 or segments[0] not in ("paths", "webhooks", "x-webhooks"):
        return "", _path(segments)
    method = segments[2].upper() if len(segments) > 2 and segments[2] in _METHODS else ""
    owner = f"{method} {segments[1]}".strip()
    prefix = at
    while prefix:
        if prefix in labels:
            return owner, ".".join(part for part in (labels[prefix], _path(pointer.split(at[len(prefix) :]))) if part)
        prefix = prefix.rpartition("/")[0]
    return owner, _path(segments[3 if method else 2 :])


def _path(segments: list[str]) -> str:
    names, i = [], 0
    while i < len(segments):
        word = segments[i]
        if word in ("properties", "$defs", "definitions", "headers") and i + 1 < len(segments):
            names.append(segments[i + 1])
            i += 2
        elif word in _NUMBERED or word in ("patternProperties", "dependentSchemas", "content"):
            i += 2
        else:
            i += 1
    return ".".join(names)
