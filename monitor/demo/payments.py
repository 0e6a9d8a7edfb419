"""The payments vendor of the demo: an OpenAPI 3.0 description of our own writing, as large and as cyclic as real ones are.

Big enough (about 150 operations and 150 schemas in several hundred kilobytes) to be compared in a process of its own, like
the documents it stands for.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

import orjson

from monitor.demo.payments_resources import CURRENCIES, TABLE, Block, Field, parse

Schema = dict[str, Any]


class Stage(StrEnum):
    """Which release of the vendor's is served. All of them carry the same `info.version`: vendors do that."""

    FIRST = "first"
    COMPATIBLE = "compatible"
    """Something new, nothing lost: a field in answers, an optional one in requests, an operation."""
    BREAKING = "breaking"
    """`payment.receipt_url` is gone from answers, and `payment.status` may be a word nobody has heard of."""


@cache
def description(stage: Stage) -> bytes:
    """The document as served at this stage; the same bytes every time."""
    document = _document(parse(TABLE))
    if stage is Stage.COMPATIBLE:
        _add_something(document)
    elif stage is Stage.BREAKING:
        _break_something(document)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _add_something(document: Schema) -> None:
    schemas = document["components"]["schemas"]
    note: Schema = {"type": "string", "maxLength": 140, "description": "A line for the payer's own records."}
    schemas["payment"]["properties"]["payer_note"] = {**note, "nullable": True}
    schemas["payment_create"]["properties"]["payer_note"] = note
    paths = document["paths"]
    paths["/v1/payments/{id}/receipt"] = {"post": {**paths["/v1/payments/{id}/verify"]["post"], "operationId": "payment_receipt"}}


def _break_something(document: Schema) -> None:
    payment = document["components"]["schemas"]["payment"]
    del payment["properties"]["receipt_url"]
    payment["required"].remove("receipt_url")
    payment["properties"]["status"]["enum"].append("requires_review")


def _document(blocks: list[Block]) -> Schema:
    resources = [block for block in blocks if block.verbs]
    schemas: Schema = {
        "currency": {
            "type": "string",
            "enum": CURRENCIES.split(),
            "description": "Three letters, lower case, as ISO 4217 has them.",
        },
        "country": {"type": "string", "pattern": "^[A-Z]{2}$", "description": "Two letters, as ISO 3166 has them."},
        "metadata": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 500}, "description": _METADATA},
        "deleted": _record({"id": _STRING, "object": _STRING, "deleted": {"type": "boolean", "enum": [True]}}),
        "error": _record({"error": _to("failure")}, "Every answer outside 2xx looks like this."),
        "entry_source": _one_of(["charge", "refund", "payout", "dispute", "transfer"]),
        "event_data": _record(
            {"object": _one_of([r.name for r in resources if r.name != "event"]), "previous": {"type": "object"}}
        ),
    }
    for block in blocks:
        schemas[block.name] = _answer(block)
    for resource in resources:
        if "l" in resource.verbs:
            schemas[f"{resource.name}_list"] = _list_of(resource)
        for verb, mark in (("create", "<"), ("update", "~")):
            if verb[0] in resource.verbs:
                schemas[f"{resource.name}_{verb}"] = _question(resource, verb, mark)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Larkfield Payments",
            "version": "2026-02-14",
            "description": _ABOUT,
            "termsOfService": f"{_SITE}/terms",
        },
        "servers": [{"url": "https://api.larkfield.example"}],
        "security": [{"bearer": []}],
        "tags": [{"name": r.name, "description": r.about} for r in resources],
        "paths": {path: item for resource in resources for path, item in _paths(resource).items()},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "Your secret key."}},
            "responses": {
                "refused": {"description": "Refused; the body says why.", "content": _json(_to("error"))},
                "busy": {
                    "description": "Too many requests at once. Wait, and ask more slowly.",
                    "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
                    "content": _json(_to("error")),
                },
            },
            "parameters": {name: {"name": name, "in": "query", **parameter} for name, parameter in _PAGING.items()},
            "schemas": schemas,
        },
    }


def _answer(block: Block) -> Schema:
    properties: Schema = {}
    required = []
    if block.verbs:
        properties["id"] = {"type": "string", "pattern": f"^{block.prefix}[0-9A-Za-z]+$", "description": "Its name for ever."}
        properties["object"] = {"type": "string", "enum": [block.name]}
        properties["created"] = {"type": "integer", "format": "unix-time", "description": "When it was made."}
        properties["live"] = {"type": "boolean", "description": "False for what was made with a test key."}
        properties["metadata"] = _to("metadata")
        required = list(properties)
    for each in block.fields:
        properties[each.name] = _typed(each, nullable="?" in each.marks)
        required += [each.name] if set("!?") & set(each.marks) else []
    return _record(properties, block.about or f"Part of other objects: {block.name.replace('_', ' ')}.", required)


def _question(resource: Block, verb: str, mark: str) -> Schema:
    accepted = [each for each in resource.fields if mark in each.marks]
    properties = {each.name: _typed(each, nullable=False, asked=True) for each in accepted}
    required = [each.name for each in accepted if "!" in each.marks] if verb == "create" else []
    properties["metadata"] = _to("metadata")
    properties["expand"] = {"type": "array", "items": _STRING, "description": "Which ids to answer as whole objects."}
    return _record(properties, f"What to say to {verb} a {resource.name.replace('_', ' ')}.", required)


def _typed(each: Field, *, nullable: bool, asked: bool = False) -> Schema:
    kind, many = (each.type[:-2], True) if each.type.endswith("[]") else (each.type, False)
    word, _, rest = kind.partition(":")
    match word:
        case "id":
            schema = _STRING if asked else {"anyOf": [{**_STRING, "maxLength": 64}, _to(rest)]}
        case "ref":
            schema = _to(rest)
        case "currency" | "country":
            schema = _to(word)
        case "enum":
            schema = {"type": "string", "enum": rest.split("|")}
        case _:
            schema = _SCALARS[word]
    if many:
        schema = {"type": "array", "items": schema, "maxItems": 100}
    if "$ref" in schema:  # beside a reference nothing counts in OpenAPI 3.0
        schema = {"allOf": [schema]}
    return {**schema, "description": f"{each.about}.", **({"nullable": True} if nullable else {})}


def _list_of(resource: Block) -> Schema:
    properties = {
        "object": {"type": "string", "enum": ["list"]},
        "data": {"type": "array", "items": _to(resource.name)},
        "has_more": {"type": "boolean", "description": "Whether to ask again with `after`."},
        "url": {"type": "string", "pattern": f"^/v1/{_plural(resource)}"},
    }
    return _record(properties, f"One page of {_plural(resource).replace('_', ' ')}, the newest first.")


def _paths(resource: Block) -> Schema:
    name, one, many = resource.name, f"/v1/{_plural(resource)}/{{id}}", f"/v1/{_plural(resource)}"
    said = name.replace("_", " ")
    identity = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 64},
        "description": f"The {said}.",
    }
    expand = {"name": "expand", "in": "query", "style": "form", "explode": True, "schema": {"type": "array", "items": _STRING}}
    paths: Schema = {}

    def operation(
        path: str, method: str, verb: str, about: str, answers: str, *, asks: str = "", extra: list[Schema] | None = None
    ) -> None:
        parameters = ([identity] if "{id}" in path else []) + [expand] + (extra or [])
        made: Schema = {
            "operationId": f"{name}_{verb}",
            "tags": [name],
            "summary": f"{verb.replace('_', ' ').capitalize()} a {said}",
            "description": f"{about} {_ADVICE[method]}",
            "parameters": parameters,
            "responses": {
                "200": {"description": "Done.", "content": _json(_to(answers))},
                "404": {"$ref": "#/components/responses/refused"},
                "429": {"$ref": "#/components/responses/busy"},
                "default": {"$ref": "#/components/responses/refused"},
            },
        }
        if asks:
            made["requestBody"] = {"required": True, "content": _json(_to(asks))}
        paths.setdefault(path, {})[method] = made

    paging = [{"$ref": f"#/components/parameters/{parameter}"} for parameter in _PAGING]
    for letter in resource.verbs:
        match letter:
            case "c":
                operation(many, "post", "create", f"Makes a {said}. {resource.about}", name, asks=f"{name}_create")
            case "l":
                operation(many, "get", "list", f"Lists {said} objects, the newest first.", f"{name}_list", extra=paging)
            case "r":
                operation(one, "get", "read", f"Gives a {said} as it stands now.", name)
            case "u":
                operation(one, "post", "update", f"Changes a {said}; what is not named stays.", name, asks=f"{name}_update")
            case "d":
                operation(one, "delete", "delete", f"Deletes a {said}. Objects that name it keep its id.", "deleted")
    for action in resource.actions:
        about = f"Asks to {action.replace('_', ' ')} this {said}. Refused with `wrong_state` where its state does not allow it."
        operation(f"{one}/{action}", "post", action, about, name)
    return paths


def _plural(resource: Block) -> str:
    name = resource.name
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _record(properties: Schema, about: str = "", required: list[str] | None = None) -> Schema:
    always = list(properties) if required is None else required
    made = {"type": "object", "description": about, "properties": properties, **({"required": always} if always else {})}
    return {key: value for key, value in made.items() if value != ""}


def _one_of(names: list[str]) -> Schema:
    mapping = {name: f"#/components/schemas/{name}" for name in names}
    return {"oneOf": [_to(name) for name in names], "discriminator": {"propertyName": "object", "mapping": mapping}}


def _to(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


_STRING: Schema = {"type": "string"}
_SCALARS: Schema = {
    "string": {"type": "string", "maxLength": 255},
    "text": {"type": "string", "maxLength": 5000},
    "integer": {"type": "integer", "minimum": 0},
    "money": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "time": {"type": "integer", "format": "unix-time"},
    "date": {"type": "string", "format": "date"},
    "email": {"type": "string", "format": "email", "maxLength": 254},
    "url": {"type": "string", "format": "uri", "maxLength": 2048},
}
_PAGING: Schema = {
    "limit": {"schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}, "description": "How many at most."},
    "after": {"schema": _STRING, "description": "The id to go on behind."},
    "before": {"schema": _STRING, "description": "The id to end before."},
    "created_from": {"schema": {"type": "integer"}, "description": "Made at or after this moment."},
    "created_until": {"schema": {"type": "integer"}, "description": "Made before this moment."},
}

_SITE = "https://larkfield.example"
_METADATA = "Up to 50 keys of your own. We keep them, give them back, and never look at them."
_ABOUT = (
    "Larkfield moves money between people who buy and people who sell. Every object has an `id` and an `object` that says "
    "what it is. Amounts are integers in the smallest unit of their currency. Unknown fields in requests are refused; "
    "answers may grow fields, so read what you know and leave the rest."
)
_ADVICE = {
    "get": "Reading changes nothing and may be repeated. Ask for whole objects instead of ids with `expand`, up to four deep.",
    "post": "Send an `Idempotency-Key` header: the same key within a day gives the same answer and does nothing twice.",
    "delete": "Deleting again gives the same answer. Nothing that was deleted comes back; make a new one instead.",
}
