"""One transaction, with the aggregates to work on in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.store.audit import Audit
from monitor.store.baselines import Baselines
from monitor.store.csat import Csat
from monitor.store.escalations import Escalations
from monitor.store.feeds import Feeds
from monitor.store.findings import Findings
from monitor.store.flaps import Flaps
from monitor.store.folded import Folded
from monitor.store.history import History
from monitor.store.inbox import Inbox
from monitor.store.leases import Leases
from monitor.store.mentions import Mentions
from monitor.store.outbox import Outbox
from monitor.store.promises import Promises
from monitor.store.reviews import Reviews
from monitor.store.signals import Signals
from monitor.store.silences import Silences
from monitor.store.snapshots import Snapshots
from monitor.store.targets import Targets
from monitor.store.timers import Timers
from monitor.store.waivers import Waivers


class Transaction:
    """What `Store.write` and `Store.read` give. Of no use after its `async with`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    @cached_property
    def targets(self) -> Targets:
        return Targets(self.connection)

    @cached_property
    def snapshots(self) -> Snapshots:
        return Snapshots(self.connection)

    @cached_property
    def baselines(self) -> Baselines:
        return Baselines(self.connection)

    @cached_property
    def waivers(self) -> Waivers:
        return Waivers(self.connection)

    @cached_property
    def findings(self) -> Findings:
        return Findings(self.connection)

    @cached_property
    def escalations(self) -> Escalations:
        return Escalations(self.connection)

    @cached_property
    def timers(self) -> Timers:
        return Timers(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection)

    @cached_property
    def signals(self) -> Signals:
        return Signals(self.connection)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection)

    @cached_property
    def feeds(self) -> Feeds:
        return Feeds(self.connection)

    @cached_property
    def silences(self) -> Silences:
        return Silences(self.connection)

    @cached_property
    def flaps(self) -> Flaps:
        return Flaps(self.connection)

    @cached_property
    def folded(self) -> Folded:
        return Folded(self.connection)

    @cached_property
    def leases(self) -> Leases:
        return Leases(self.connection)

    @cached_property
    def promises(self) -> Promises:
        return Promises(self.connection)

    @cached_property
    def reviews(self) -> Reviews:
        return Reviews(self.connection)

    @cached_property
    def csat(self) -> Csat:
        return Csat(self.connection)

    @cached_property
    def mentions(self) -> Mentions:
        return Mentions(self.connection)

    @cached_property
    def history(self) -> History:
        return History(self.connection)

    async def bring_forward(self, by: timedelta, now: datetime) -> None:
        """The clock was set back by so much: what was to come comes as soon as it would have. For the one daemon of a file.

        Moments of the calendar stay: see `Timers.bring_forward`.
        """
        await self.targets.bring_forward(by, now)
        await self.timers.bring_forward(by, now)
        await self.outbox.bring_forward(by, now)

    async def release_claims(self, now: datetime) -> None:
        """Makes every leased target, timer and page claimable now: for the one daemon of a file, after it took over.

        What a killed process held is then taken up at once instead of when its leases run out.
        """
        await self.targets.release(now)
        await self.timers.release(now)
        await self.outbox.release(now)
