"""Values that show what an edit of a description means: one side accepts them and the other refuses them, for sure.

Looked for at the places that the edit was found in, and confirmed by `jsonschema` against both descriptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import orjson

from schemas.engine.fragment import LARGEST
from schemas.engine.ledger import REQUEST
from schemas.lens import Proof
from schemas.pointer import split

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.ledger import Draft
    from schemas.engine.walk import Pair, Walk
    from schemas.lens import Lens
    from schemas.openapi.description import Description
    from schemas.proof.witness import Judge

SMALL = 1_000_000
"""Bytes of both documents together up to which values are always looked for."""
WORK = 4_000
"""Places that values are made for, over all findings of a comparison."""
WORK_A_PLACE = 250
WORK_AT_LEAST = 10
"""What looking at a place costs however soon it ends."""
TRIES = 300
PLACES = 4
"""Places of one edit that are tried."""


class Shower:
    """Looks for values, within one budget for a whole comparison."""

    def __init__(self, walk: Walk, old: Description, new: Description, lens: Lens) -> None:
        size = old.size + new.size
        self._walk, self._old, self._new = walk, old, new
        self._left = WORK if lens.proof is Proof.ALWAYS or size <= SMALL else 0
        self._judges: tuple[Judge, Judge] | None = None

    def show(self, draft: Draft, side: str) -> Json:
        """A small value that was fine to send (on the response side: was never sent) until the edit; None if none is known."""
        for pair in islice(draft.pairs.values(), PLACES):
            if self._left <= 0:
                return None
            for value in self._values(pair, forward=side == REQUEST):
                shown = _in_its_place(value, pair)
                if draft.rule == "property.removed" and side != REQUEST and _has(value, draft.pointer):
                    continue  # that an open object may hold it with another type is true, and not what happened
                if shown is not None and len(orjson.dumps(shown)) <= LARGEST:
                    return shown
        return None

    def _values(self, pair: Pair, *, forward: bool) -> Iterator[Any]:
        from schemas.proof.candidates import Maker  # with its validator, only where something is to be shown

        readers = self._walk.strict if forward else self._walk.strict[::-1]
        mine, theirs = (pair.old, pair.new) if forward else (pair.new, pair.old)
        work = min(WORK_A_PLACE, self._left)
        self._left -= work
        maker = Maker(*readers, {}, work)
        accepting, refusing = self._turned(pair, forward=forward)
        seen: set[bytes] = set()
        try:
            for value in islice(chain(maker.aimed(mine, theirs), maker.samples(mine)), TRIES):
                mark = orjson.dumps(value)
                if mark in seen:
                    continue
                seen.add(mark)
                forms = _as_text(value) if pair.way.loose else (value,)
                if all(refusing.accepts(form) is False for form in forms) and accepting.accepts(value) is True:
                    yield value
        finally:
            self._left += max(maker.left - WORK_AT_LEAST, 0)

    def _turned(self, pair: Pair, *, forward: bool) -> tuple[Judge, Judge]:
        """The one that accepts, the one that refuses."""
        if self._judges is None:
            from schemas.openapi.judge import judge

            self._judges = judge(self._old), judge(self._new)
        old, new = self._judges
        from schemas.openapi.judge import schema_of

        old.turn_to(schema_of(self._old, pair.old))
        new.turn_to(schema_of(self._new, pair.new))
        return (old, new) if forward else (new, old)


def _has(value: Json, at: str) -> bool:
    return isinstance(value, dict) and at.startswith("/") and split(at)[-1] in value


def _as_text(value: Json) -> Iterable[Json]:
    """Every value that is written the same where values travel as text."""
    if isinstance(value, list):
        return (
            value,
            [written for item in value for written in (item if isinstance(item, str) else orjson.dumps(item).decode(),)],
        )
    if isinstance(value, str):
        try:
            return (value, orjson.loads(value))
        except orjson.JSONDecodeError:
            return (value,)
    return (value, orjson.dumps(value).decode())


def _in_its_place(value: Json, pair: Pair) -> Json:
    """The value as the member it is of, where it is one: `{"status": null}` says more than `null`."""
    for at in (pair.new.at, pair.old.at, pair.place):
        steps = split(at) if at.startswith("/") else []
        if len(steps) > 1 and steps[-2] == "properties":
            return {steps[-1]: value}
        if steps and steps[-1] == "items":
            return [value]
    return value
