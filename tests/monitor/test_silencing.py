"""Silences, windows, flaps, storms and limits over a real store: what people are told, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from alerts import events as ev
from alerts.escalation import Category, Escalation, Hush, State, TimerKind
from alerts.page import Action, Page
from alerts.priority import Priority
from alerts.silences import Match, Silence, SilenceId
from alerts.windows import Once
from monitor import paging, silencing
from monitor.config import Config, Target, load
from monitor.store import Store
from monitor.watch import TargetName, TargetState
from schemas.change import Finding, Impact, Use

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

CONFIG = """
store: "sqlite:///driftpager.db"
{more}
channels:
  mail: {{kind: email, host: 127.0.0.1, sender: driftpager@example.com}}
  ops: {{kind: webhook, url: "env:OPS", secret: "env:SECRET"}}
matrix:
  contacts:
    ana: {{email: ana@example.com}}
    ben: {{email: ben@example.com}}
  roles: {{tier-1: {{contacts: [ana]}}, owners: {{contacts: [ben]}}}}
  lanes: {{sync: {{levels: [{{role: tier-1}}], channels: [mail]}}}}
  rules: [{{lanes: [sync]}}]
  last_resort: ben
  catch_all: ops
integrations:
  crm:
    criticality: core
    owner: owners
    {windows}
    targets:
      a: {{kind: file, path: a.json, format: jsonschema}}
      b: {{kind: file, path: b.json, format: jsonschema}}
{targets}
  pay:
    criticality: high
    targets:
      a: {{kind: file, path: c.json, format: jsonschema}}
"""
ENVIRON = {"OPS": "https://ops.example.com/", "SECRET": "whsec_" + "c2VjcmV0" * 5}


@dataclass
class Desk:
    """A store and a configuration on a clock that only moves when told."""

    config: Config
    store: Store
    now: datetime = NOON

    def target(self, name: str) -> Target:
        return next(each for each in self.config.targets if each.name == name)

    async def sighted(self, name: str, *findings: Finding) -> None:
        target = self.target(name)
        async with self.store.write() as tx:
            await tx.findings.replace(target.name, target.integration, None, findings, self.now)
            await paging.sight(tx, self.config, target, findings, since=None, now=self.now)

    async def confirmed(self, name: str) -> None:
        async with self.store.write() as tx:
            await paging.confirm(tx, self.config, self.target(name), now=self.now)

    async def drifts(self, name: str, *findings: Finding) -> None:
        await self.sighted(name, *findings)
        self.now += MINUTE
        await self.confirmed(name)

    async def clean(self, name: str) -> None:
        """Two fetches equal to the baseline, a minute apart."""
        target = self.target(name)
        for times in (1, 2):
            async with self.store.write() as tx:
                await paging.seen_clean(tx, self.config, target, times=times, now=self.now)
            self.now += MINUTE
        async with self.store.write() as tx:
            await tx.findings.replace(target.name, target.integration, None, (), self.now)

    async def passes(self, how_long: timedelta) -> None:
        """Timers fire in order, as the daemon would have it."""
        until = self.now + how_long
        while True:
            async with self.store.write() as tx:
                due = await tx.timers.next_due()
                if due is None or due > until:
                    break
                self.now = max(self.now, due)
                for timer in await tx.timers.claim_due(self.now, 1, HOUR):
                    if timer.kind is not TimerKind.CONFIRM:
                        await paging.timer_due(tx, self.config, timer, now=self.now)
                    await tx.timers.done(timer.id)
        self.now = until

    async def does(self, event: ev.Event, escalation: Escalation) -> None:
        async with self.store.write() as tx:
            transition = await paging.person(tx, self.config, escalation.id, event, now=self.now)
            assert transition is not None
            assert not transition.refused, transition.refused

    async def silence(self, where: str, minutes: int = 60, **match: str) -> Silence:
        silence = Silence(
            id=SilenceId("s1"),
            kind=Hush.SILENCE,
            match=Match(where=where, **match),
            window=Once(begins_at=self.now, ends_at=self.now + minutes * MINUTE),
            because="we are at it",
            by="ana",
        )
        async with self.store.write() as tx:
            return await silencing.add(tx, self.config, silence, self.now)

    async def escalations(self, *states: State) -> list[Escalation]:
        async with self.store.read() as tx:
            return await tx.escalations.list(states or None, limit=1000)

    async def the_one(self, state: State) -> Escalation:
        (found,) = await self.escalations(state)
        return found

    async def pages(self, action: Action = Action.TRIGGER) -> list[Page]:
        found: list[Page] = []
        for escalation in await self.escalations():
            async with self.store.read() as tx:
                found += [page for page, _, _ in await tx.outbox.pages(escalation.id) if page.action is action]
        return sorted(found, key=lambda page: page.created_at)

    async def notices(self) -> list[Page]:
        """What is about no single escalation and was not delivered so far; everything that waits is delivered now."""
        async with self.store.write() as tx:
            pages = await tx.outbox.claim(self.now, 1000, HOUR)
            for page in pages:
                await tx.outbox.sent(page.id, "", self.now)
        return [page for page in pages if not page.escalation]


def finding(name: str = "Account.Industry", **changes: object) -> Finding:
    plain = {"rule": "property.removed", "impact": Impact.BREAKING, "use": Use.USED, "message": f"`{name}` was removed"}
    return Finding(address=name, **(plain | changes))  # type: ignore[arg-type] # because a test may set any field


async def made(folder: Path, *, more: str = "", windows: str = "", targets: str = "") -> Desk:
    file = folder / "driftpager.yml"
    for name in "abc":
        (folder / f"{name}.json").write_text("{}")
    file.write_text(dedent(CONFIG).format(more=more, windows=windows, targets=targets))
    config = load(file, ENVIRON)
    store = await Store.open(config.store)
    desk = Desk(config=config, store=store)
    async with store.write() as tx:
        await tx.targets.register([(target.name, target.integration, NOON) for target in config.targets])
    return desk


Make = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Desks, closed at the end."""
    desks: list[Desk] = []

    async def one(**texts: str) -> Desk:
        desks.append(await made(tmp_path, **texts))
        return desks[-1]

    yield one
    for desk in desks:
        await desk.store.close()


@pytest.fixture
async def desk(make: Make) -> Desk:
    return await make()


async def test_a_silenced_change_pages_nobody_and_is_told_when_the_silence_ends_if_it_still_stands(desk: Desk) -> None:
    await desk.silence("crm/a")
    await desk.drifts("crm/a", finding())
    suppressed = await desk.the_one(State.SUPPRESSED)
    assert suppressed.suppression is not None
    assert (suppressed.suppression.kind, suppressed.suppression.because) == (Hush.SILENCE, "we are at it")
    assert await desk.pages() == []
    await desk.passes(HOUR)
    assert [page.contact for page in await desk.pages()][:1] == ["ana"]


async def test_a_change_that_went_during_its_silence_is_never_told(desk: Desk) -> None:
    await desk.silence("crm/a")
    await desk.drifts("crm/a", finding())
    await desk.clean("crm/a")
    await desk.passes(2 * HOUR)
    assert (await desk.pages(), [each.state for each in await desk.escalations()]) == ([], [State.RESOLVED])


async def test_a_silence_never_hides_what_it_does_not_match(desk: Desk) -> None:
    await desk.silence("crm", address="Account.*")
    await desk.drifts("crm/a", finding(), finding("Invoice.Total"))
    opened, held = await desk.the_one(State.OPEN), await desk.the_one(State.SUPPRESSED)
    assert [cause.address for cause in opened.causes] == ["Invoice.Total"]
    assert [cause.address for cause in held.causes] == ["Account.Industry"]
    await desk.passes(HOUR)
    assert {cause.address for cause in (await desk.the_one(State.OPEN)).causes} == {"Account.Industry", "Invoice.Total"}


async def test_what_is_silenced_counts_for_no_priority(desk: Desk) -> None:
    await desk.silence("crm", impact="breaking")
    await desk.drifts("crm/a", finding(), finding("Invoice.Total", impact=Impact.RISKY))
    assert (await desk.the_one(State.OPEN)).priority is Priority.P3
    assert (await desk.the_one(State.SUPPRESSED)).priority is Priority.P1


async def test_a_silence_made_too_late_leaves_what_is_open(desk: Desk) -> None:
    await desk.drifts("crm/a", finding())
    await desk.silence("crm")
    assert (await desk.the_one(State.OPEN)).suppression is None
    await desk.passes(20 * MINUTE)
    assert len(await desk.pages()) > 1


async def test_another_edit_during_a_silence_stays_one_suppressed_escalation(desk: Desk) -> None:
    await desk.silence("crm/a")
    await desk.drifts("crm/a", finding())
    await desk.drifts("crm/a", finding(), finding("Account.Name"))
    assert len((await desk.the_one(State.SUPPRESSED)).causes) == 2


async def test_a_silence_ended_early_tells_at_once(desk: Desk) -> None:
    silence = await desk.silence("crm/a", 600)
    await desk.drifts("crm/a", finding())
    async with desk.store.write() as tx:
        assert await silencing.end(tx, silence.id, "ben", desk.now)
    await desk.passes(timedelta(seconds=1))
    assert len(await desk.pages()) == 1


async def test_the_owner_hears_of_a_silence_and_one_digest_tells_what_it_left_open(desk: Desk) -> None:
    silence = await desk.silence("crm")
    (told,) = await desk.notices()
    assert (told.recipient, told.content.summary) == ("ben@example.com", "ana silenced crm: we are at it")
    await desk.drifts("crm/a", finding())
    await desk.drifts("crm/b", finding("Other.Field"))
    await desk.passes(HOUR)
    for _ in range(2):
        async with desk.store.write() as tx:
            for over in await tx.silences.to_tell(desk.now):
                assert await silencing.tell_end(tx, desk.config, over, desk.now)
    digests = await desk.notices()
    assert {page.recipient for page in digests} == {"ana@example.com", "ben@example.com"}
    facts = dict(digests[0].content.facts)
    assert "crm/a: `Account.Industry` was removed" in facts["Still there"]
    assert len(facts["Open"].splitlines()) == 1
    assert silence.id in digests[0].dedup_key


async def test_a_digest_waits_until_what_the_silence_held_was_looked_at(desk: Desk) -> None:
    await desk.silence("crm")
    await desk.drifts("crm/a", finding())
    async with desk.store.write() as tx:
        (silence,) = await tx.silences.to_tell(desk.now + HOUR)
        assert not await silencing.tell_end(tx, desk.config, silence, desk.now + HOUR)


async def test_a_vendors_release_window_and_our_maintenance_hold_until_they_are_over(make: Make) -> None:
    desk = await make(
        windows='release_windows: [{weekly: "Mon 11:00-14:00", zone: UTC, because: the vendor releases}]',
        more='maintenance: {move: {where: [pay], from: "2026-03-02 12:00", until: "2026-03-02 13:00", because: we move}}',
    )
    await desk.drifts("crm/a", finding())
    await desk.drifts("pay/a", finding())
    held = {each.integration: each.suppression for each in await desk.escalations(State.SUPPRESSED)}
    assert {name: (each.kind, each.until.hour) for name, each in held.items() if each} == {
        "crm": (Hush.RELEASE, 14),
        "pay": (Hush.MAINTENANCE, 13),
    }
    await desk.passes(3 * HOUR)
    assert {each.integration for each in await desk.escalations(State.OPEN)} == {"crm", "pay"}


async def test_an_alarm_about_blindness_is_silenced_as_well_and_does_not_hide_another_target(desk: Desk) -> None:
    await desk.silence("crm/a", 120)
    for name in ("crm/a", "crm/b"):
        async with desk.store.write() as tx:
            blind = paging.blind(tx, desk.config, desk.target(name), TargetState.UNREACHABLE, "down", since=NOON, now=desk.now)
            await blind
    assert [cause.target for cause in (await desk.the_one(State.OPEN)).causes] == ["crm/b"]
    assert [cause.target for cause in (await desk.the_one(State.SUPPRESSED)).causes] == ["crm/a"]


async def test_what_the_vendor_took_back_is_held_when_it_comes_again_and_told_if_it_stays(desk: Desk) -> None:
    await desk.drifts("crm/a", finding())
    assert len(await desk.pages()) == 1
    await desk.clean("crm/a")
    await desk.drifts("crm/a", finding())
    held = await desk.the_one(State.SUPPRESSED)
    assert held.suppression is not None
    assert held.suppression.kind is Hush.FLAP
    assert len(await desk.pages()) == 1
    await desk.passes(15 * MINUTE)
    assert (await desk.the_one(State.OPEN)).id == held.id
    assert len(await desk.pages()) == 2


async def test_a_change_that_never_flapped_is_not_held_by_one_that_did(desk: Desk) -> None:
    await desk.drifts("crm/a", finding())
    await desk.clean("crm/a")
    await desk.drifts("crm/a", finding(), finding("Invoice.Total"))
    assert [cause.address for cause in (await desk.the_one(State.OPEN)).causes] == ["Invoice.Total"]


async def test_a_change_that_stood_for_long_and_went_is_no_flap(desk: Desk) -> None:
    await desk.drifts("crm/a", finding())
    await desk.passes(HOUR)
    await desk.clean("crm/a")
    await desk.drifts("crm/a", finding())
    assert len(await desk.escalations(State.OPEN)) == 1


async def test_a_vendor_that_flaps_again_and_again_is_a_finding_of_its_own(desk: Desk) -> None:
    for _ in range(4):
        await desk.drifts("crm/a", finding())
        await desk.clean("crm/a")
    flapping = [each for each in await desk.escalations() if each.causes[0].rule == "vendor.flapping"]
    assert [(each.state, each.priority) for each in flapping] == [(State.OPEN, Priority.P3)]
    assert "changed and changed back 3 times in 24 hours" in flapping[0].causes[0].message
    assert len([page for page in await desk.pages() if page.priority == Priority.P1]) == 1


async def test_fifty_targets_of_one_release_are_one_escalation_and_one_page(make: Make) -> None:
    names = [f"t{number}" for number in range(50)]
    targets = "\n".join(f"      {name}: {{kind: file, path: a.json, format: jsonschema}}" for name in names)
    desk = await make(targets=targets)
    for name in names:
        await desk.sighted(f"crm/{name}", finding())
        desk.now += timedelta(seconds=2)
    for name in names:
        await desk.confirmed(f"crm/{name}")
        desk.now += timedelta(seconds=2)
    (page,) = await desk.pages()
    escalation = await desk.the_one(State.OPEN)
    assert (len(escalation.targets), page.contact) == (50, "ana")
    assert len(await desk.escalations(State.RESOLVED)) == 49
    await desk.does(ev.Acknowledged(by="ana", via="cli", generation=1, at=desk.now), escalation)
    await desk.passes(6 * MINUTE)
    (digest,) = await desk.pages(Action.NOTE)
    assert "+49 more" in digest.content.summary


async def test_when_the_worse_of_two_targets_is_clean_the_priority_falls_half_an_hour_later(make: Make) -> None:
    desk = await make(more="noise: {flap_hold: 0s}")
    await desk.drifts("crm/a", finding())
    await desk.drifts("crm/b", finding("Other.Field", impact=Impact.RISKY))
    await desk.clean("crm/a")
    left = await desk.the_one(State.OPEN)
    assert (set(left.targets), left.priority) == ({"crm/b"}, Priority.P1)
    await desk.passes(28 * MINUTE)
    assert (await desk.the_one(State.OPEN)).priority is Priority.P1
    await desk.passes(MINUTE)
    assert (await desk.the_one(State.OPEN)).priority is Priority.P3


async def test_what_is_gone_of_a_storm_is_taken_from_its_count(desk: Desk) -> None:
    many = [finding(f"Account.F{number}") for number in range(300)]
    await desk.drifts("crm/a", *many)
    await desk.drifts("crm/b", finding("Other.Field"))
    opened = await desk.the_one(State.OPEN)
    assert (opened.total, len(opened.causes)) == (301, 200)
    async with desk.store.write() as tx:
        target = desk.target("crm/a")
        await paging.lessened(tx, desk.config, target, many[:250], by="ana", because="accepted", now=desk.now)
    assert (await desk.the_one(State.OPEN)).total == 251
    await desk.clean("crm/a")
    left = await desk.the_one(State.OPEN)
    assert (left.total, set(left.targets)) == (1, {"crm/b"})


async def test_of_more_pages_than_a_person_can_read_the_rest_is_one_digest_and_a_p1_is_never_counted_out(make: Make) -> None:
    desk = await make(more="noise: {pages_per_hour: 2}")
    for number in range(5):
        await desk.drifts("pay/a", finding(f"Field{number}"))
        (escalation,) = await desk.escalations(State.OPEN)
        await desk.notices()
        if number < 4:
            await desk.does(ev.ResolvedBy(by="ana", because="done"), escalation)
            async with desk.store.write() as tx:
                await tx.findings.replace(TargetName("pay/a"), "pay", None, (), desk.now)
    assert [page.priority for page in await desk.pages()] == [2, 2]
    await desk.drifts("crm/a", finding())
    assert [page.priority for page in await desk.pages()] == [2, 2, 1]
    async with desk.store.write() as tx:
        assert list(await tx.folded.waiting()) == ["ana"]
        await silencing.tell_folded(tx, desk.config, "ana", desk.now)
        assert await tx.folded.waiting() == {}
    (digest,) = await desk.notices()
    assert (digest.recipient, digest.content.summary) == (
        "ana@example.com",
        "1 escalations you were not paged about one by one, the worst P2",
    )
    async with desk.store.read() as tx:
        told = [entry.kind for entry in await tx.escalations.timeline(escalation.id)]
    assert "page.folded" in told
    assert "page.queued" not in told


async def test_a_page_that_reaches_nobody_is_a_p1_alarm_that_ends_with_it(make: Make) -> None:
    desk = await make()
    nobody = desk.config.matrix.model_copy(update={"contacts": {}, "last_resort": None, "catch_all": None})
    desk.config = replace(desk.config, matrix=nobody)
    await desk.drifts("pay/a", finding())
    found = {each.category: each for each in await desk.escalations(State.OPEN)}
    lost, alarm = found[Category.DRIFT], found[Category.UNROUTABLE]
    assert (lost.priority, alarm.priority) == (Priority.P2, Priority.P1)
    assert [(page.channel, page.escalation) for page in await desk.pages()] == [("ops", alarm.id)]
    assert lost.id in alarm.causes[0].message
    await desk.does(ev.ResolvedBy(by="driftpager", because="done"), lost)
    assert await desk.escalations(State.OPEN) == []


async def test_when_every_channel_has_failed_the_alarm_is_stored_and_ends_once_a_page_came_through(make: Make) -> None:
    desk = await make()
    await desk.drifts("crm/a", finding())
    (lost,) = await desk.escalations(State.OPEN)
    for _ in ("by mail", "through the fallback"):
        page = (await desk.pages())[-1]
        await desk.does(ev.PageFailed(page=page, because="500"), lost)
    assert [page.channel for page in await desk.pages() if page.escalation == lost.id] == ["mail", "ops"]
    found = {each.category: each for each in await desk.escalations(State.OPEN)}
    alarm = found[Category.UNROUTABLE]
    assert alarm.priority is Priority.P1
    assert [page.channel for page in await desk.pages() if page.escalation == alarm.id] == ["ops"]
    page = next(page for page in await desk.pages() if page.escalation == lost.id)
    await desk.does(ev.PageSent(page=page), lost)
    assert [each.id for each in await desk.escalations(State.OPEN)] == [lost.id]
