"""How many pages a person gets. What is more is folded into a digest; a P1 never is, and neither is what a vendor climbs.

A folded page takes nothing from its escalation: its lane's clock goes on, and climbs to somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from alerts.escalation import ClockOwner, Entry, Escalation, Transition
from alerts.page import Action, Page
from alerts.priority import Priority


def counts(page: Page, escalation: Escalation) -> bool:
    """Whether a page may be folded: an alarm to one person that is no P1, and that we climb from."""
    lane = escalation.lane(page.lane)
    alone = bool(page.contact) and "," not in page.contact
    ours = lane is not None and lane.clock is ClockOwner.DRIFTPAGER
    return page.action is Action.TRIGGER and page.priority > Priority.P1 and alone and ours and not page.practice


def fold(
    transition: Transition, rung: Mapping[str, int], most: int, has_quiet_way: Callable[[str], bool]
) -> tuple[Transition, tuple[Page, ...]]:
    """The transition without what is too much, and the pages that were taken out of it.

    `rung` counts what each contact has heard in the last hour. Who has no way to read a digest is paged one by one.
    """
    heard, out = dict(rung), []
    for page in transition.pages:
        if page.action is not Action.TRIGGER or not page.contact:
            continue
        if counts(page, transition.escalation) and heard.get(page.contact, 0) >= most and has_quiet_way(page.contact):
            out.append(page)
        else:
            heard[page.contact] = heard.get(page.contact, 0) + 1
    if not out:
        return transition, ()
    gone = {page.id for page in out}
    places = {(page.channel, page.recipient, page.dedup_key) for page in out}
    escalation = transition.escalation
    told = {f"{page.contact} through {page.channel}:" for page in out}
    return (
        replace(
            transition,
            escalation=replace(escalation, triggered=tuple(each for each in escalation.triggered if each not in places)),
            pages=tuple(page for page in transition.pages if page.id not in gone),
            entries=tuple(_told(entry, told, most) for entry in transition.entries),
        ),
        tuple(out),
    )


def _told(entry: Entry, folded: set[str], most: int) -> Entry:
    if entry.kind != "page.queued" or not any(entry.text.startswith(start) for start in folded):
        return entry
    return replace(entry, kind="page.folded", text=f"{entry.text}; told in a digest, after {most} pages in an hour")
