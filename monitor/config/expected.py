"""What a pydantic model expects at each place of a tree: read from its annotations, so that models stay plain."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitor.config import duration
from monitor.config.problem import Mark, Problem
from monitor.config.tree import Entries, Items, Node, Path, Scalar, child

Expected = tuple[Any, ...]
"""The alternatives a place takes, unions and aliases already opened: classes, `list[X]`, `Literal[...]`, ..."""


def prepared(model: type[BaseModel], node: Node) -> tuple[object, list[Problem]]:
    """The plain value of `node` for `model` to validate, with durations parsed and paths made absolute from the file they
    stand in; and what is wrong before it is asked: a duration that is none, a secret that stands there in clear."""
    problems: list[Problem] = []
    return _prepared((model,), node, problems), problems


def words(model: type[BaseModel], path: Path, node: Node) -> frozenset[str]:
    """The keys that are valid at `path` below `model`, empty where no keys are expected or any key is."""
    return frozenset(word for kind in _models_at(model, path, node) for word in keys(kind))


def kinds(model: type[BaseModel], path: Path, node: Node) -> tuple[str, ...]:
    """The words that `kind` may be at `path` below `model`, sorted; empty where nothing there has a kind."""
    fields = (kind.model_fields.get("kind") for kind in _models_at(model, path, node))
    return tuple(sorted({str(word) for field in fields if field is not None for word in get_args(field.annotation)}))


def _models_at(model: type[BaseModel], path: Path, node: Node) -> Iterable[type[BaseModel]]:
    here: Expected = (model,)
    at = node
    for step in path:
        below = child(at, step)
        if below is not None:  # else a union's tag or a validator's name: in pydantic's paths, and in no file
            here, at = _below(here, step, at), below
    return _models(here, at)


def keys(model: type[BaseModel]) -> frozenset[str]:
    """The keys a model takes in a file: the alias where a field has one, else its name."""
    return frozenset(key(name, field) for name, field in model.model_fields.items())


def key(name: str, field: FieldInfo) -> str:
    """How a field is written in a file."""
    if isinstance(field.validation_alias, str):
        return field.validation_alias
    return field.alias or name


def _prepared(here: Expected, node: Node, problems: list[Problem]) -> object:
    if isinstance(node, Scalar):
        return _scalar(here, node, problems)
    if isinstance(node, Items):
        return [_prepared(_below(here, index, node), item, problems) for index, item in enumerate(node.items)]
    return {name: _prepared(_below(here, name, node), value, problems) for name, value in node.entries.items()}


def _scalar(here: Expected, node: Scalar, problems: list[Problem]) -> object:
    if node.value is None or str in here:
        return node.value
    if SecretStr in here and node.reference is None:
        text = "this is a secret, and secrets are given by reference"
        problems.append(Problem(mark=node.mark, text=text, hint="write env:NAME or file:/path"))
    if timedelta in here:
        parsed = duration.parse(node.value) if isinstance(node.value, str) else None
        if parsed is not None:
            return parsed
        written = node.reference or repr(node.value)
        problems.append(Problem(mark=node.mark, text=f"{written} is no duration", hint="write 60s, 15m, 2h or 3d"))
    if FilePath in here and isinstance(node.value, str):
        return FilePath(node.mark.file).absolute().parent / node.value
    return node.value


def _below(here: Expected, step: str | int, node: Node | None) -> Expected:
    found: list[Any] = []
    for model in _models(here, node):
        for name, field in model.model_fields.items():
            if key(name, field) == step or name == step:
                found.extend(_opened(field.annotation))
    for kind in here:
        origin: Any = get_origin(kind)
        arguments = get_args(kind)
        if not isinstance(origin, type) or not arguments:
            continue
        if issubclass(origin, Mapping):
            found.extend(_opened(arguments[1]))
        elif issubclass(origin, tuple) and isinstance(step, int) and arguments[-1] is not Ellipsis:
            found.extend(_opened(arguments[step]) if step < len(arguments) else ())
        elif issubclass(origin, Sequence | AbstractSet):
            found.extend(_opened(arguments[0]))
    return tuple(dict.fromkeys(found))


def _models(here: Expected, node: Node | None) -> Iterable[type[BaseModel]]:
    """The models among the alternatives; those whose `kind` is the one written, where any is."""
    models = [kind for kind in here if isinstance(kind, type) and issubclass(kind, BaseModel)]
    written = node.entries.get("kind") if isinstance(node, Entries) else None
    if not isinstance(written, Scalar):
        return models
    meant = [m for m in models if "kind" in m.model_fields and written.value in get_args(m.model_fields["kind"].annotation)]
    return meant or models


def _opened(annotation: Any) -> list[Any]:
    if isinstance(annotation, TypeVar):
        return _opened(annotation.__bound__)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _opened(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [each for argument in get_args(annotation) for each in _opened(argument)]
    return [annotation]


def mark_of(node: Node, path: Sequence[str | int]) -> Mark:
    """Where `path` stands: the key it ends on, or the last place on the way that the file has."""
    mark = node.mark
    for step in path:
        below = child(node, step)
        if below is None:
            continue
        mark = node.keys[str(step)] if isinstance(node, Entries) else below.mark
        node = below
    return mark
