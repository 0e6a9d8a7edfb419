"""Alertmanager's webhook opens and ends escalations: repeated, late, out of order, cut off, and about what we do not know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from alerts import events as ev
from alerts.channels.alertmanager import Alertmanager
from alerts.errors import Unreadable, Unverified
from alerts.escalation import Category, Escalation, State
from alerts.page import Action
from alerts.priority import Priority
from monitor import paging, signalling
from monitor.config import Config, load
from monitor.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECRET = "canary-secret-of-the-hook"
OVER = "0001-01-01T00:00:00Z"

CONFIG = """
store: "sqlite:///driftpager.db"
channels:
  mail: {kind: email, host: 127.0.0.1, sender: driftpager@example.com}
  prometheus:
    kind: alertmanager
    url: https://alertmanager.example.com
    webhook_secrets: ["env:HOOK"]
    integrations: {salesforce: crm}
matrix:
  contacts: {ana: {email: ana@example.com}}
  lanes: {sync: {levels: [{contact: ana}]}}
  rules: [{lanes: [sync]}]
  last_resort: ana
integrations:
  crm:
    criticality: core
    targets: {a: {kind: file, path: a.json, format: jsonschema}}
  pay:
    criticality: high
    targets: {a: {kind: file, path: b.json, format: jsonschema}}
"""


def alert(name: str = "SyncFailing", began: datetime = NOON, ended: datetime | None = None, **labels: str) -> dict[str, Any]:
    named = {"alertname": name, "integration": "crm", "severity": "critical"} | labels
    return {
        "status": "resolved" if ended else "firing",
        "labels": named,
        "annotations": {"summary": "no record was synced", "description": "the queue grows"},
        "startsAt": began.isoformat(),
        "endsAt": ended.isoformat() if ended else OVER,
        "generatorURL": "http://prometheus/graph",
        "fingerprint": f"{name}-{named.get('instance', '')}",
    }


def group(*alerts: dict[str, Any], **changes: Any) -> bytes:
    status = "firing" if any(each["status"] == "firing" for each in alerts) else "resolved"
    plain = {
        "version": "4",
        "groupKey": '{}:{alertname="SyncFailing"}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "driftpager",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": alerts,
        "notYetInvented": [1],
    }
    return json.dumps(plain | changes).encode()


@dataclass
class Hearing:
    """A store, a configuration with one Alertmanager, and what it tells."""

    config: Config
    store: Store
    now: datetime = NOON

    @property
    def channel(self) -> Alertmanager:
        found = self.config.channels["prometheus"]
        assert isinstance(found, Alertmanager)
        return found

    async def hears(self, body: bytes) -> bool:
        self.now += MINUTE
        signal = self.channel.signal({"authorization": f"Bearer {SECRET}"}, {}, body)
        assert signal is not None
        async with self.store.write() as tx:
            return await signalling.heard(tx, self.config, "prometheus", signal, self.now)

    async def all(self, *states: State) -> list[Escalation]:
        async with self.store.read() as tx:
            return await tx.escalations.list(states or None)

    async def the_one(self) -> Escalation:
        (found,) = await self.all()
        return found

    async def triggers(self) -> int:
        async with self.store.read() as tx:
            pages = [page for each in await self.all() for page, _, _ in await tx.outbox.pages(each.id)]
        return sum(page.action is Action.TRIGGER for page in pages)


@pytest.fixture
async def hearing(tmp_path: Path) -> AsyncIterator[Hearing]:
    path = tmp_path / "driftpager.yml"
    path.write_text(dedent(CONFIG))
    config = load(path, {"HOOK": SECRET})
    store = await Store.open(f"sqlite:///{tmp_path / 'driftpager.db'}")
    yield Hearing(config=config, store=store)
    await store.close()


async def test_what_fires_is_paged_and_what_is_resolved_is_over(hearing: Hearing) -> None:
    assert await hearing.hears(group(alert()))
    it = await hearing.the_one()
    assert (it.state, it.category, it.priority, it.integration) == (State.OPEN, Category.SIGNAL, Priority.P1, "crm")
    assert [(cause.message, cause.consequence) for cause in it.causes] == [
        ("SyncFailing: no record was synced", "the queue grows")
    ]
    assert await hearing.triggers() == 1
    assert await hearing.hears(group(alert(ended=NOON + MINUTE)))
    it = await hearing.the_one()
    assert (it.state, it.resolution) == (State.RESOLVED, "prometheus says that it is over")


async def test_told_again_it_is_the_same_and_pages_nobody_again(hearing: Hearing) -> None:
    await hearing.hears(group(alert()))
    assert not await hearing.hears(group(alert(), externalURL="http://the-other-of-the-pair:9093"))
    assert (len(await hearing.all()), await hearing.triggers()) == (1, 1)


async def test_a_late_message_about_what_is_over_opens_nothing(hearing: Hearing) -> None:
    await hearing.hears(group(alert(ended=NOON + MINUTE)))
    assert not await hearing.hears(group(alert()))
    assert await hearing.all() == []


async def test_a_late_end_does_not_end_what_began_since(hearing: Hearing) -> None:
    await hearing.hears(group(alert()))
    await hearing.hears(group(alert(began=NOON + 5 * MINUTE)))
    assert not await hearing.hears(group(alert(ended=NOON + MINUTE)))
    assert (await hearing.the_one()).state is State.OPEN


async def test_it_is_over_with_the_last_of_it(hearing: Hearing) -> None:
    one, other = alert(instance="a"), alert(instance="b", severity="warning")
    await hearing.hears(group(one))
    await hearing.hears(group(one, other))
    assert len((await hearing.the_one()).causes) == 2
    await hearing.hears(group(alert(instance="a", ended=NOON + 2 * MINUTE), other))
    it = await hearing.the_one()
    assert ([cause.impact for cause in it.causes], it.state) == (["risky"], State.OPEN)
    await hearing.hears(group(alert(instance="b", severity="warning", ended=NOON + 3 * MINUTE)))
    assert (await hearing.the_one()).state is State.RESOLVED


async def test_a_cut_group_says_so_and_ends_only_with_a_message_that_lists_all_of_it(hearing: Hearing) -> None:
    await hearing.hears(group(alert(instance="a"), alert(instance="b")))
    await hearing.hears(group(alert(instance="c"), truncatedAlerts=2))
    it = await hearing.the_one()
    async with hearing.store.read() as tx:
        told = [entry.text for entry in await tx.escalations.timeline(it.id)]
    assert "2 more alerts of the group are not listed" in told
    await hearing.hears(group(alert(instance="c", ended=NOON + 9 * MINUTE), truncatedAlerts=2))
    it = await hearing.the_one()
    assert ({cause.address for cause in it.causes}, it.state) == ({"a", "b"}, State.OPEN)
    assert not await hearing.hears(group(alert(instance="c", ended=NOON + 9 * MINUTE), groupKey="another"))
    assert (await hearing.the_one()).state is State.OPEN
    await hearing.hears(group(alert(instance="c", began=NOON + MINUTE, ended=NOON + 19 * MINUTE)))
    assert (await hearing.the_one()).state is State.RESOLVED


async def test_the_same_again_within_days_reopens_it(hearing: Hearing) -> None:
    await hearing.hears(group(alert()))
    await hearing.hears(group(alert(ended=NOON + MINUTE)))
    await hearing.hears(group(alert(began=NOON + 5 * MINUTE)))
    it = await hearing.the_one()
    assert (it.state, it.generation) == (State.OPEN, 2)
    assert await hearing.triggers() == 2


async def test_what_a_person_closed_stays_closed_until_it_begins_anew(hearing: Hearing) -> None:
    await hearing.hears(group(alert()))
    async with hearing.store.write() as tx:
        closed = ev.ResolvedBy(by="ana", because="known")
        await paging.person(tx, hearing.config, (await hearing.the_one()).id, closed, now=hearing.now)
    assert not await hearing.hears(group(alert()))
    assert (await hearing.the_one()).state is State.RESOLVED


async def test_it_knows_its_integration_by_label_or_mapping_and_each_has_its_own(hearing: Hearing) -> None:
    await hearing.hears(group(alert(instance="a", integration="salesforce"), alert(instance="b", integration="pay")))
    assert {each.integration for each in await hearing.all(State.OPEN)} == {"crm", "pay"}


async def test_what_only_informs_pages_nobody(hearing: Hearing) -> None:
    await hearing.hears(group(alert(severity="info")))
    assert await hearing.all() == []


async def test_more_than_is_kept_one_by_one_is_over_only_with_the_last(hearing: Hearing) -> None:
    many = [alert(instance=str(number)) for number in range(250)]
    await hearing.hears(group(*many))
    assert (await hearing.the_one()).total == 250
    ended = [each | {"status": "resolved", "endsAt": (NOON + MINUTE).isoformat()} for each in many]
    await hearing.hears(group(*ended[:249], many[249]))
    it = await hearing.the_one()
    assert (it.total, it.state) == (1, State.OPEN)
    await hearing.hears(group(ended[249]))
    assert (await hearing.the_one()).state is State.RESOLVED


async def test_an_unknown_integration_is_named(hearing: Hearing) -> None:
    def unknown(**labels: str) -> str:
        signal = hearing.channel.signal({}, {"token": SECRET}, group(alert(**labels)))
        assert signal is not None
        return signalling.unknown(hearing.config, signal)

    hint = "set its label, or map its value under the channel's integrations"
    assert unknown(integration="crn") == (
        f"'SyncFailing: no record was synced' names the integration 'crn', which is not configured: {hint}"
    )
    assert unknown(integration="") == f"'SyncFailing: no record was synced' names no integration: {hint}"
    assert unknown() == ""


async def test_who_does_not_know_the_secret_is_not_believed(hearing: Hearing) -> None:
    for headers, query in (
        ({}, {}),
        ({"authorization": "Bearer "}, {"token": ""}),
        ({"authorization": f"Basic {SECRET}"}, {}),
        ({"authorization": f"Bearer {SECRET}x"}, {"token": SECRET[:-1]}),
        ({"authorization": "Bearer \ud800"}, {}),
    ):
        with pytest.raises(Unverified, match="one of webhook_secrets"):
            hearing.channel.signal(headers, query, b"not even JSON")
    with pytest.raises(Unverified, match="no webhook_secrets are configured"):
        hearing.channel.model_copy(update={"webhook_secrets": ()}).signal({}, {"token": ""}, group(alert()))


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"\xff{", "the body"),
        (b"[]", "the body"),
        (group(alert(), version="5"), "version"),
        (group(alert(), groupKey=""), "groupKey"),
        (group(alert() | {"startsAt": "yesterday"}), r"alerts\.0\.startsAt"),
        (group(alert() | {"startsAt": "2026-03-02T12:00:00"}), r"alerts\.0\.startsAt"),
        (group(alert() | {"labels": ["a"]}), r"alerts\.0\.labels"),
    ],
)
async def test_what_is_no_such_message_is_refused_with_the_place(hearing: Hearing, body: bytes, where: str) -> None:
    with pytest.raises(Unreadable, match=f"version 4\\): {where}$"):
        hearing.channel.signal({}, {"token": SECRET}, body)


async def test_our_own_alerts_come_home_without_effect(hearing: Hearing) -> None:
    assert hearing.channel.signal({}, {"token": SECRET}, group(alert("DriftpagerEscalation"))) is None


async def test_hostile_text_is_one_clean_line(hearing: Hearing) -> None:
    wild = alert(instance="a\r\nb") | {"annotations": {"summary": "x\x1b[31m\u202e@channel\n" * 9000, "description": "\x00"}}
    await hearing.hears(group(replace_fingerprint(wild)))
    (cause,) = (await hearing.the_one()).causes
    assert len(cause.message) <= 400
    assert not [each for each in cause.message + cause.address if ord(each) < 32 or each == "\u202e"]


def replace_fingerprint(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"fingerprint": ""}


def test_without_a_fingerprint_the_labels_are_the_identity() -> None:
    config = Alertmanager(url="https://a.example.com", webhook_secrets=(SECRET,))  # type: ignore[arg-type]  # because pydantic takes text
    bare = [replace_fingerprint(alert(instance=name)) for name in ("a", "a", "b")]
    signal = config.signal({}, {"token": SECRET}, group(*bare))
    assert signal is not None
    ids = [each.id for each in signal.occurrences]
    assert ids[0] == ids[1] != ids[2]
    assert replace(signal.occurrences[0], id="") == replace(signal.occurrences[1], id="")
