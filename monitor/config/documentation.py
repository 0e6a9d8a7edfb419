"""The reference of the configuration, from the models: `python -m monitor.config.documentation > docs/configuration.md`."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from alerts.delays import Delay
from alerts.matrix import Matrix
from monitor import plugins
from monitor.config import duration
from monitor.config.customers import CustomerKeys, CustomersFile
from monitor.config.expected import key
from monitor.config.written import FileKeys, IntegrationKeys, MatrixFile, TargetKeys

_INTRODUCTION = """\
# Configuration

<!-- Written by `python -m monitor.config.documentation`; change the models instead. -->

`driftpager.yml` says what is watched and how pages leave, `escalation.yml` who gets them. `driftpager check` tells every
mistake at once with its line; `driftpager schema` prints a JSON Schema for editors.

- A **secret** is given by reference: `env:NAME` reads an environment variable, `file:PATH` a file (relative to the one it
  stands in, without a final line break). References work wherever text is expected.
- A **duration** is a number with its unit: `500ms`, `60s`, `15m`, `2h`, `3d`, `1w`, or several together: `1h30m`.
- YAML is read as version 1.2: `no` and `on` are words, a key may stand only once, tags and merge keys are refused.
- Unknown keys are refused, with the nearest valid word.
"""


def reference() -> str:
    """The whole page."""
    parts: list[str] = [_INTRODUCTION, "## driftpager.yml\n", _table(FileKeys)]
    parts += [f"### {name}\n\n{_sentence(model)}\n\n{_table(model)}" for name, model in _nested(FileKeys)]
    parts += [
        f"### integrations\n\nNames to settings. {_sentence(IntegrationKeys)}\n\n{_table(IntegrationKeys)}",
        f"### targets\n\nNames to settings, below an integration. {_sentence(TargetKeys)}\n\n{_table(TargetKeys)}",
        *(f"#### {name}\n\n{_sentence(model)}\n\n{_table(model)}" for name, model in _nested(TargetKeys)),
        *_kinds(plugins.Family.PROBE),
        f"### customers\n\nNames to settings. {_sentence(CustomerKeys)}\n\n{_table(CustomerKeys)}",
        *(f"#### customers.NAME.{name}\n\n{_sentence(model)}\n\n{_table(model)}" for name, model in _nested(CustomerKeys)),
        f"Or, and beside them: {_sentence(CustomersFile)}\n\n{_table(CustomersFile)}",
        "### channels\n\nNames to settings.\n",
        *_kinds(plugins.Family.CHANNEL),
        f"### matrix\n\nThe matrix itself, or: {_sentence(MatrixFile)} Without one, every channel with a destination of its own "
        f"is in one lane.\n\n{_table(MatrixFile)}",
        f"## escalation.yml\n\n{_sentence(Matrix)}\n\n{_table(Matrix)}",
        *(f"### {name}\n\n{_sentence(model)}\n\n{_table(model)}" for name, model in _nested(Matrix)),
    ]
    return "\n".join(parts)


def _kinds(family: plugins.Family) -> Iterator[str]:
    """The kinds that come with driftpager, each with the models it alone uses."""
    for kind, model in plugins.kinds(family).items():
        if model.__module__.startswith(f"{family.value.package}."):
            told = (sys.modules[model.__module__].__doc__ or "").strip().partition("\n\n")[0]
            yield f"#### `kind: {kind}`\n\n{_joined(told)} {_sentence(model)}\n\n{_table(model)}"
            for name, part in _nested(model):
                yield f"##### {name}\n\n{_sentence(part)}\n\n{_table(part)}"


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | value | default | |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        described = _joined(field.description or "").replace("|", "\\|")
        rows.append(f"| `{key(name, field)}` | {_value(field)} | {_default(field)} | {described} |")
    return "\n".join(rows) + "\n"


def _nested(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models below `model`, each once, under the dotted place it is first found at."""
    seen: set[type[BaseModel]] = set()

    def below(model: type[BaseModel], place: str) -> Iterator[tuple[str, type[BaseModel]]]:
        for name, field in model.model_fields.items():
            for part, steps in _parts(field.annotation):
                if part not in seen:
                    seen.add(part)
                    at = f"{place}{key(name, field)}{steps}"
                    kinds = _words(part.model_fields["kind"].annotation) if "kind" in part.model_fields else ()
                    yield f"{at} `kind: {kinds[0]}`" if kinds else at, part
                    yield from below(part, f"{at}.")

    yield from below(model, "")


def _parts(annotation: Any) -> list[tuple[type[BaseModel], str]]:
    """The models in an annotation, with what stands between the key and them: `.NAME` for a mapping, `[]` for a list."""
    origin: Any = get_origin(annotation)
    arguments = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [(annotation, "")]
    if origin is Annotated:
        return _parts(arguments[0])
    if origin in (Union, types.UnionType):
        return [found for argument in arguments for found in _parts(argument)]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return [(part, f".NAME{steps}") for part, steps in _parts(arguments[1])]
    if isinstance(origin, type) and issubclass(origin, Sequence | AbstractSet):
        return [(part, f"[]{steps}") for argument in arguments for part, steps in _parts(argument)]
    return []


def _value(field: FieldInfo) -> str:
    return _type(field.annotation)


_PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    SecretStr: "secret, by reference",
    timedelta: "duration",
    date: "day (`2027-01-31`)",
    Delay: "delay (`5m`, `4 business hours`)",
    Path: "path",
}


def _type(annotation: Any) -> str:
    origin: Any = get_origin(annotation)
    arguments = get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    words = _words(annotation)
    if words:
        return " ".join(f"`{word}`" for word in words)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(each) for each in arguments if each is not type(None)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping to {_type(arguments[1])}"
    if isinstance(origin, type) and issubclass(origin, Sequence | AbstractSet):
        return f"list of {_type(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "settings"
    return "text"


def _words(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(member.value) for member in annotation)
    return ()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel) or value is None or value in ("", (), [], {}, frozenset()):
        return ""
    if isinstance(value, timedelta):
        return f"`{duration.write(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _sentence(model: type[BaseModel]) -> str:
    return _joined(inspect.getdoc(model) or "")


def _joined(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.stdout.write(reference())
