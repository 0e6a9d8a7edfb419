"""`driftpager test-page`: does a page get through?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import click

from alerts.channels import ReadsBack, Tools
from alerts.errors import DeliveryError
from alerts.keys import DedupKey, page_id, page_key
from alerts.page import Action, Content, EscalationId, Page
from alerts.priority import Priority
from monitor.cli.configured import config_option, configured
from monitor.cli.exits import Exit, Misused
from monitor.cli.identity import as_option, contact
from monitor.cli.output import as_json, output_option, table
from monitor.clock import Clock, SystemClock
from monitor.config import Config
from monitor.egress import Egress
from monitor.nearest import nearest

LANE = "test-page"
_READ_BACK_TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    channel: str
    ok: bool
    told: str


@click.command(name="test-page", short_help="Send a practice page, and end it again.")
@click.argument("channels", nargs=-1, metavar="[CHANNEL]...")
@as_option
@config_option
@output_option("text", "json")
def send_test_page(channels: tuple[str, ...], by: str | None, file: str, output: str) -> int:
    """Send a page marked PRACTICE through each CHANNEL (default: all), to you, and resolve it again at once. Where a channel
    can be asked, ask whether it became something that pages people.

    \b
    Examples:
      driftpager test-page
      driftpager test-page pagerduty
      driftpager test-page mail --as ana --output json

    Exit 0: all got through; 2: one did not.
    """
    config = configured(file)
    for name in channels:
        if name not in config.channels:
            raise Misused(f"there is no channel {name!r}; {nearest(name, config.channels)}")
    who = contact(config, by)
    sent = asyncio.run(_send_all(config, channels or tuple(config.channels), who, SystemClock()))
    if output == "json":
        as_json([{"channel": each.channel, "ok": each.ok, "told": each.told} for each in sent])
    else:
        table(("channel", "", "what happened"), [(each.channel, "ok" if each.ok else "FAILED", each.told) for each in sent])
    return Exit.CLEAN if all(each.ok for each in sent) else Exit.UNCHECKED


async def _send_all(config: Config, names: tuple[str, ...], who: str, clock: Clock) -> list[_Sent]:
    probing = config.probing
    async with Egress(private=probing.private_networks, authority=probing.ca_file) as http:
        return [await _send(config, name, who, http, clock) for name in names]


async def _send(config: Config, name: str, who: str, http: Egress, clock: Clock) -> _Sent:
    channel = config.channels[name]
    address = getattr(channel, "address", "")
    recipient = getattr(config.matrix.contacts[who], address, "") if address else ""
    if address and not recipient:
        return _Sent(channel=name, ok=False, told=f"{who} has no {address} in the matrix")
    now = clock.now()
    trigger = page(config, name, who, recipient, Action.TRIGGER, now)
    end = page(config, name, who, recipient, Action.RESOLVE, now)
    try:
        await channel.deliver(trigger, Tools(http=http, now=clock.now()))
        arrived = ""
        if isinstance(channel, ReadsBack) and getattr(channel, "reads_back", False):
            arrived = await _arrived(channel, trigger, http, clock)
        await channel.deliver(end, Tools(http=http, now=clock.now()))
    except DeliveryError as error:
        return _Sent(channel=name, ok=False, told=str(error))
    if arrived:
        return _Sent(channel=name, ok=True, told=f"taken, became {arrived}, and resolved again")
    if getattr(channel, "reads_back", False):
        return _Sent(
            channel=name, ok=False, told="taken, but nothing came of it: is the service disabled, or its key another one's?"
        )
    return _Sent(channel=name, ok=True, told="taken; whether it arrived only you can see")


async def _arrived(channel: ReadsBack, sent: Page, http: Egress, clock: Clock) -> str:
    for _ in range(_READ_BACK_TIMES):
        found = await channel.arrived(sent.dedup_key, Tools(http=http, now=clock.now()))
        if found is not None:
            return found
        await clock.sleep(1.0)
    return ""


def page(config: Config, channel: str, who: str, recipient: str, action: Action, now: datetime) -> Page:
    """A practice page that says what it is. Its key is new each time: nothing folds onto an old one."""
    escalation = EscalationId(f"test{now:%Y%m%d%H%M%S%f}")
    dedup_key = str(DedupKey(environment=config.environment, escalation=escalation, generation=1, lane=LANE, level=1))
    key = page_key(dedup_key, channel, recipient, action)
    done = "it can be ignored" if action is Action.TRIGGER else "it is over"
    return Page(
        id=page_id(key),
        key=key,
        escalation=escalation,
        generation=1,
        lane=LANE,
        level=1,
        priority=Priority.P4,
        action=action,
        channel=channel,
        contact=who,
        recipient=recipient,
        dedup_key=dedup_key,
        order_key=dedup_key,
        content=Content(
            summary=f"PRACTICE driftpager test page through {channel}, asked for by {who}: {done}",
            severity="info",
            source="driftpager",
            group="driftpager",
            category="practice",
            facts=(("What this is", f"`driftpager test-page` was run by {who}. Nothing is broken."),),
            since=now,
        ),
        created_at=now,
        practice=True,
    )
