"""Which kinds of probes and channels there are: whatever stands in the two packages, and what others install beside us."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import get_args

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    package: str
    attribute: str
    entry_points: str


class Family(Enum):
    """What can be plugged in. A built-in is a module of `package` with `attribute`; anything else is an entry point."""

    PROBE = _Place(package="probes", attribute="PROBE", entry_points="driftpager.probes")
    CHANNEL = _Place(package="alerts.channels", attribute="CHANNEL", entry_points="driftpager.channels")

    def __str__(self) -> str:
        return self.name.lower()


class BrokenPlugin(Exception):
    """An installed plugin cannot be loaded or is not what its entry point promises. The text names it, in one line."""


@cache
def kinds(family: Family) -> Mapping[str, type[BaseModel]]:
    """Every kind of `family` to its model, sorted by kind. Imports all of them; raises `BrokenPlugin`.

    A built-in wins over an entry point of the same kind.
    """
    found: dict[str, type[BaseModel]] = {}
    place = family.value
    for entry in entry_points(group=place.entry_points):
        origin = f"the entry point {entry.name!r} of {place.entry_points}"
        try:
            loaded = entry.load()
        except Exception as error:
            raise BrokenPlugin(f"{origin} cannot be loaded ({type(error).__name__}); repair or uninstall it") from error
        found.update(_named(loaded, origin))
    package = importlib.import_module(place.package)
    for module in pkgutil.iter_modules(package.__path__, f"{place.package}."):
        model = getattr(importlib.import_module(module.name), place.attribute, None)
        if model is not None:
            found.update(_named(model, f"{module.name}.{place.attribute}"))
    return MappingProxyType(dict(sorted(found.items())))


def _named(model: object, origin: str) -> dict[str, type[BaseModel]]:
    """The model under each of the kinds it answers to."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise BrokenPlugin(f"{origin} is no pydantic model class")
    field = model.model_fields.get("kind")
    names = [name for name in get_args(field.annotation) if isinstance(name, str)] if field is not None else []
    if not names:
        raise BrokenPlugin(f"{origin} has no field `kind: Literal[...]`")
    return dict.fromkeys(names, model)
