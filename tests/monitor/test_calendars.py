"""On-call feeds: read from real servers into the store, kept where they cannot be read, and used to page by."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import Response

from alerts.calendars.duty import Duty, Fed
from alerts.matrix import Feed
from monitor import calendars, paging
from monitor.calendar_child import Ask
from monitor.calendars import FeedTrouble, Watching, due_at, fetch, look, told
from monitor.clock import SystemClock
from monitor.config import Config, load
from monitor.config.secrets import secrets_of
from monitor.demo.pagerduty import PagerDuty
from monitor.demo.pagerduty_oncalls import OnCall
from monitor.demo.serve import Tls, serve
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.judge import Judge
from monitor.metrics import Metrics
from monitor.store import Store
from monitor.watch import TargetState
from tests.monitor.cli.commands import run

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOKEN = "y_NbAkKc66ryYTWUXYEu"
ICAL = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T200000Z\r\n"
    "RRULE:FREQ=DAILY\r\nSUMMARY:eve\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Stopped(SystemClock):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Library:
    """A web server with one calendar."""

    body: bytes = ICAL.encode()
    status: int = 200
    asked: int = 0
    app: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        @self.app.get("/private/oncall.ics")
        async def oncall() -> Response:
            self.asked += 1
            return Response(self.body, self.status, media_type="text/calendar")


@dataclass
class World:
    """Everything around one daemon without loops."""

    library: Library
    pagerduty: PagerDuty
    clock: Stopped
    engine: Engine
    config: Config

    async def fed(self) -> dict[str, Fed]:
        async with self.engine.store.read() as tx:
            return await tx.feeds.of(self.config.matrix.feeds)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.make(tmp_path_factory.mktemp("tls"))


CONFIGURATION = """\
store: sqlite:///state.db
integrations:
  docs: {{criticality: core, targets: {{api: {{kind: file, path: a.json, format: openapi}}}}}}
channels:
  pagerduty: {{kind: pagerduty, routing_key: "env:KEY", token: "env:TOKEN", base_url: "{pd}", api_url: "{pd}", ca_file: "{ca}"}}
  hook: {{kind: webhook, url: "env:HOOK", secret: "env:HOOK_SECRET"}}
  mail: {{kind: email, host: 127.0.0.1, port: 9, sender: drift@example.com}}
matrix:
  contacts:
    ana: {{email: ana@example.com, pagerduty: PANA}}
    eve: {{email: eve@example.com}}
    cto: {{email: cto@example.com}}
  roles: {{night: {{feed: night}}, day: {{feed: day}}}}
  feeds:
    night: {{ical: "env:ICAL", private: true, every: 15m}}
    day: {{channel: pagerduty, schedule: PDAY, every: 1h}}
  lanes: {{sync: {{clock: driftpager, levels: [{{role: night}}, {{role: day}}]}}}}
  rules: [{{lanes: [sync]}}]
  last_resort: cto
  channel: mail
"""


@pytest.fixture
async def world(tmp_path: Path, tls: Tls) -> AsyncIterator[World]:
    clock, library = Stopped(), Library()
    pagerduty = PagerDuty(routing_keys={"R0UTINGKEYR0UTINGKEYR0UTINGKEY42": "CRM"}, tokens=frozenset({TOKEN}), clock=clock)
    pagerduty.schedules["PDAY"] = [
        OnCall(user="PANA", name="Ana", email="", start=NOW - HOUR, end=NOW + HOUR),
        OnCall(user="PX", name="Eve", email="eve@example.com", start=NOW + HOUR, end=None),
    ]
    async with serve(library.app) as url, serve(pagerduty.app, tls=tls) as pd, Egress() as egress:
        (tmp_path / "driftpager.yml").write_text(CONFIGURATION.format(pd=pd, ca=tls.authority))
        (tmp_path / "a.json").write_text("{}")
        config = load(tmp_path / "driftpager.yml", environment(f"{url}/private/oncall.ics"))
        store = await Store.open(config.store)
        judge = Judge()
        try:
            engine = Engine(config=config, store=store, clock=clock, rng=Random(1), egress=egress, judge=judge, metrics=Metrics())
            yield World(library, pagerduty, clock, engine, config)
        finally:
            await judge.close()
            await store.close()


def environment(ical: str) -> dict[str, str]:
    return {
        "KEY": "R0UTINGKEYR0UTINGKEYR0UTINGKEY42",
        "TOKEN": TOKEN,
        "HOOK": "https://127.0.0.1:9/s3cr3t",
        "HOOK_SECRET": "whsec_" + "A" * 32,
        "ICAL": ical,
    }


async def test_both_kinds_of_feeds_are_read_into_the_store(world: World) -> None:
    await Watching(world.engine).step()
    fed = await world.fed()
    assert fed["night"].on_call(NOW) == ("eve",)
    assert fed["night"].on_call(NOW + 9 * HOUR) == ()
    assert len(fed["night"].duties) == 121
    assert fed["day"].duties[0] == Duty(start=NOW - HOUR, end=NOW + HOUR, contact="ana")
    assert fed["day"].on_call(NOW + 2 * HOUR) == ("eve",)
    assert {name: (each.fetched_at, each.trouble, each.strangers) for name, each in fed.items()} == {
        "night": (NOW, "", 0),
        "day": (NOW, "", 0),
    }


async def test_each_is_read_again_when_it_is_due_and_not_before(world: World) -> None:
    watching = Watching(world.engine)
    await watching.step()
    await watching.step()
    assert (world.library.asked, world.clock.slept) == (1, [calendars.LOOK_AGAIN_SECONDS])
    world.clock.at = NOW + timedelta(minutes=15)
    await watching.step()
    assert world.library.asked == 2
    assert len(world.pagerduty.received) == 1  # that one only after an hour
    assert (await world.fed())["day"].fetched_at == NOW


@pytest.mark.parametrize(
    ("status", "body", "because"),
    [
        (500, b"", "answered 500"),
        (404, b"", "answered 404"),
        (200, b"<html>Sign in</html>", "not to be read as iCalendar"),
        (200, ICAL.replace("20261124T080000Z", "tomorrow").encode(), "cannot be read (DTSTART)"),
    ],
)
async def test_a_feed_in_trouble_keeps_its_last_value_with_its_age(world: World, status: int, body: bytes, because: str) -> None:
    watching = Watching(world.engine)
    await watching.step()
    world.library.status, world.library.body = status, body
    world.clock.at = NOW + HOUR
    await watching.step()
    night = (await world.fed())["night"]
    assert (night.fetched_at, night.tried_at, night.failures) == (NOW, NOW + HOUR, 1)
    assert night.on_call(NOW + 2 * HOUR) == ("eve",)
    assert because in night.trouble
    (line,) = [each for each in told(world.config.matrix, await world.fed(), NOW + 3 * HOUR) if each.name == "night"]
    assert not line.fine
    assert "its last value goes on: 121 on-call times up to 2027-03-24, read 3 h ago" in line.text
    world.library.status, world.library.body = 200, ICAL.encode()
    world.clock.at += timedelta(minutes=1)
    await watching.step()
    assert (await world.fed())["night"].trouble == ""


async def test_the_address_of_a_calendar_is_never_told(world: World) -> None:
    world.library.status = 500
    night = await look(world.config, "night", Fed(), world.engine.egress, NOW)
    assert night.trouble
    assert "oncall.ics" not in night.trouble
    broken = load(world.config.file, environment("http://127.0.0.1:9/private/oncall.ics"))
    night = await look(broken, "night", Fed(), world.engine.egress, NOW)
    assert "oncall.ics" not in night.trouble
    assert "http://127.0.0.1:9/private/oncall.ics" in secrets_of(broken)  # what the log scrubs


async def test_a_calendar_within_the_own_network_is_read_only_where_it_is_allowed(world: World) -> None:
    world.config.file.write_text(world.config.file.read_text().replace("private: true, ", ""))
    url = world.config.matrix.feeds["night"].ical
    assert url is not None
    closed = load(world.config.file, environment(url.get_secret_value()))
    with pytest.raises(FeedTrouble, match="private"):
        await fetch(closed, "night", world.engine.egress, NOW)
    assert world.library.asked == 0


async def test_pagerduty_that_refuses_us_is_told_as_such(world: World) -> None:
    world.pagerduty.tokens = frozenset()
    with pytest.raises(FeedTrouble, match="401"):
        await fetch(world.config, "day", world.engine.egress, NOW)


async def test_more_entries_than_one_page_are_all_read_and_strangers_counted(world: World) -> None:
    world.pagerduty.schedules["PDAY"] = [
        OnCall(
            user=f"P{n % 3}",
            name="?",
            email="eve@example.com" if n % 3 == 0 else "",
            start=NOW + n * HOUR,
            end=NOW + (n + 1) * HOUR,
        )
        for n in range(250)
    ]
    day = await fetch(world.config, "day", world.engine.egress, NOW)
    assert (len(day.duties), day.strangers) == (84, 2)


def test_a_feed_in_trouble_is_asked_again_soon_and_then_less_often() -> None:
    feed = Feed.model_validate({"channel": "pagerduty", "schedule": "P1", "every": "PT30M"})
    waits = [due_at(feed, Fed(tried_at=NOW, failures=failures)) for failures in range(7)]
    assert [int((at - NOW).total_seconds() // 60) for at in waits if at] == [30, 1, 2, 4, 8, 16, 30]
    assert due_at(feed, None) is None


async def test_what_left_the_matrix_is_forgotten(world: World) -> None:
    async with world.engine.store.write() as tx:
        await tx.feeds.keep("gone", Fed(fetched_at=NOW))
    await Watching(world.engine).step()
    async with world.engine.store.read() as tx:
        assert set(await tx.feeds.of(["gone", "night", "day"])) == {"night", "day"}


async def test_a_page_goes_to_whom_the_feed_names(world: World) -> None:
    await Watching(world.engine).step()
    target = world.config.targets[0]
    async with world.engine.store.write() as tx:
        await paging.blind(tx, world.config, target, TargetState.UNREACHABLE, "no answer", since=NOW - 3 * HOUR, now=NOW)
        (escalation,) = await tx.escalations.active("docs")
        pages = [page for page, _, _ in await tx.outbox.pages(escalation.id)]
    assert [(page.channel, page.contact) for page in pages] == [("mail", "eve")]


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9"]
)
async def test_a_rule_that_repeats_without_end_costs_a_child_and_no_more(rule: str) -> None:
    bomb = ICAL.replace("FREQ=DAILY", rule).encode()
    ask = Ask(content=bomb, contacts={"eve": ""}, zone="UTC", since=NOW, until=NOW + timedelta(days=120))
    with pytest.raises(FeedTrouble, match=r"stopped|ended the process|are read"):
        await calendars.read(ask, seconds=1.5)


async def test_reading_does_not_keep_the_loop_from_anything_else() -> None:
    ask = Ask(content=ICAL.encode(), contacts={"eve": ""}, zone="UTC", since=NOW, until=NOW + timedelta(days=120))
    ticks = 0
    reading = asyncio.create_task(calendars.read(ask))
    while not reading.done():
        ticks += 1
        await asyncio.sleep(0)
    assert ticks > 100
    assert len((await reading)[0]) == 121


def test_commands_tell_of_feeds_and_their_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment("http://127.0.0.1:9/private/oncall.ics").items():
        monkeypatch.setenv(name, value)
    (tmp_path / "a.json").write_text("{}")
    authority = Tls.make(tmp_path).authority
    (tmp_path / "driftpager.yml").write_text(CONFIGURATION.format(pd="https://127.0.0.1:9", ca=authority))
    fresh = run("check")
    assert fresh.code == 0  # nothing is known yet, and that is no gap
    assert "note: feed night: never read yet; the daemon reads it" in fresh.out
    assert "nobody is known to be there, and a feed may name somebody" in fresh.out

    async def keep() -> None:
        store = await Store.open(f"sqlite:///{tmp_path}/state.db")
        now = datetime.now(UTC)
        half = Fed(
            duties=(Duty(start=now - HOUR, end=now + timedelta(days=30), contact="eve"),),
            since=now - HOUR,
            until=now + timedelta(days=100),
            fetched_at=now - timedelta(days=3),
            tried_at=now,
            trouble="the calendar's server answered 500",
            failures=9,
        )
        async with store.write() as tx:
            await tx.feeds.keep("night", half)
            await tx.feeds.keep("day", replace(half, trouble=""))
        await store.close()

    asyncio.run(keep())
    stale = run("check", "--output", "json")
    assert stale.code == 3
    answer: Any = json.loads(stale.out)
    assert [(gap["lane"], gap["priority"], gap["lack"]) for gap in answer["gaps"]] == [("sync", "P1", "last-resort")]
    assert any("the calendar's server answered 500" in note and "3 days ago" in note for note in answer["notes"])
    asked = run("doctor")
    line = next(each for each in asked.out.splitlines() if each.startswith("feed night"))
    assert "TROUBLE" in line
    assert "its last value goes on" in line
    assert run("matrix", "who").out.count("eve    on duty") == 2
