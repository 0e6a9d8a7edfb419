"""What one operation takes and answers, the same for OpenAPI 3 and Swagger 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schemas.engine.lazy import Lazy
from schemas.model import ANY
from schemas.openapi.description import Body, Description, Header, Media, Operation, Parameter, Response
from schemas.pointer import join

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.model import Node

_IGNORED_HEADERS = frozenset(("accept", "content-type", "authorization"))
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_COLLECTIONS = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def _items(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []


def _members(raw: Json) -> dict[str, Json]:
    return raw if isinstance(raw, dict) else {}


def _written(description: Description, operation: Operation) -> list[tuple[str, Mapping[str, Json]]]:
    """Every parameter object with its pointer: those of the path first, so that the operation's own override them."""
    found: list[tuple[str, Mapping[str, Json]]] = []
    for home, raws in (
        (join(operation.item_at, "parameters"), operation.item.get("parameters")),
        (join(operation.at, "parameters"), operation.raw.get("parameters")),
    ):
        for i, raw in enumerate(_items(raws)):
            at, parameter = description.book.reference(f"{home}/{i}", raw)
            if isinstance(parameter, dict) and isinstance(parameter.get("name"), str) and isinstance(parameter.get("in"), str):
                found.append((at, parameter))
    return found


def parameters(description: Description, operation: Operation) -> dict[tuple[str, str], Parameter]:
    """The operation's parameters by location and name; header names in lower case, path variables by position."""
    variables = {name: i for i, name in enumerate(operation.variables)}
    found = {}
    for at, raw in _written(description, operation):
        name, location = str(raw["name"]), str(raw["in"])
        if location in ("body", "formData") or (location == "header" and name.lower() in _IGNORED_HEADERS):
            continue
        label = (
            f"{{{variables[name]}}}"
            if location == "path" and name in variables
            else name.lower()
            if location == "header"
            else name
        )
        if at.startswith(operation.at) or at.startswith(operation.item_at):
            owner = operation.key if at.startswith(operation.at) else operation.path
            description.book.aliases[at] = f"{owner}/parameters/{location}/{name}"
        description.book.labels[at] = name
        found[location, label] = _parameter(description, at, raw, name, location)
    return found


def _parameter(description: Description, at: str, raw: Mapping[str, Json], name: str, location: str) -> Parameter:
    media, node, schema_at = None, ANY, at
    content = _members(raw.get("content"))
    if content:
        media, first = next(iter(content.items()))
        schema_at = join(at, "content", media, "schema")
        node = description.book.node(schema_at, _members(first).get("schema", True))
    elif isinstance(raw.get("schema"), dict | bool):
        schema_at = join(at, "schema")
        node = description.book.node(schema_at, raw["schema"])
    elif description.swagger:
        node = _plain_node(description, at, raw)
    style, explode = _style(description, raw, location)
    return Parameter(
        name=name,
        location=location,
        required=raw.get("required") is True or location == "path",
        node=node,
        at=at,
        schema_at=schema_at,
        style=style,
        explode=explode,
        media=media,
        deprecated=raw.get("deprecated") is True,
        raw=dict(raw),
    )


def _plain_node(description: Description, at: str, raw: Mapping[str, Json]) -> Node:
    """A Swagger 2 parameter, form field or header is its own schema; what is not of the schema is left out."""
    return description.book.node(
        at, {name: value for name, value in raw.items() if name not in ("name", "in", "required", "collectionFormat")}
    )


def _style(description: Description, raw: Mapping[str, Json], location: str) -> tuple[str, bool]:
    default = _STYLES.get(location, "form")
    if description.swagger:
        style, explode = _COLLECTIONS.get(str(raw.get("collectionFormat", "csv")), ("form", False))
        return (default if style == "form" else style), explode
    style = str(raw.get("style", default))
    told = raw.get("explode")
    return style, told if isinstance(told, bool) else style == "form"


def body(description: Description, operation: Operation) -> Body | None:
    """What the operation takes as its body; None if it takes none."""
    if description.swagger:
        return _swagger_body(description, operation)
    if "requestBody" not in operation.raw:
        return None
    at, raw = description.book.reference(join(operation.at, "requestBody"), operation.raw["requestBody"])
    if not isinstance(raw, dict):
        return None
    return Body(required=raw.get("required") is True, media=_media(description, at, raw.get("content")), at=at)


def _swagger_body(description: Description, operation: Operation) -> Body | None:
    types = [str(name) for name in _items(operation.raw.get("consumes", description.root.get("consumes")))]
    fields: dict[str, Json] = {}
    required: list[Json] = []
    encoding: dict[str, Json] = {}
    taken = _written(description, operation)
    for at, raw in taken:
        if raw["in"] == "body":
            schema_at = join(at, "schema")
            node = description.book.node(schema_at, raw.get("schema", True))
            return Body(
                required=raw.get("required") is True,
                media={media_type(name): Media(node=node, at=schema_at) for name in types or ["application/json"]},
                at=at,
            )
        if raw["in"] == "formData":
            name = str(raw["name"])
            fields[name] = {key: value for key, value in raw.items() if key not in ("name", "in", "required", "collectionFormat")}
            if raw.get("required") is True:
                required.append(name)
            if raw.get("type") == "array":
                encoding[name] = {"collectionFormat": raw.get("collectionFormat", "csv")}
    if not fields:
        return None
    form: Any = {"type": "object", "properties": fields, "required": required}
    at = join(operation.at, "formData")
    node = description.book.node(at, form)
    named = [name for name in types if media_type(name) in FORMS] or [FORMS[0]]
    return Body(
        required=bool(required), media={media_type(name): Media(node=node, at=at, encoding=encoding) for name in named}, at=at
    )


def media_type(name: str) -> str:
    """A media type without parameters, in lower case."""
    return name.partition(";")[0].strip().lower()


def _media(description: Description, at: str, raw: Json) -> dict[str, Media]:
    found: dict[str, Media] = {}
    for name, written in _members(raw).items():
        content_at, content = description.book.reference(join(at, "content", name), written)
        members = _members(content)
        schema_at = join(content_at, "schema")
        schema = members.get("schema", members.get("itemSchema", True))
        found.setdefault(
            media_type(name),
            Media(node=description.book.node(schema_at, schema), at=schema_at, encoding=_members(members.get("encoding"))),
        )
    return found


def responses(description: Description, operation: Operation) -> Lazy[Response]:
    """The answers by status (`200`, `2XX`, `default`)."""
    told = _members(operation.raw.get("responses"))
    spelled = {status.upper(): status for status in told if not status.startswith("x-")}

    def make(status: str, written: Json) -> Response:
        return _response(description, operation, join(operation.at, "responses", spelled[status]), written)

    return Lazy({status: told[as_written] for status, as_written in spelled.items()}, make)


def _response(description: Description, operation: Operation, home: str, written: Json) -> Response:
    at, raw = description.book.reference(home, written)
    if not isinstance(raw, dict):
        return Response(media={}, headers={}, at=at, known=False)
    if description.swagger:
        types = [str(name) for name in _items(operation.raw.get("produces", description.root.get("produces")))] or [
            "application/json"
        ]
        schema_at = join(at, "schema")
        node = description.book.node(schema_at, raw["schema"]) if "schema" in raw else None
        media = {media_type(name): Media(node=node, at=schema_at) for name in types} if node is not None else {}
    else:
        media = _media(description, at, raw.get("content"))
    return Response(media=media, headers=_headers(description, at, raw.get("headers")), at=at)


def _headers(description: Description, home: str, raws: Json) -> dict[str, Header]:
    found = {}
    for name, written in _members(raws).items():
        at, raw = description.book.reference(join(home, "headers", name), written)
        if not isinstance(raw, dict) or name.lower() == "content-type":
            continue
        schema_at, node = join(at, "schema"), ANY
        if description.swagger:
            schema_at, node = at, _plain_node(description, at, raw)
        elif isinstance(raw.get("schema"), dict | bool):
            node = description.book.node(schema_at, raw["schema"])
        found[name.lower()] = Header(required=raw.get("required") is True, node=node, at=at, schema_at=schema_at)
    return found
