"""The catalogue: what is breaking, as tables of data. Ids are stable; levels are the `consumer` policy."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType

from schemas.rules import data, exchange, operation
from schemas.rules.rule import Level, Rule

__all__ = ["Level", "Rule", "catalogue", "of_one_format", "rule", "tables"]

_GENERAL = (operation, exchange, data)


@cache
def tables() -> tuple[ModuleType, ...]:
    """The modules that hold the rules, each as `RULES`, and what it lets pass, with the reason, as `WAIVED` where it has any.

    Those for every format come first, then the table of each format that has one, found by its being here.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    here = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return _GENERAL + tuple(module for module in here if module not in _GENERAL and hasattr(module, "RULES"))


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the tables."""
    return {row.id: row for table in tables() for row in table.RULES}


@cache
def of_one_format(subject: str) -> bool:
    """Whether a subject (`gql`, `proto`) is that of a format's own table."""
    return subject not in {row.id.partition(".")[0] for table in _GENERAL for row in table.RULES}


def rule(id: str) -> Rule:
    """The rule called `id`; raises `KeyError` for an id that is in no table."""
    return catalogue()[id]
