"""Signals of other alarm systems and what of the inbox holds them, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.channels import Reply
from alerts.signals import Occurrence, Signal, cause_of
from monitor.store import Store
from tests.monitor.store.build import MINUTE, NOW

FIRING = Occurrence(
    id="f1", integration="crm", began=NOW, over=False, impact="breaking", use="used", message="down\x00\ud800", where="a"
)
ENDED = replace(FIRING, over=True)
AGAIN = replace(FIRING, began=NOW + timedelta(hours=1))
OTHER = replace(FIRING, id="f2", began=NOW + MINUTE)


async def test_only_what_is_newer_is_taken(store: Store) -> None:
    async with store.write() as tx:
        told = [await tx.signals.take("am", "g", each, NOW) for each in (FIRING, FIRING, ENDED, FIRING, ENDED, AGAIN, ENDED)]
        assert told == [True, False, True, False, False, True, False]
        assert await tx.signals.take("another", "g", FIRING, NOW)
        assert await tx.signals.take("am", "g", replace(FIRING, id="f3", over=True), NOW)


async def test_what_fires_is_given_back_as_causes_until_its_group_is_over(store: Store) -> None:
    async with store.write() as tx:
        for each in (OTHER, FIRING, replace(FIRING, id="f4", integration="pay")):
            await tx.signals.take("am", "g", each, NOW)
        await tx.signals.take("am", "another", replace(FIRING, id="f5"), NOW)
    async with store.write() as tx:
        found = [cause.key for cause in await tx.signals.firing("crm")]
        assert found == [cause_of(each, "am").key for each in (FIRING, replace(FIRING, id="f5"), OTHER)]
        assert await tx.signals.end_group("am", "g", NOW, NOW) == ["crm", "pay"]
        assert len(await tx.signals.firing("crm")) == 2  # the other began later, and one is of another group
        assert await tx.signals.end_group("am", "g", NOW + MINUTE, NOW) == ["crm"]
        assert await tx.signals.end_group("am", "g", NOW + MINUTE, NOW) == []


async def test_the_inbox_gives_back_each_kind_as_it_was_put(store: Store) -> None:
    signal = Signal(source="alertmanager", event_id="s", group="g", at=NOW, over=False, occurrences=(FIRING, OTHER), unlisted=3)
    reply = Reply(source="slack", event_id="r", kind="annotated", dedup_key="k", by="ana", at=NOW + MINUTE, text="x")
    async with store.write() as tx:
        assert await tx.inbox.put("am", signal, NOW)
        assert not await tx.inbox.put("am", signal, NOW)
        assert await tx.inbox.put("chat", reply, NOW + MINUTE)
    async with store.write() as tx:
        found = []
        while (waiting := await tx.inbox.next()) is not None:
            found.append(waiting)
            await tx.inbox.done(waiting[1])
    assert found == [("am", signal), ("chat", reply)]
