"""Is a channel ready to carry a page? Asked in ways that nobody notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from alerts.channels import Channel, Checks, Http, ReadsBack, Tools
from alerts.errors import DeliveryError
from alerts.keys import DedupKey
from alerts.page import EscalationId
from monitor.clock import Clock

SOON = timedelta(days=14)
"""Credentials that lapse sooner are trouble already: it takes people a while to get new ones."""


class Answer(StrEnum):
    """What came of asking. `untold`: the channel has no way to be asked."""

    OK = "ok"
    TROUBLE = "TROUBLE"
    UNTOLD = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`told` is for a person: who we are there, what is wrong, what to do."""

    channel: str
    answer: Answer
    told: str


async def ask(name: str, channel: Channel, http: Http, clock: Clock, environment: str) -> Verdict:
    """A harmless call where there is one; else asks for something that is not there: who says so has taken our credentials."""
    now = clock.now()
    try:
        if isinstance(channel, Checks):
            found = await channel.check(Tools(http=http, now=now))
            said, left = [f"answers as {found.account}", *found.warnings], None
            if found.expires_at is not None:
                left = found.expires_at - now
                days = max(left.days, 0)
                said.append(f"its credentials lapse on {found.expires_at:%Y-%m-%d}, in {days} day{'s' * (days != 1)}")
            ready = not found.warnings and (left is None or left > SOON)
            return Verdict(channel=name, answer=Answer.OK if ready else Answer.TROUBLE, told="; ".join(said))
        if isinstance(channel, ReadsBack) and getattr(channel, "reads_back", False):
            nothing = DedupKey(environment=environment, escalation=EscalationId("doctor"), generation=1, lane="doctor", level=1)
            await channel.arrived(str(nothing), Tools(http=http, now=now))
            return Verdict(channel=name, answer=Answer.OK, told="answers, and accepts our token")
    except DeliveryError as error:
        return Verdict(channel=name, answer=Answer.TROUBLE, told=str(error))
    return Verdict(channel=name, answer=Answer.UNTOLD, told=f"not asked: only `driftpager test-page {name}` can tell")
