"""Counterexamples: values that one whole schema accepts and another refuses, as `jsonschema` judges them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from schemas.engine.regex import matches
from schemas.engine.same import text

if TYPE_CHECKING:
    from schemas.document import Json

HOME = "urn:document"
"""Where a judge that is turned to places knows the whole document by."""
TRIES = 6000
"""Values that are looked at before the search is given up."""
STEPS = 200_000
"""Keywords that one judge evaluates in all; a validator's own work may double with each level of a schema."""
STEPS_A_VALUE = 10_000
DEEPEST = 60
"""Keywords below each other; a validator recurses, and its own libraries do not survive the end of the stack."""
_FAILURES = 5
"""Values that take too much before a judge is asked no more."""


class _Tired(Exception):
    """One value, or all of them together, took too many steps."""


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

    def __init__(self, root: Json, *, words: Mapping[str, Any] | None = None, registry: Any = None, alone: bool = False) -> None:
        """`words` are keywords that mean something of their own here; with `alone`, nothing beside a `$ref` counts."""
        self._alone = alone
        self._left, self._allowed, self._deep, self._failed = 0, STEPS, 0, 0
        schema: Any = root
        named = isinstance(schema, dict) and isinstance(schema.get("$schema"), str)
        found: Any = validator_for(schema if named else {}, default=jsonschema.Draft202012Validator)
        make: Any = extend  # typed without annotations
        known = {**found.VALIDATORS, "pattern": _pattern, "patternProperties": _pattern_properties, **(words or {})}
        kind: Any = make(found, {word: self._counted(word, evaluate) for word, evaluate in known.items()})
        empty: Any = Registry()
        try:
            self._validator = kind(schema, registry=empty if registry is None else registry)
        except (AttributeError, TypeError, ValueError):  # an identifier that is no text, and its like
            self._allowed = 0

    @property
    def spent(self) -> bool:
        """Whether it has nothing to say any more."""
        return self._allowed <= 0

    def turn_to(self, schema: Json) -> None:
        """Judge by another schema from here on, within what is left to spend."""
        if not self.spent:
            self._validator = self._validator.evolve(schema=schema)

    def _counted(self, word: str, evaluate: Any) -> Any:
        def counted(*args: Any) -> Any:
            if self._alone and word != "$ref" and "$ref" in args[3]:
                return
            self._left -= 1
            self._deep += 1
            try:
                if self._left < 0 or self._deep > DEEPEST:
                    raise _Tired
                yield from evaluate(*args) or ()
            finally:
                self._deep -= 1

        return counted

    def accepts(self, value: Any) -> bool | None:
        """Whether the schema accepts the value; None if the validator cannot tell."""
        if self.spent:
            return None
        given, self._deep = min(STEPS_A_VALUE, self._allowed), 0
        self._left = given
        try:
            return self._valid(value)
        finally:
            self._allowed -= given - max(self._left, 0)

    def _valid(self, value: Any) -> bool | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return bool(self._validator.is_valid(value))
        except _Tired:
            self._failed += 1
            if self._failed >= _FAILURES:
                self._allowed = 0
            return None
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
        if len(seen) > TRIES or accepts.spent or refuses.spent:
            break
        if refuses.accepts(value) is False and accepts.accepts(value) is True:
            return True, value
    return False, None
