"""A drill as a command sees it: stored for the daemon, watched until it is over, and read again later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.draft import Refused
from alerts.escalation import ACTIVE, Entry, Escalation, State
from alerts.page import EscalationId
from alerts.reactions import Reaction, reactions
from monitor import drilling
from monitor.cli.escalations import known
from monitor.cli.exits import CouldNotCheck, Misused
from monitor.cli.identity import contact
from monitor.cli.session import Session, with_store
from monitor.config import Config
from monitor.config.scenario import Scenario
from monitor.config.store import file_of
from monitor.store import Transaction

TAKEN_UP_WITHIN = timedelta(seconds=15)
"""A daemon that works looks at its timers twice a second."""

NO_DAEMON = "no daemon works on this store, so nothing was sent; start one with `driftpager run`"
GRACE = timedelta(minutes=1)
LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """A drill as it stands, or stood at its end."""

    escalation: Escalation
    reactions: tuple[Reaction, ...]
    timeline: tuple[Entry, ...]


def run(
    file: str,
    scenario: Scenario,
    name: str,
    who: str,
    *,
    wait: bool,
    begun: Callable[[str], None],
    told: Callable[[str], None],
) -> Drilled:
    """Begin a drill, and wait for its end where asked to. `begun` gets its id once it is stored, `told` each line of progress.

    Raises `Misused` where it cannot begin and `CouldNotCheck` where no daemon takes it up, or none ends it.
    """

    async def work(session: Session) -> Drilled:
        _somebody_works_on(session.config)
        return await practise(session, scenario, name, who, wait=wait, begun=begun, told=told)

    return with_store(file, work)


async def practise(
    session: Session,
    scenario: Scenario,
    name: str,
    who: str,
    *,
    wait: bool,
    begun: Callable[[str], None],
    told: Callable[[str], None],
) -> Drilled:
    """`run`, in a session that is open."""

    async def begin(tx: Transaction, now: datetime) -> Escalation:
        return await drilling.begin(tx, session.config, scenario, name, by=who, now=now)

    try:
        drill = (await session.write(begin)).id
    except Refused as refused:
        raise Misused(str(refused)) from None
    begun(drill)
    await _taken_up(session, drill)
    if not wait:
        return await _seen(session, drill)
    told(f"drill {drill}: {scenario.title}")
    shown = 0
    while True:
        found = await _seen(session, drill)
        for entry in found.timeline[shown:]:
            told(f"  +{_clock(entry.at - found.escalation.detected_at)}  {entry.text}")
        shown = len(found.timeline)
        if found.escalation.state not in ACTIVE:
            return found
        over = found.escalation.drill
        if over is not None and session.clock.now() > over.until + GRACE:
            raise CouldNotCheck(f"drill {drill} should be over, and nobody ended it: does the daemon run?")
        await session.clock.sleep(LOOK_AGAIN_SECONDS)


def report(file: str, id: str) -> Drilled:
    """A drill by its id. Raises `Misused` for what is none."""

    async def work(session: Session) -> Drilled:
        found = await session.read(lambda tx: known(tx, id))
        if found.drill is None:
            raise Misused(f"{id} is no drill; `driftpager explain {id}` tells of it")
        return await _seen(session, found.id)

    return with_store(file, work)


def past(file: str) -> list[Drilled]:
    """The last fifty, the newest first."""

    async def work(session: Session) -> list[Drilled]:
        found = await session.read(lambda tx: tx.escalations.practised())
        return [await _seen(session, each.id) for each in found]

    return with_store(file, work)


def end(file: str, by: str | None) -> list[str]:
    """End what is going on; gives what was ended."""

    async def work(session: Session) -> list[str]:
        who = contact(session.config, by)

        async def done(tx: Transaction, now: datetime) -> list[str]:
            return [str(each.escalation.id) for each in await drilling.end(tx, session.config, by=who, now=now)]

        return await session.write(done)

    return with_store(file, work)


def _somebody_works_on(config: Config) -> None:
    """Where the store is a file, its lock tells at once; of a shared one it only shows by what is done."""
    from monitor.daemon import Busy, alone  # heavy, and only needed here

    if file_of(config.store) is None:
        return
    try:
        with alone(config.store):
            raise CouldNotCheck(NO_DAEMON)
    except Busy:
        return


async def _taken_up(session: Session, drill: EscalationId) -> None:
    """Wait until a daemon has begun it; where none does, take it back, so that nobody is paged by one that comes later."""
    give_up = session.clock.now() + TAKEN_UP_WITHIN
    while (await session.read(lambda tx: known(tx, drill))).state is State.DETECTED:
        if session.clock.now() < give_up:
            await session.clock.sleep(LOOK_AGAIN_SECONDS)
            continue

        async def withdraw(tx: Transaction, now: datetime) -> bool:
            return await drilling.withdraw(tx, session.config, drill, now)

        if await session.write(withdraw):
            raise CouldNotCheck(NO_DAEMON)


async def _seen(session: Session, drill: EscalationId) -> Drilled:
    async def look(tx: Transaction) -> Drilled:
        escalation = await known(tx, drill)
        pages = [(page, state) for page, state, _ in await tx.outbox.pages(drill)]
        found = reactions(escalation, pages, await tx.outbox.taken(drill), session.clock.now())
        return Drilled(escalation=escalation, reactions=found, timeline=tuple(await tx.escalations.timeline(drill)))

    return await session.read(look)


def _clock(passed: timedelta) -> str:
    minutes, seconds = divmod(max(int(passed.total_seconds()), 0), 60)
    return f"{minutes:02}:{seconds:02}"
