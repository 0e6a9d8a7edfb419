"""Values that show what an edit means where it was made: one side accepts them and the other refuses them, for sure.

Looked for at the places that the edit was found in, and confirmed there by `jsonschema`, with both whole documents at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import orjson

from schemas.engine.book import UNRESOLVED
from schemas.engine.fragment import LARGEST
from schemas.engine.ledger import REQUEST
from schemas.engine.same import same
from schemas.model import ANY, NEVER
from schemas.pointer import _Missing, split

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.book import Book
    from schemas.engine.ledger import Draft
    from schemas.engine.walk import Pair, Walk
    from schemas.model import Node
    from schemas.proof.witness import Judge

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

    def __init__(self, walk: Walk, judges: Callable[[], tuple[Judge, Judge]], *, work: int = WORK) -> None:
        """`judges` are those of the old and the new document, made when one is needed; `work` is the budget in places."""
        self._walk, self._make = walk, judges
        self._left = work
        self._judges: tuple[Judge, Judge] | None = None
        self._found: dict[tuple[object, bool], tuple[list[Any], Iterator[Any]]] = {}

    def show(self, draft: Draft, side: str) -> Json:
        """A small value that was fine to send (on the response side: was never sent) until the edit; None if none is known."""
        for key, pair in islice(draft.pairs.items(), PLACES):
            for value in self._values((key, pair.way.loose), pair, forward=side == REQUEST):
                shown = _in_its_place(value, pair)
                if draft.rule == "property.removed" and side != REQUEST and _has(value, draft.pointer):
                    continue  # that an open object may hold it with another type is true, and not what happened
                if shown is not None and len(orjson.dumps(shown)) <= LARGEST:
                    return shown
        return None

    def _values(self, key: object, pair: Pair, *, forward: bool) -> Iterator[Any]:
        """What shows an edit of this place, found once for all edits of it."""
        if (key, forward) not in self._found:
            if self._left <= 0:
                return
            self._found[key, forward] = [], self._search(pair, forward=forward)
        found, more = self._found[key, forward]
        yield from found
        for value in more:
            found.append(value)
            yield value

    def _search(self, pair: Pair, *, forward: bool) -> Iterator[Any]:
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
                    self._left += (unused := max(maker.left - WORK_AT_LEAST, 0))  # for others, until more is asked for
                    yield value
                    self._left -= unused
                    accepting, refusing = self._turned(pair, forward=forward)
        finally:
            self._left += max(maker.left - WORK_AT_LEAST, 0)

    def _turned(self, pair: Pair, *, forward: bool) -> tuple[Judge, Judge]:
        """The one that accepts, the one that refuses."""
        if self._judges is None:
            self._judges = self._make()
        old, new = self._judges
        from schemas.proof.witness import HOME

        old.turn_to(_schema_of(self._walk.old.book, pair.old, HOME))
        new.turn_to(_schema_of(self._walk.new.book, pair.new, HOME))
        return (old, new) if forward else (new, old)


def _has(value: Json, at: str) -> bool:
    return isinstance(value, dict) and at.startswith("/") and split(at)[-1] in value


def _schema_of(book: Book, node: Node, home: str) -> Json:
    """The schema of a place, to be read beside its document at `home`; what leads nowhere refers to nothing here either."""
    if node is ANY or node is NEVER:
        return node is ANY
    parts: list[Json] = []
    for at, raw in zip(node.key, node.raws, strict=True):
        found = book.find(at)
        if at.startswith(UNRESOLVED):
            parts.append({"$ref": "urn:nowhere"})
        elif isinstance(found, _Missing) or not same(found, raw):
            parts.append(raw)  # made up from several places, as a form of Swagger 2 is
        else:
            parts.append({"$ref": f"{home}#{_quoted(at)}"})
    return parts[0] if len(parts) == 1 else {"allOf": parts}


def _quoted(at: str) -> str:
    return at.replace("%", "%25").replace("#", "%23").replace(" ", "%20")


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
