"""The figures of a span of time, from the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerts.kpis import REPEAT_WINDOW, Case, Kpis, Ring, Score, Times, measure
from alerts.matrix import Matrix
from alerts.page import Page
from monitor.store import Transaction

DEFAULT_SPAN = timedelta(days=90)

Row = tuple[str, str, str]
"""What it is, its value, and its unit or how many it is made of."""


async def kpis(tx: Transaction, matrix: Matrix, since: datetime, until: datetime) -> Kpis:
    """How well it went in [`since`, `until`). Who was rung is taken for where the matrix has them live now."""
    escalations = await tx.history.escalations(since - REPEAT_WINDOW)
    paged = await tx.history.first_paged(since)
    rung = await tx.history.rings(since)
    return measure(
        [Case(escalation=each, paged_at=paged.get(each.id)) for each in escalations],
        [ring for page, at in rung if not page.practice for ring in _rings(matrix, page, at)],
        await tx.promises.settled(since),
        [Score(score=answer.score, at=answer.at) for answer in await tx.csat.since(since)],
        since=since,
        until=until,
    )


def _rings(matrix: Matrix, page: Page, at: datetime) -> Iterator[Ring]:
    for name in page.contact.split(", "):
        contact = matrix.contacts.get(name)
        if contact is not None:
            yield Ring(at=at, zone=contact.zone)


def rows(found: Kpis) -> Iterator[Row]:
    """The figures line by line, for a table and for a sheet. A duration is in seconds, a share in per cent."""
    yield "escalations opened", str(found.opened), ""
    yield "escalations resolved", str(found.resolved), ""
    for name, share in (
        ("resolved within the SLA", found.within_sla),
        ("repeats of the same cause", found.repeated),
        ("noise: over without anybody having acted", found.noise),
        ("pages in sleeping hours", found.sleeping),
    ):
        yield name, "" if share.ratio is None else f"{share.ratio:.1%}", f"{share.part} of {share.whole}"
    for name, times in (
        ("time to detect, at most", found.detect),
        ("time to page", found.page),
        ("time to acknowledge", found.acknowledge),
        ("time to resolve", found.resolve),
    ):
        yield from _times(name, times)
    yield "satisfaction (1 to 5)", "" if found.csat is None else f"{found.csat:.2f}", f"{found.csat_answers} answers"
    for word, count in found.updates.items():
        yield f"customer updates {word}", str(count), ""
    for category, count in found.by_category.items():
        yield f"category {category}", str(count), "opened"
    for vendor, count in found.by_vendor.items():
        yield f"vendor {vendor}", str(count), "opened"
    for each in found.repeats:
        yield f"repeated {each.integration} {each.address}", str(each.times), each.rule


def _times(name: str, times: Times) -> Iterator[Row]:
    for what, value in (("mean", times.mean), ("p90", times.p90)):
        yield f"{name}, {what}", "" if value is None else f"{value.total_seconds():.0f}", f"seconds, {times.count} counted"
