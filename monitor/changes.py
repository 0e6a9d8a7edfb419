"""Tells the channels that list changes of what pages nobody: an accepted baseline, a drift that only counts as safe or unused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.changes import tell_changes
from alerts.channels import outlets
from alerts.page import Link
from monitor.config import Config, Target
from monitor.store import Transaction
from schemas.change import Finding


async def accepted(
    tx: Transaction, config: Config, target: Target, findings: Sequence[Finding], *, by: str, because: str, now: datetime
) -> None:
    """A person lives with what the target serves now; `findings` is what they accepted."""
    said = f"{target.integration}: {by} accepted what {target.name} serves now{': ' * bool(because)}{because}"
    await _tell(tx, config, target, said, findings, now)


async def accepted_in_part(
    tx: Transaction, config: Config, target: Target, findings: Sequence[Finding], *, by: str, because: str, now: datetime
) -> None:
    """A person lives with `findings`, and the rest of the drift stands."""
    count = f"{len(findings)} change{'s' * (len(findings) != 1)}"
    said = f"{target.integration}: {by} accepted {count} of {target.name}{': ' * bool(because)}{because}"
    await _tell(tx, config, target, said, findings, now)


async def recorded(tx: Transaction, config: Config, target: Target, findings: Sequence[Finding], now: datetime) -> None:
    """Nothing of it is above what is only recorded."""
    worst = findings[0].message if findings else "its schema changed"
    more = f" (+{len(findings) - 1} more)" if len(findings) > 1 else ""
    await _tell(tx, config, target, f"{target.integration} changed, and pages nobody: {worst}{more}", findings, now)


async def _tell(
    tx: Transaction, config: Config, target: Target, summary: str, findings: Sequence[Finding], now: datetime
) -> None:
    web = f"{config.web.url.rstrip('/')}/targets/{target.name}" if config.web.url else ""
    pages = tell_changes(
        outlets(config.channels),
        environment=config.environment,
        integration=target.integration,
        target=target.name,
        summary=summary,
        lines=[f"{finding.message} [{finding.rule}]" for finding in findings],
        links=[Link(text="The target", href=web)] if web else [],
        now=now,
    )
    if pages:
        await tx.outbox.queue(pages)
