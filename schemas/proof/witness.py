"""Counterexamples: values that one whole schema accepts and another refuses, as `jsonschema` judges them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from schemas.engine.regex import matches
from schemas.engine.same import text

if TYPE_CHECKING:
    from schemas.document import Json

TRIES = 6000
"""Values that are looked at before the search is given up."""


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterable[jsonschema.ValidationError]:
    """`pattern` without backtracking; what cannot be told counts as matching."""
    if isinstance(instance, str) and isinstance(pattern, str) and matches(pattern, instance) is False:
        yield jsonschema.ValidationError(f"does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterable[jsonschema.ValidationError]:
    if not isinstance(instance, dict) or not isinstance(patterns, dict):
        return
    for pattern, below in patterns.items():
        for name, value in instance.items():
            if matches(pattern, name):
                yield from validator.descend(value, below, path=name, schema_path=pattern)


class Judge:
    """A validator for one whole schema that never fetches, and never hangs on a pattern."""

    def __init__(self, root: Json) -> None:
        schema: Any = root
        found = (
            validator_for(schema, default=jsonschema.Draft202012Validator)
            if isinstance(schema, dict)
            else jsonschema.Draft202012Validator
        )
        make: Any = extend  # typed without annotations
        kind: Any = make(found, {"pattern": _pattern, "patternProperties": _pattern_properties})
        empty: Any = Registry()
        self._validator = kind(schema, registry=empty)

    def accepts(self, value: Any) -> bool | None:
        """Whether the schema accepts the value; None if the validator cannot tell."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return bool(self._validator.is_valid(value))
        except (Unresolvable, jsonschema.exceptions.UnknownType, RecursionError, TypeError, ValueError, KeyError, AttributeError):
            return None
        except Exception as error:  # a validator fed a hostile schema may raise anything; that is "cannot tell"
            if isinstance(error, MemoryError):
                raise
            return None


def search(candidates: Iterable[Any], accepts: Judge, refuses: Judge) -> tuple[bool, Any]:
    """The first candidate that one accepts and the other refuses; (False, None) if there is none."""
    seen: set[str] = set()
    for value in candidates:
        mark = text(value)
        if mark in seen:
            continue
        seen.add(mark)
        if len(seen) > TRIES:
            break
        if refuses.accepts(value) is False and accepts.accepts(value) is True:
            return True, value
    return False, None
