"""Promises, reviews, answers of customers and the history for the figures, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.escalation import Escalation, State
from alerts.lessons import Lesson, lesson_of, like, words
from alerts.page import Action, EscalationId
from alerts.promise import Standing
from alerts.review import Review, ReviewState
from monitor.store import Store
from monitor.store.csat import Answer
from tests.monitor.store.build import DAY, ID, MINUTE, NOW, cause, escalation, page, promise, transition

HOUR = timedelta(hours=1)


async def known(store: Store, *escalations: Escalation) -> None:
    async with store.write() as tx:
        for each in escalations or (escalation(),):
            await tx.escalations.save(transition(each))


async def test_a_promise_is_kept_as_it_is_and_takes_the_place_of_what_it_was(store: Store) -> None:
    await known(store)
    first, second = promise(text="a\x00b\ud800"), promise("Globex \N{SNOWMAN}", due=MINUTE)
    async with store.write() as tx:
        await tx.promises.save([first, second])
    kept = replace(first, standing=Standing.KEPT, settled_at=NOW + MINUTE, next=second.due)
    async with store.write() as tx:
        assert await tx.promises.open() == [second, first]
        assert await tx.promises.oldest_due() == NOW + MINUTE
        await tx.promises.save([kept])
    async with store.read() as tx:
        assert await tx.promises.of(ID) == [kept, second]
        assert await tx.promises.get(first.id) == kept
        assert (await tx.promises.settled(NOW + MINUTE), await tx.promises.settled(NOW + HOUR)) == ([kept], [])
        assert await tx.promises.open() == [second]


async def test_nothing_is_owed_before_anything_was_promised(store: Store) -> None:
    async with store.read() as tx:
        assert (await tx.promises.open(), await tx.promises.oldest_due(), await tx.promises.of(ID)) == ([], None, [])
        assert await tx.promises.get(promise().id) is None


async def test_what_was_promised_goes_with_its_escalation_and_what_was_learned_stays(store: Store) -> None:
    over = escalation(state=State.RESOLVED, resolved_at=NOW, opened_at=NOW)
    await known(store, over)
    async with store.write() as tx:
        await tx.promises.save([promise(standing=Standing.KEPT, settled_at=NOW)])
        await tx.reviews.save(closed(ID), lesson(over))
    await store.prune(NOW + 400 * DAY, timedelta(days=365))
    async with store.read() as tx:
        assert (await tx.escalations.get(ID), await tx.promises.of(ID)) == (None, [])
        assert [each.escalation for each in await tx.reviews.lessons(("industry",))] == [ID]


def closed(id: str, **changes: str) -> Review:
    told = {"cause": "dropped by the vendor", "action": "mapped", "learning": "subscribe to release notes"} | changes
    return Review(escalation=EscalationId(id), state=ReviewState.CLOSED, by="ana", at=NOW, **told)


def lesson(it: Escalation, **changes: str) -> Lesson:
    return lesson_of(it, closed(it.id, **changes), NOW)


async def test_a_review_is_a_draft_until_it_is_closed_and_is_found_only_then(store: Store) -> None:
    draft = Review(escalation=ID, cause="industry")
    async with store.write() as tx:
        assert await tx.reviews.get(ID) is None
        await tx.reviews.save(draft)
        assert (await tx.reviews.get(ID), await tx.reviews.lessons(("industry",))) == (draft, [])
        await tx.reviews.save(closed(ID), lesson(escalation()))
    async with store.read() as tx:
        assert await tx.reviews.get(ID) == closed(ID)
        assert await tx.reviews.all() == [closed(ID)]
        assert await tx.reviews.all(ReviewState.DRAFT) == []
        assert await tx.reviews.lessons(("industry",)) == [lesson(escalation())]


async def keep(store: Store, **texts: str) -> None:
    """One lesson each, from an escalation about nothing in particular that is called like the keyword."""
    async with store.write() as tx:
        for name, learning in texts.items():
            it = escalation(name, causes=(cause(name, address="x", message="y", rule="z.z"),), integration="vendor")
            await tx.reviews.save(
                closed(name, learning=learning, cause="", action=""), lesson(it, learning=learning, cause="", action="")
            )


async def found(store: Store, text: str) -> list[str]:
    async with store.read() as tx:
        return [each.escalation for each in await tx.reviews.lessons(words(text))]


async def test_more_of_the_words_come_first_and_none_of_them_not_at_all(store: Store) -> None:
    await keep(store, one="billing city", two="billing city of the account", three="the account", four="something else")
    assert await found(store, "the billing city of an account") == ["two", "one", "three"]
    assert await found(store, "nothing") == []
    assert await found(store, "") == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Account.BillingCity", "billingCity"),
        ("GET /v1/payment_intents/{id}", "payment intents"),
        ("Die Größe fehlt", "GROSSE"),
        ("naïve café", "naive cafe"),
        ("数据 字段", "字段"),
        ("release 2026 v66 00d1e5", "00D1E5"),
        ("it's o'clock", "clock"),
        ('quote " OR NEAR(a b) * ^ & | ! :*', "quote near"),
    ],
)
async def test_words_are_found_however_they_are_written(store: Store, written: str, asked: str) -> None:
    await keep(store, it=written)
    assert await found(store, asked) == ["it"]


@pytest.mark.parametrize(
    "asked", ['" OR 1=1', "NOT AND OR NEAR", "a:b*", "'; DROP TABLE reviews; --", "\x00\ud800", "|&!<->()", "é" * 3000]
)
async def test_nothing_that_is_asked_for_is_an_operator(store: Store, asked: str) -> None:
    await keep(store, it="something")
    assert await found(store, asked) == []


async def test_reviewed_again_it_is_found_by_its_new_words_only(store: Store) -> None:
    await keep(store, it="first thoughts")
    await keep(store, it="second insight")
    assert (await found(store, "thoughts"), await found(store, "insight")) == ([], ["it"])


async def test_the_same_cause_stands_on_the_next_page_and_what_is_unlike_does_not(store: Store) -> None:
    past = escalation("past", causes=(cause("c1"),))
    other = escalation("other", integration="payments", causes=(cause("c9", address="Refund.reason", message="status is new"),))
    now = escalation("now", causes=(cause("c1"),))
    async with store.write() as tx:
        await tx.reviews.save(closed("past"), lesson(past))
        await tx.reviews.save(closed("other"), lesson(other))
        await tx.reviews.save(closed("now"), lesson(now))
        candidates = await tx.reviews.lessons(words("Account.Industry is gone, salesforce"))
    assert [each.escalation for each in like(now, candidates)] == ["past"]


async def test_an_answer_takes_the_place_of_the_customers_earlier_one(store: Store) -> None:
    first = Answer(escalation=ID, customer="ACME", score=2, at=NOW, by="ana")
    other = Answer(escalation=ID, customer="Globex", score=5, at=NOW + MINUTE, by="ana", remark="quick")
    async with store.write() as tx:
        for each in (first, other, replace(first, score=4)):
            await tx.csat.save(each)
    async with store.read() as tx:
        assert await tx.csat.since(NOW) == [replace(first, score=4), other]
        assert await tx.csat.since(NOW + MINUTE) == [other]
        assert (await tx.csat.mean(NOW), await tx.csat.mean(NOW + DAY)) == (4.5, None)


async def test_the_history_of_a_span_has_what_was_seen_ended_or_is_open_in_it(store: Store) -> None:
    span = [
        escalation("old", state=State.RESOLVED, detected_at=NOW - 9 * DAY, resolved_at=NOW - 8 * DAY),
        escalation("ended", state=State.RESOLVED, detected_at=NOW - 9 * DAY, resolved_at=NOW),
        escalation("open", detected_at=NOW - 5 * DAY, state=State.OPEN),
        escalation("new", state=State.RESOLVED, detected_at=NOW, resolved_at=NOW),
    ]
    await known(store, *span)
    async with store.read() as tx:
        assert [each.id for each in await tx.history.escalations(NOW - DAY)] == ["ended", "open", "new"]


async def test_the_first_page_that_got_through_is_the_one_that_counts(store: Store) -> None:
    await known(store)
    pages = [page("p1"), page("p2", order_key="other"), page("note", action=Action.NOTE, order_key="third"), page("unsent")]
    async with store.write() as tx:
        await tx.outbox.queue(pages)
        await tx.outbox.claim(NOW, 10, HOUR)
        for number, each in enumerate(pages[:3], start=1):
            await tx.outbox.sent(each.id, "", NOW + number * MINUTE)
    async with store.read() as tx:
        assert await tx.history.first_paged(NOW) == {ID: NOW + MINUTE}
        assert [(rung.id, at) for rung, at in await tx.history.rings(NOW)] == [
            (pages[0].id, NOW + MINUTE),
            (pages[1].id, NOW + 2 * MINUTE),
        ]
        assert await tx.history.rings(NOW + DAY) == []
