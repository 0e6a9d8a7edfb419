"""The catalogue: what is breaking, as tables of data. Ids are stable; levels are the `consumer` policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.rules import data, exchange, graphql, operation, salesforce, sample
from schemas.rules.rule import Level, Rule

__all__ = ["Level", "Rule", "catalogue", "rule"]


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the tables."""
    tables = (operation, exchange, data, graphql, salesforce, sample)
    return {row.id: row for table in tables for row in table.RULES}


def rule(id: str) -> Rule:
    """The rule called `id`; raises `KeyError` for an id that is in no table."""
    return catalogue()[id]
