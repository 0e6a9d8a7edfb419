"""Reviews, and what was learned from them, found by words: SQLite's FTS5 and PostgreSQL's full text behind one function.

A review outlives its escalation: what was learned is never pruned.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.lessons import Lesson, best, words_of
from alerts.page import EscalationId
from alerts.review import Review, ReviewState
from monitor.store.columns import Codec
from monitor.store.statements import insert_into
from monitor.store.tables import reviews

_REVIEW: Codec[Review] = Codec(Review)
_LESSON: Codec[Lesson] = Codec(Lesson)
_c = reviews.c

_CANDIDATES = 200
_FIND = {
    "sqlite": "SELECT review FROM reviews_words WHERE reviews_words MATCH :wanted ORDER BY rank, review LIMIT :limit",
    "postgresql": (
        "SELECT review FROM reviews_words, to_tsquery('simple', CAST(:wanted AS text)) AS query "
        "WHERE words @@ query ORDER BY ts_rank(words, query) DESC, review LIMIT :limit"
    ),
}
_KEEP = {
    "sqlite": "INSERT INTO reviews_words (review, words) VALUES (:review, :words)",
    "postgresql": "INSERT INTO reviews_words (review, words) VALUES (:review, to_tsvector('simple', CAST(:words AS text)))",
}


class Reviews:
    """One review an escalation; saved again it takes the place of what was there."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, escalation: EscalationId) -> Review | None:
        """None where nobody wrote anything yet."""
        body = await self._connection.scalar(select(_c.body).where(_c.escalation == escalation))
        return None if body is None else _REVIEW.decode(body)

    async def save(self, review: Review, lesson: Lesson | None = None) -> None:
        """Keeps a review. `lesson` is what it teaches, given once it is closed: from then on it is found by its words."""
        values = {"state": review.state.value, "at": review.at, "body": _REVIEW.encode(review)}
        if lesson is not None:
            values["lesson"] = _LESSON.encode(lesson)
        insert = insert_into(self._connection, reviews).values(escalation=review.escalation, **values)
        await self._connection.execute(insert.on_conflict_do_update(index_elements=[_c.escalation], set_=values))
        if lesson is not None:
            this = {"review": lesson.escalation}
            await self._connection.execute(text("DELETE FROM reviews_words WHERE review = :review"), this)
            kept = text(_KEEP[self._connection.dialect.name])
            await self._connection.execute(kept, this | {"words": " ".join(words_of(lesson))})

    async def all(self, state: ReviewState | None = None, limit: int = 100) -> list[Review]:
        """The newest first, drafts before what is closed."""
        query = select(_c.body).order_by(_c.at.is_not(None), _c.at.desc(), _c.escalation).limit(limit)
        query = query if state is None else query.where(_c.state == state.value)
        return [_REVIEW.decode(body) for body in (await self._connection.execute(query)).scalars()]

    async def lessons(self, wanted: Sequence[str], limit: int = _CANDIDATES) -> list[Lesson]:
        """What was learned that has any of these words (of `alerts.lessons.words`), the best first; the same on every store."""
        if not wanted:
            return []
        asked = {"wanted": self._query(wanted), "limit": _CANDIDATES}
        names = (await self._connection.execute(text(_FIND[self._connection.dialect.name]), asked)).scalars().all()
        bodies = await self._connection.execute(select(_c.lesson).where(_c.escalation.in_(names), _c.lesson.is_not(None)))
        return best([_LESSON.decode(body) for body in bodies.scalars()], wanted, limit)

    def _query(self, wanted: Sequence[str]) -> str:
        """Any of the words, which are letters and digits only; in quotes all the same, so that none is an operator."""
        if self._connection.dialect.name == "postgresql":
            return " | ".join(f"'{word}'" for word in wanted)
        return " OR ".join(f'"{word}"' for word in wanted)
