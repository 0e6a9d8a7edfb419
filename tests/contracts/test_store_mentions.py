"""Customers' tickets that speak of an escalation, and what their vendor says they think of it, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.escalation import State
from monitor.store import Store
from monitor.store.csat import Answer
from monitor.store.mentions import Link, Mentioned
from tests.monitor.store.build import DAY, ID, MINUTE, NOW, escalation, transition


def found(reference: str = "12", **changes: object) -> Mentioned:
    plain = Mentioned(escalation=ID, channel="zendesk", reference=reference, customer="ACME", url="https://x.example/12", at=NOW)
    return replace(plain, **changes)  # type: ignore[arg-type]  # because a test names the fields it changes


async def known(store: Store, **changes: object) -> None:
    async with store.write() as tx:
        await tx.escalations.save(transition(escalation(**changes)))


async def test_a_ticket_is_found_once_and_what_became_of_it_is_kept(store: Store) -> None:
    await known(store)
    first, second = found(), found("13", customer="Globex \N{SNOWMAN}", at=NOW + MINUTE)
    async with store.write() as tx:
        assert [await tx.mentions.add(each) for each in (first, second, replace(first, customer="Globex"))] == [True, True, False]
    async with store.write() as tx:
        assert await tx.mentions.owed() == await tx.mentions.of(ID) == [first, second]
        await tx.mentions.settle(first, Link.LINKED)
        await tx.mentions.settle(second, Link.WRONG, "another matter")
    async with store.write() as tx:
        assert await tx.mentions.owed() == [replace(second, state=Link.WRONG, because="another matter")]
        assert await tx.mentions.by_reference("zendesk", "12") == replace(first, state=Link.LINKED)
        assert await tx.mentions.by_reference("zendesk", "13") is None
        assert await tx.mentions.by_reference("freshdesk", "12") is None
        assert not await tx.mentions.add(second)


async def test_it_goes_with_its_escalation(store: Store) -> None:
    await known(store, state=State.RESOLVED, resolved_at=NOW, opened_at=NOW)
    async with store.write() as tx:
        await tx.mentions.add(found())
    await store.prune(NOW + 400 * DAY, timedelta(days=365))
    async with store.read() as tx:
        assert await tx.mentions.of(ID) == []


async def test_a_rating_counts_once_and_takes_nothing_newer_away(store: Store) -> None:
    first = Answer(escalation=ID, customer="ACME", score=5, at=NOW, by="zendesk", remark="thanks")
    worse = replace(first, score=1, at=NOW + DAY)
    async with store.write() as tx:
        assert await tx.csat.rated("zendesk", "rating:1:5", first)
        assert not await tx.csat.rated("zendesk", "rating:1:5", replace(first, score=2))
        assert await tx.csat.since(NOW) == [first]
        assert await tx.csat.rated("zendesk", "rating:1:1", worse)
        assert await tx.csat.rated("freshdesk", "rating:1:5", first)
        assert await tx.csat.since(NOW) == [worse]


async def test_that_a_rating_was_taken_is_forgotten_long_after_it_could_be_told_again(store: Store) -> None:
    answer = Answer(escalation=ID, customer="ACME", score=5, at=NOW, by="zendesk")
    async with store.write() as tx:
        assert await tx.csat.rated("zendesk", "rating:1:5", answer)
    pruned = await store.prune(NOW + 400 * DAY, timedelta(days=365))
    assert pruned.ratings == 1
    async with store.read() as tx:
        assert await tx.csat.since(NOW) == [answer]
