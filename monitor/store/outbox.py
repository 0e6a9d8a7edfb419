"""The outbox: pages to leave, in order, each until it is known what became of it. Long, as it is the whole life of a row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.errors import Reason
from alerts.page import Action, EscalationId, Page, PageId, PageState
from alerts.priority import Priority
from monitor.store.columns import Codec
from monitor.store.settling import Line, settle
from monitor.store.statements import chunked, insert_into
from monitor.store.statements import lease as lease_rows
from monitor.store.tables import escalations, pages
from schemas.fingerprint import digest

_PAGE: Codec[Page] = Codec(Page)
_c = pages.c
_RESOLVED = "a resolve or an acknowledgement follows"
_NEWER = "a newer page of the lane follows"


class Outbox:
    """A page waits (`claimable_at`) until it is sent, superseded or dead, and is leased while an attempt is under way.

    `sent`, `retry` and `dead` tell the outcome of an attempt and end its lease; a lease that runs out is an attempt of
    which nobody knows the outcome. A page that may have arrived is marked `possible_repeat` when it is claimed again.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def queue(self, queued: Sequence[Page]) -> None:
        """Adds pages in this order; one whose key was ever queued before is left out. Their escalations are stored already.

        A resolve or an acknowledgement settles what waits before it: see `monitor.store.settling`. A trigger takes the place
        of those of its lane that still wait: when a channel is back, it says what is so now, once. So does a page about a
        record, which tells their news too.
        """
        for escalation in sorted({page.escalation for page in queued if page.escalation}):
            # One writer an escalation, so that the order of the rows is the order in which they become visible.
            await self._connection.execute(select(escalations.c.id).where(escalations.c.id == escalation).with_for_update())
        for each in queued:
            page = await self._gather(each) if each.action is Action.RECORD else each
            insert = insert_into(self._connection, pages).values(**_values(page)).on_conflict_do_nothing().returning(_c.seq)
            added = await self._connection.scalar(insert)
            if added is not None and page.action in (Action.RESOLVE, Action.ACKNOWLEDGE):
                await self._settle(_fold(page))
            if added is not None and page.action is Action.TRIGGER:
                await self._replace(page, added)

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Page]:
        """Takes up to `limit` pages for an attempt, the most urgent first; of each order key only the oldest unfinished one."""
        await self._end_lost_attempts(now)
        until = now + lease
        ready = and_(_c.claimable_at <= now, _first_in_order())
        doubtful = case((_c.state.in_([PageState.LEASED, PageState.UNKNOWN]), true()), else_=_c.doubtful)
        statement = lease_rows(
            pages,
            _c.seq,
            ready,
            (_c.priority, _c.seq),
            limit,
            until,
            state=PageState.LEASED,
            attempts=_c.attempts + 1,
            doubtful=doubtful,
        )
        rows = (await self._connection.execute(statement)).all()
        return [_page(row) for row in sorted(rows, key=lambda row: (row.priority, row.seq))]

    async def sent(self, page_id: PageId, reference: str, at: datetime) -> None:
        """The channel took it; `reference` is its own name for it, empty for none."""
        taken = update(pages).where(_c.id == page_id, _c.state != PageState.CONFIRMED)
        await self._connection.execute(
            taken.values(state=PageState.SENT, claimable_at=None, sent_at=at, reference=reference, reason="", last_error="")
        )

    async def retry(self, page_id: PageId, at: datetime, reason: Reason, text: str, unknown: bool) -> None:
        """It did not get through, and is to be tried again at `at`. `unknown` True: it may have arrived all the same."""
        row = await self._waiting(page_id)
        if row is None:
            return
        doubtful = row.doubtful or unknown
        if not row.withdrawn:
            state = PageState.UNKNOWN if doubtful else PageState.PENDING
        else:
            state = PageState.UNKNOWN if doubtful else PageState.SUPERSEDED
        outcome = {"state": state, "doubtful": doubtful, "claimable_at": None if row.withdrawn else at}
        await self._connection.execute(
            update(pages).where(_c.seq == row.seq).values(**outcome, reason=reason.value, last_error=text)
        )
        if row.withdrawn:
            await self._settle(row.fold)

    async def dead(self, page_id: PageId, at: datetime, reason: Reason, text: str) -> None:
        """It will never get through as it stands; no further attempt is made."""
        row = await self._waiting(page_id)
        if row is None:
            return
        outcome = {"state": PageState.DEAD, "claimable_at": None, "sent_at": None, "reason": reason.value, "last_error": text}
        await self._connection.execute(update(pages).where(_c.seq == row.seq).values(**outcome))
        await self._settle(row.fold)

    async def supersede(self, page_ids: Collection[PageId], because: str, at: datetime) -> None:
        """Stale pages are not sent any more. An attempt under way ends as it ends, and is the last."""
        for ids in chunked(sorted(page_ids)):
            await self._withdraw(_c.id.in_(ids), because)

    async def confirmed(self, page_id: PageId) -> None:
        """Read back at the vendor: it is there."""
        there = _c.state.in_([PageState.SENT, PageState.UNKNOWN, PageState.LEASED])
        values = {"state": PageState.CONFIRMED, "claimable_at": None}
        await self._connection.execute(update(pages).where(_c.id == page_id, there).values(**values))

    async def get(self, page_id: PageId) -> tuple[Page, PageState, str] | None:
        """(page, its state, the last error), None for an unknown one."""
        found = await self._told(_c.id == page_id)
        return found[0] if found else None

    async def pages(self, escalation: EscalationId) -> list[tuple[Page, PageState, str]]:
        """(page, its state, the last error) in the order they were queued."""
        return await self._told(_c.escalation == escalation)

    async def taken(self, escalation: EscalationId) -> Mapping[PageId, datetime]:
        """When the channel took each page of an escalation; what it has not taken is left out."""
        query = select(_c.id, _c.sent_at).where(_c.escalation == escalation, _c.sent_at.is_not(None))
        return {PageId(row.id): row.sent_at for row in await self._connection.execute(query)}

    async def rung(self, contact: str, since: datetime) -> int:
        """How many triggers were queued for a contact since a moment and were not dropped: what a person has heard lately.
        Practice keeps nobody from hearing of what is real."""
        query = select(func.count()).select_from(pages).where(_c.contact == contact, _c.created_at > since)
        real = query.where(_c.action == Action.TRIGGER, _c.state != PageState.SUPERSEDED, _c.practice.is_(False))
        return await self._connection.scalar(real) or 0

    async def last_taken(self, channel: str, contact: str) -> datetime | None:
        """When a channel last took a page to a contact, of whatever kind; None for never, as far as is remembered."""
        named = or_(_c.contact == contact, _c.contact.like(f"{contact}, %"), _c.contact.like(f"%, {contact}"))
        query = select(func.max(_c.sent_at)).where(_c.channel == channel, named)
        taken: datetime | None = await self._connection.scalar(query)
        return taken

    async def late_told(self, page_id: PageId) -> None:
        """That it missed its deadline has been acted upon; `past_deadline` names it no more."""
        await self._connection.execute(update(pages).where(_c.id == page_id).values(deadline=None))

    async def past_deadline(self, now: datetime, limit: int) -> list[Page]:
        """Pages still waiting after their deadline, the most urgent first: a fallback is to take over.

        Each with the deadline it has now, which may be that of a page it replaced.
        """
        late = select(pages).where(_c.claimable_at.is_not(None), _c.deadline <= now).order_by(_c.priority, _c.seq).limit(limit)
        return [replace(_page(row), deadline=row.deadline) for row in await self._connection.execute(late)]

    async def is_late(self, page_id: PageId, now: datetime) -> bool:
        """Whether a page waits past its deadline at this very moment; what `past_deadline` said may have been sent since."""
        return bool(
            await self._connection.scalar(
                select(exists().where(_c.id == page_id, _c.claimable_at.is_not(None), _c.deadline <= now))
            )
        )

    async def next_due(self) -> datetime | None:
        """When `claim` may next give something: an attempt's time, or the end of a lease."""
        due: datetime | None = await self._connection.scalar(select(func.min(_c.claimable_at)).where(_first_in_order()))
        return due

    async def stranded(self, before: datetime) -> datetime | None:
        """Since when an urgent trigger waits that was queued before a moment, while no channel took anything; None for none."""
        waiting = select(func.min(_c.created_at)).where(_c.claimable_at.is_not(None), _c.created_at < before)
        since: datetime | None = await self._connection.scalar(
            waiting.where(_c.action == Action.TRIGGER, _c.priority <= Priority.P2)
        )
        if since is None or await self._connection.scalar(select(exists().where(_c.sent_at > since))):
            return None
        return since

    async def counts(self) -> Mapping[tuple[str, PageState], int]:
        """How many pages by channel and state."""
        query = select(_c.channel, _c.state, func.count()).group_by(_c.channel, _c.state)
        return {(channel, PageState(state)): count for channel, state, count in await self._connection.execute(query)}

    async def oldest(self) -> Mapping[str, datetime]:
        """When the oldest page still waiting was queued, by channel; channels with none are left out."""
        query = select(_c.channel, func.min(_c.created_at)).where(_c.claimable_at.is_not(None)).group_by(_c.channel)
        return {row.channel: row[1] for row in await self._connection.execute(query)}

    async def bring_forward(self, by: timedelta, now: datetime) -> None:
        """After the clock was set back by so much: the next attempts and the deadlines come as soon as they would have."""
        later = and_(_c.claimable_at.is_not(None), or_(_c.claimable_at > now, _c.deadline > now))
        for row in (await self._connection.execute(select(pages).where(later))).all():
            moved = {"claimable_at": min(row.claimable_at, max(row.claimable_at - by, now))}
            if row.deadline is not None:
                moved["deadline"] = min(row.deadline, max(row.deadline - by, now))
            await self._connection.execute(update(pages).where(_c.seq == row.seq).values(**moved))

    async def release(self, now: datetime) -> None:
        """Ends every lease: see `Transaction.release_claims`."""
        await self._connection.execute(update(pages).where(_c.state == PageState.LEASED).values(claimable_at=now))

    async def _end_lost_attempts(self, now: datetime) -> None:
        """A withdrawn page whose lease ran out may have arrived, and is not to be tried again."""
        lost = and_(_c.claimable_at <= now, _c.state == PageState.LEASED, _c.withdrawn != "")
        values = {"state": PageState.UNKNOWN, "doubtful": True, "claimable_at": None}
        await self._connection.execute(update(pages).where(lost).values(**values))

    async def _settle(self, fold: str) -> None:
        # Locked: a worker that is taking or ending one of these finishes first, and is then taken into account.
        query = select(pages).where(_c.fold == fold).order_by(_c.seq).with_for_update()
        fates = settle([_line(row) for row in await self._connection.execute(query)])
        if fates:
            await self._withdraw(_c.seq.in_(sorted(fates)), _RESOLVED)

    async def _withdraw(self, which: Any, because: str) -> None:
        """Pending pages are dropped, those that may have arrived are left at that, and leased ones get no further attempt."""
        waiting = update(pages).where(which, _c.claimable_at.is_not(None))
        await self._connection.execute(
            waiting.values(
                withdrawn=because,
                state=case((_c.state == PageState.PENDING, PageState.SUPERSEDED), else_=_c.state),
                claimable_at=case((_c.state == PageState.LEASED, _c.claimable_at), else_=None),
            )
        )

    async def _replace(self, page: Page, seq: int) -> None:
        """The deadline of what is replaced is kept: the fallback must not wait longer because there is more to say."""
        before = and_(_c.order_key == page.order_key, _c.action == Action.TRIGGER, _c.seq < seq, _c.claimable_at.is_not(None))
        rows = await self._connection.execute(select(pages).where(before).with_for_update())
        same = [row for row in rows if _page(row).lane == page.lane and row.fold != _fold(page)]
        if not same:
            return
        await self._withdraw(_c.seq.in_([row.seq for row in same]), _NEWER)
        if deadlines := [moment for moment in (page.deadline, *(row.deadline for row in same)) if moment is not None]:
            await self._connection.execute(update(pages).where(_c.seq == seq).values(deadline=min(deadlines)))

    async def _gather(self, page: Page) -> Page:
        """The page with the news of those before it that surely have not arrived, which are dropped."""
        waiting = and_(_c.state == PageState.PENDING, _c.doubtful.is_(False))
        before = and_(_c.order_key == page.order_key, _c.action == Action.RECORD, waiting)
        rows = (await self._connection.execute(select(pages).where(before).order_by(_c.seq).with_for_update())).all()
        if not rows or page.record is None or any(row.key == page.key for row in rows):
            return page
        await self._withdraw(_c.seq.in_([row.seq for row in rows]), _NEWER)
        news = [line for row in rows if (record := _page(row).record) for line in record.news]
        return replace(page, record=replace(page.record, news=(*news, *page.record.news)))

    async def _waiting(self, page_id: PageId) -> Row[Any] | None:
        query = select(pages).where(_c.id == page_id, _c.claimable_at.is_not(None)).with_for_update()
        return (await self._connection.execute(query)).first()

    async def _told(self, which: Any) -> list[tuple[Page, PageState, str]]:
        rows = await self._connection.execute(select(pages).where(which).order_by(_c.seq))
        return [(_page(row), PageState(row.state), row.last_error or row.withdrawn) for row in rows]


def _first_in_order() -> Any:
    older = pages.alias("older")
    ahead = exists().where(older.c.order_key == _c.order_key, older.c.seq < _c.seq, older.c.claimable_at.is_not(None))
    return and_(_c.claimable_at.is_not(None), ~ahead)


def _fold(page: Page) -> str:
    return digest(page.channel, page.recipient, page.dedup_key or page.order_key)


def _values(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "key": page.key,
        "escalation": page.escalation or None,
        "contact": page.contact,
        "channel": page.channel,
        "action": page.action.value,
        "priority": page.priority,
        "fold": _fold(page),
        "order_key": page.order_key,
        "state": PageState.PENDING.value,
        "doubtful": False,
        "practice": page.practice,
        "withdrawn": "",
        "attempts": page.attempts,
        "created_at": page.created_at,
        "deadline": page.deadline,
        "claimable_at": page.created_at,
        "reference": "",
        "reason": "",
        "last_error": "",
        "body": _PAGE.encode(page),
    }


def _page(row: Row[Any]) -> Page:
    return replace(_PAGE.decode(row.body), attempts=row.attempts, possible_repeat=row.doubtful)


def _line(row: Row[Any]) -> Line:
    return Line(
        seq=row.seq,
        action=Action(row.action),
        state=PageState(row.state),
        doubtful=row.doubtful,
        waiting=row.claimable_at is not None,
    )
