"""Silences, reversals and folded pages, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from datetime import timedelta

from alerts.availability import parse_hours
from alerts.escalation import Hush
from alerts.page import EscalationId
from alerts.silences import Match, Silence, SilenceId
from alerts.windows import Once, Weekly
from monitor.store import Store
from tests.monitor.store.build import ACCOUNT, DAY, ID, MINUTE, NOW, escalation, page, transition

HOUR = timedelta(hours=1)


def silence(name: str, window: Once | Weekly) -> Silence:
    match = Match(where="crm", address="Account.*")
    return Silence(id=SilenceId(name), kind=Hush.SILENCE, match=match, window=window, because="we know", by="ana")


SHORT = silence("short", Once(begins_at=NOW, ends_at=NOW + HOUR))
NIGHTS = silence("nights", Weekly(hours=parse_hours("Sat 22:00-02:00"), zone="Europe/Berlin"))


async def test_a_silence_stands_until_it_is_over_and_is_told_once(store: Store) -> None:
    async with store.write() as tx:
        made = [await tx.silences.add(each, NOW) for each in (SHORT, NIGHTS)]
    async with store.write() as tx:
        assert {each.id for each in await tx.silences.standing(NOW)} == {"short", "nights"}
        assert await tx.silences.to_tell(NOW) == []
        assert [each.id for each in await tx.silences.standing(NOW + HOUR)] == ["nights"]
        assert await tx.silences.to_tell(NOW + HOUR) == made[:1]
        await tx.silences.told(SHORT.id, NOW + HOUR)
        assert await tx.silences.to_tell(NOW + DAY) == []
        assert {each.id for each in await tx.silences.all()} == {"short", "nights"}


async def test_a_silence_is_ended_once_and_by_somebody(store: Store) -> None:
    async with store.write() as tx:
        await tx.silences.add(NIGHTS, NOW)
        ended = await tx.silences.end(NIGHTS.id, "ben", NOW + HOUR)
        assert ended is not None
        assert (ended.ended_by, ended.over(NOW + HOUR), ended.lasts(NOW + 7 * DAY)) == ("ben", True, None)
        assert await tx.silences.end(NIGHTS.id, "ben", NOW + HOUR) is None
        assert await tx.silences.end(SilenceId("unknown"), "ben", NOW) is None
        assert await tx.silences.to_tell(NOW + HOUR) == [ended]


async def test_reversals_are_counted_by_target_and_forgotten(store: Store) -> None:
    async with store.write() as tx:
        await tx.flaps.add("crm", ACCOUNT, ["k1", "k2", "k1"], NOW)
        await tx.flaps.add("crm", ACCOUNT, ["k1"], NOW + HOUR)
        await tx.flaps.add("crm", ACCOUNT, [], NOW + 2 * HOUR)
        assert await tx.flaps.last(ACCOUNT, NOW) == {"k1": NOW + HOUR, "k2": NOW}
        assert await tx.flaps.last(ACCOUNT, NOW + MINUTE) == {"k1": NOW + HOUR}
        assert (await tx.flaps.count(ACCOUNT, NOW), await tx.flaps.count("crm/other", NOW)) == (2, 0)
        await tx.flaps.forget(NOW + MINUTE)
        assert await tx.flaps.count(ACCOUNT, NOW) == 1


async def test_a_folded_page_waits_for_its_digest_and_is_in_one(store: Store) -> None:
    first, second = page("p1"), page("p2", contact="ben")
    async with store.write() as tx:
        await tx.folded.add([first, second], NOW)
        await tx.folded.add([first], NOW + HOUR)
        assert await tx.folded.waiting() == {"ana": NOW, "ben": NOW}
        assert await tx.folded.of("ana") == [first]
        await tx.folded.told([first.id], NOW + MINUTE)
        assert await tx.folded.waiting() == {"ben": NOW}
        assert (await tx.folded.last_told("ana"), await tx.folded.last_told("ben")) == (NOW + MINUTE, None)
        await tx.folded.forget(NOW + HOUR)
        assert await tx.folded.last_told("ana") is None


async def test_a_page_may_be_about_no_escalation_and_what_a_person_heard_is_counted(store: Store) -> None:
    async with store.write() as tx:
        await tx.escalations.save(transition(escalation(), pages=(page("p1"), page("p2", created_at=NOW - 2 * HOUR))))
        await tx.outbox.queue([page("n1", escalation=EscalationId(""), order_key="notice", contact="ben")])
        assert (await tx.outbox.rung("ana", NOW - HOUR), await tx.outbox.rung("cto", NOW - HOUR)) == (1, 0)
        taken = await tx.outbox.claim(NOW, 10, HOUR)
        assert {each.escalation for each in taken} >= {"", ID}
