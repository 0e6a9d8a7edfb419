"""Which operations a place is reached by, and on which side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING

import orjson

from schemas.engine.gather import Gather
from schemas.engine.ledger import ERROR, REQUEST, RESPONSE
from schemas.engine.names import definition
from schemas.engine.taint import Taint, refs, unit_of
from schemas.openapi.description import Description, Operation

if TYPE_CHECKING:
    from schemas.document import Json


def success(status: str, statuses: Iterable[str]) -> bool:
    """Whether a status is one our code reads: 1xx to 3xx, and `default` where no success is described."""
    if status.upper() == "DEFAULT":
        return not any(other[:1] == "2" for other in statuses)
    return status[:1] in ("1", "2", "3")


class Reach:
    """Answers `operations(pointer, side)` over both descriptions; the graph is built on the first question."""

    def __init__(self, old: Description, new: Description, taint: Taint) -> None:
        self._descriptions, self._taint = (old, new), taint
        self._roots: dict[str, dict[str, set[str]]] = {}
        self._above: dict[str, Gather] = {}
        self._items: dict[str, set[str]] = {}

    def operations(self, at: str, side: str) -> Set[str]:
        """The operations whose `side` leads to the place at `at`."""
        if not self._roots:
            self._build()
        unit = definition(at)
        if unit is None:
            while at:
                if at in self._items:
                    return self._items[at]
                at = at.rpartition("/")[0]
            return frozenset()
        return self._above[side].of(unit)

    def _build(self) -> None:
        self._roots = {REQUEST: {}, RESPONSE: {}, ERROR: {}}
        seen: dict[str, bytes] = {}
        for description in self._descriptions:
            for operation in (*description.operations.values(), *description.webhooks.values()):
                self._items.setdefault(operation.item_at, set()).add(operation.key)
                self._items.setdefault(operation.at, set()).add(operation.key)
                if seen.get(operation.at) != operation.text:
                    seen[operation.at] = operation.text
                    self._root(operation)
        self._above = {side: Gather(self._taint.back, roots) for side, roots in self._roots.items()}

    def _root(self, operation: Operation) -> None:
        responses = operation.raw.get("responses")
        described: Mapping[str, Json] = responses if isinstance(responses, dict) else {}
        others = {name: value for name, value in operation.raw.items() if name not in ("responses", "callbacks")}
        flip = operation.incoming
        self._lead(operation, RESPONSE if flip else REQUEST, [others, operation.item.get("parameters")])
        for status, raw in described.items():
            side = RESPONSE if success(status, described) else ERROR
            self._lead(operation, REQUEST if flip else side, raw)
        if "callbacks" in operation.raw:
            for side in (REQUEST, RESPONSE):
                self._lead(operation, side, operation.raw["callbacks"])

    def _lead(self, operation: Operation, side: str, raw: Json) -> None:
        roots = self._roots[side]
        for ref in _named(raw):
            unit = unit_of(ref)
            if unit is not None:
                roots.setdefault(unit, set()).add(operation.key)


def _named(raw: Json) -> tuple[str, ...]:
    """The references in a part of an operation; most answers to errors are a reference and nothing else."""
    only = raw.get("$ref") if isinstance(raw, dict) and len(raw) == 1 else None
    return (only,) if isinstance(only, str) else refs(orjson.dumps(raw))
