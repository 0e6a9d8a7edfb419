"""The catalogue: what is breaking, as tables of data. Ids are stable; levels are the `consumer` policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.rules import data, exchange, graphql, operation, salesforce, sample
from schemas.rules.rule import Level, Rule

__all__ = ["TABLES", "Level", "Rule", "catalogue", "rule"]

TABLES = (operation, exchange, data, graphql, salesforce, sample)
"""The modules that hold the rules, each as `RULES`, and what it lets pass, with the reason, as `WAIVED` where it has any."""


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the tables."""
    return {row.id: row for table in TABLES for row in table.RULES}


def rule(id: str) -> Rule:
    """The rule called `id`; raises `KeyError` for an id that is in no table."""
    return catalogue()[id]
