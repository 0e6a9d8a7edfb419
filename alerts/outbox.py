"""The outbox's rules, pure: what to try next, when, what need not leave any more, and when another channel takes over.

`after_failure` decides on one failed try, `withdrawn` on what a newer page has made pointless, `order` on what goes first,
`falls_back` on when a P1 or P2 must not wait longer. The outbox itself, with its rows and leases, is the store's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - only the type: the instance is given in

from alerts.errors import DeliveryError, Undelivered
from alerts.page import Action, Page, PageId, PageState
from alerts.priority import Priority

MAY_HAVE_ARRIVED = frozenset({PageState.LEASED, PageState.SENT, PageState.CONFIRMED, PageState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A page with where it stands. `queue` must be given oldest first."""

    page: Page
    state: PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we try: `first` wait, doubled up to `most`, a share of `jitter` added; after `give_up` a page is dead."""

    first: timedelta = timedelta(seconds=2)
    most: timedelta = timedelta(minutes=5)
    jitter: float = 0.25
    give_up: timedelta = timedelta(hours=24)
    longest_wish: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Not before `at`. `state` is unknown where the page may have arrived, else pending."""

    at: datetime
    state: PageState
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """The page is dead."""

    because: str


def after_failure(
    page: Page, error: DeliveryError, now: datetime, rng: Random, patience: Patience = Patience()
) -> TryAgain | GiveUp:
    """What follows a failed try. `page.attempts` counts the tries made, this one included.

    The vendor's `retry_after` is honoured before our own backoff, up to `longest_wish`: a vendor that says a week is mistaken.
    """
    if not isinstance(error, Undelivered):
        return GiveUp(because=str(error))
    if now - page.created_at >= patience.give_up:
        return GiveUp(because=f"not delivered in {patience.give_up}: {error}")
    own = min(patience.first * 2 ** min(max(page.attempts - 1, 0), 20), patience.most)
    wait = max(own, min(error.retry_after, patience.longest_wish)) if error.retry_after is not None else own
    wait += wait * (patience.jitter * rng.random())
    state = PageState.UNKNOWN if error.unknown or page.possible_repeat else PageState.PENDING
    return TryAgain(at=now + wait, state=state, because=str(error))


def withdrawn(queue: Sequence[Queued]) -> tuple[PageId, ...]:
    """Pages to supersede. `queue` is one escalation's, oldest first.

    On each key of each destination: a trigger with an acknowledge or resolve behind it is never tried (again), be it pending
    or unknown; what is behind it goes too where nothing before it can have arrived. A resolve drops acknowledges and notes
    before it, and a newer trigger an older one that surely has not arrived.
    """
    gone: list[PageId] = []
    for rows in _by_key(queue):
        for index, row in enumerate(rows):
            if _pointless(row, rows[:index], rows[index + 1 :]):
                gone.append(row.page.id)
    return tuple(gone)


def _pointless(row: Queued, before: Sequence[Queued], behind: Sequence[Queued]) -> bool:
    if row.state not in (PageState.PENDING, PageState.UNKNOWN):
        return False
    later = {other.page.action for other in behind if other.state is not PageState.SUPERSEDED}
    if row.page.action is Action.TRIGGER:
        settled = bool(later & {Action.ACKNOWLEDGE, Action.RESOLVE})
        return settled or (row.state is PageState.PENDING and Action.TRIGGER in later)
    if Action.RESOLVE in later:
        return True
    if row.page.action is Action.NOTE or row.state is PageState.UNKNOWN:
        return False
    triggers = [other for other in before if other.page.action is Action.TRIGGER]
    return bool(triggers) and not any(other.state in MAY_HAVE_ARRIVED or other.page.possible_repeat for other in triggers)


def order(page: Page) -> tuple[int, datetime, str]:
    """Sort key of what goes first: the most urgent, then the oldest. Within one `order_key` only age counts."""
    return page.priority, page.created_at, page.id


def next_of_each(queue: Iterable[Queued]) -> tuple[Page, ...]:
    """The pages that may leave now as far as order goes: the oldest unfinished one of each `order_key`, most urgent first.

    `queue` is oldest first. A leased page blocks those behind it; a dead or superseded one does not.
    """
    heads: dict[str, Queued] = {}
    for row in queue:
        if row.state in (PageState.PENDING, PageState.UNKNOWN, PageState.LEASED):
            heads.setdefault(row.page.order_key, row)
    return tuple(sorted((row.page for row in heads.values() if row.state is not PageState.LEASED), key=order))


def falls_back(row: Queued, now: datetime) -> str:
    """Why the fallback must page now; empty where it need not. For triggers: any dead one, and a late one that is urgent."""
    page = row.page
    if page.action is not Action.TRIGGER:
        return ""
    if row.state is PageState.DEAD:
        return f"{page.channel} did not take it"
    late = page.deadline is not None and now >= page.deadline and page.priority <= Priority.P2
    if late and row.state in (PageState.PENDING, PageState.LEASED, PageState.UNKNOWN):
        return f"{page.channel} had not taken it by {page.deadline:%H:%M:%S} UTC"
    return ""


def _by_key(queue: Sequence[Queued]) -> Iterable[list[Queued]]:
    rows: dict[tuple[str, str, str], list[Queued]] = {}
    for row in queue:
        rows.setdefault((row.page.channel, row.page.recipient, row.page.dedup_key), []).append(row)
    return rows.values()
