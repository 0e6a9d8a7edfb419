"""The configuration as a JSON Schema (draft 2020-12), built from the models and every installed kind."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from alerts.matrix import Matrix
from monitor import plugins
from monitor.config import duration
from monitor.config.customers import CustomerKeys, CustomersFile
from monitor.config.expected import keys
from monitor.config.written import FileKeys, IntegrationKeys, MatrixFile, TargetKeys
from schemas.document import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:[^/].*|file:/[^/].*)$"
"""What a value by reference looks like; a reference may stand wherever a string is expected."""

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"


def configuration_schema() -> dict[str, Json]:
    """The schema of `driftpager.yml`."""
    definitions: dict[str, Json] = {}
    common = _properties(TargetKeys, definitions)
    shared: dict[str, Json] = {}
    probes: list[Json] = []
    for model in _models(plugins.Family.PROBE):
        probes.append(_kind(model, common, definitions))
        shared |= {word: {} for word in keys(model) - {"kind"}}
    channels: list[Json] = [_kind(model, {}, definitions) for model in _models(plugins.Family.CHANNEL)]
    own = _properties(IntegrationKeys, definitions)
    integration = _closed(shared | common | own | {"targets": _named({"oneOf": probes})})
    sections: dict[str, Json] = {
        "integrations": _named(integration),
        "customers": {
            "type": "object",
            "properties": _properties(CustomersFile, definitions),
            "additionalProperties": _optional(_plain(CustomerKeys, definitions)),
        },
        "channels": _named({"oneOf": channels}),
        "matrix": {"anyOf": [_plain(MatrixFile, definitions), _plain(Matrix, definitions)]},
    }
    whole = _closed(_properties(FileKeys, definitions) | sections)
    return {"$schema": DIALECT, "title": "driftpager.yml"} | whole | {"$defs": definitions}


def matrix_schema() -> dict[str, Json]:
    """The schema of an escalation file of its own."""
    definitions: dict[str, Json] = {}
    return {"$schema": DIALECT, "title": "escalation.yml"} | _plain(Matrix, definitions) | {"$defs": definitions}


class _AsWritten(GenerateJsonSchema):
    """Durations and secrets as people write them in the file."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": duration.PATTERN, "examples": ["15m"]}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """A list with a validator before it takes a single item as well: that is what those validators are for."""
        made = super().function_before_schema(schema)
        return {"anyOf": [made["items"], made]} if made.get("type") == "array" and "items" in made else made


def _models(family: plugins.Family) -> list[type[BaseModel]]:
    return list(dict.fromkeys(plugins.kinds(family).values()))


def _plain(model: type[BaseModel], definitions: dict[str, Json]) -> dict[str, Json]:
    """A model's own schema, its definitions moved to the common ones."""
    made = model.model_json_schema(by_alias=True, schema_generator=_AsWritten, ref_template=f"#/$defs/{model.__name__}.{{model}}")
    for name, definition in made.pop("$defs", {}).items():
        definitions[f"{model.__name__}.{name}"] = _as_written(definition)
    written = _as_written(made)
    assert isinstance(written, dict)
    return written


def _properties(model: type[BaseModel], definitions: dict[str, Json]) -> dict[str, Json]:
    properties = _plain(model, definitions).get("properties", {})
    assert isinstance(properties, dict)
    return properties


def _kind(model: type[BaseModel], common: dict[str, Json], definitions: dict[str, Json]) -> dict[str, Json]:
    """One kind of a block. Only `kind` is required: what else is may stand on the integration."""
    made = _plain(model, definitions)
    properties = made.get("properties", {})
    assert isinstance(properties, dict)
    told: dict[str, Json] = {word: made[word] for word in ("title", "description") if word in made}
    return told | _closed(common | properties, required=["kind"])


def _closed(properties: dict[str, Json], *, required: list[Json] | None = None) -> dict[str, Json]:
    closed: dict[str, Json] = {"type": "object", "additionalProperties": False, "properties": properties}
    return closed | ({"required": required} if required else {})


def _named(entry: dict[str, Json]) -> dict[str, Json]:
    return {"type": "object", "additionalProperties": False, "patternProperties": {_NAME: entry}}


def _optional(schema: dict[str, Json]) -> dict[str, Json]:
    return {"anyOf": [schema, {"type": "null"}]}


def _as_written(schema: Json) -> Json:
    """Secrets become references; numbers, booleans and patterns allow one beside their own form; defaults that only a
    program can spell go."""
    if isinstance(schema, list):
        return [_as_written(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Json] = {key: _as_written(value) for key, value in schema.items() if key not in ("writeOnly", "default")}
    if made.get("format") == "password":
        return {"type": "string", "pattern": REFERENCE, "description": str(schema.get("description", "a secret, by reference"))}
    if made.get("format") in ("path", "duration"):
        del made["format"]
    return made
