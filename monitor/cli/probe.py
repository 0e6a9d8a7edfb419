"""`driftpager probe`: look at one target now."""

from __future__ import annotations

import random  # noqa: TID251 because the engine wants a source of chance, and a command is where it enters
from contextlib import AsyncExitStack
from datetime import timedelta

import click

from monitor import paging
from monitor.cli.configured import config_option
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.output import as_api_json, output_option, painted
from monitor.cli.session import Session, target_named, with_store
from monitor.config import Target
from monitor.cycle import Cycle
from monitor.daemon import Busy, alone
from monitor.egress import Egress
from monitor.engine import Engine
from monitor.judge import Judge, Limits
from monitor.metrics import Metrics
from monitor.planner import Planner
from monitor.report.clean import clean
from monitor.watch import TargetState, TargetStatus
from schemas.change import Finding, Impact

_BLIND = frozenset({TargetState.UNREADABLE, TargetState.UNREACHABLE, TargetState.HELD})
_LOOK_EVERY_SECONDS = 0.2
_GRACE = timedelta(seconds=30)
"""For a daemon to take the target up, beside the deadline of the probe itself."""


@click.command(short_help="Look at one target now.")
@click.argument("target")
@config_option
@output_option("text", "json")
def probe(target: str, file: str, output: str) -> int:
    """Probe TARGET now, in full, and say where it stands. The daemon does it where one runs, else this command itself; either
    way it counts like any other probe: a new drift is detected, a sighted one confirmed.

    \b
    Examples:
      driftpager probe stripe/api
      driftpager probe salesforce-production/crm/Account --output json

    Exit 0: as the baseline, or learning; 1: a breaking change is open; 2: it could not be read.
    """
    status, findings = with_store(file, lambda session: _probe(session, target), fresh=True)
    if output == "json":
        as_api_json({"status": status, "findings": findings})
    else:
        click.echo(f"{status.name} is {status.state}" + (f": {clean(status.because)}" if status.because else ""))
        for finding in findings:
            where = f"{finding.rule}  {clean(finding.address)}: {clean(finding.message)}"
            click.echo(f"  {painted(str(finding.impact), finding.impact)}  {where}")
    if status.state in _BLIND:
        return Exit.UNCHECKED
    breaking = any(finding.impact is Impact.BREAKING for finding in findings)
    return Exit.FINDINGS if breaking else Exit.CLEAN


async def _probe(session: Session, name: str) -> tuple[TargetStatus, list[Finding]]:
    target = target_named(session.config, name)
    try:
        with alone(session.config.store):
            status = await _here(session, target)
    except Busy:
        status = await _asked(session, target)
    return status, await session.read(lambda tx: tx.findings.open(target.name))


async def _here(session: Session, target: Target) -> TargetStatus:
    """One cycle in this process, as the daemon would run it."""
    config = session.config
    async with AsyncExitStack() as stack:
        judge = Judge(children=1, limits=Limits(keep_under=config.probing.child_over))
        stack.push_async_callback(judge.close)
        egress = Egress(
            private=config.probing.private_networks, authority=config.probing.ca_file, per_host=config.probing.per_host
        )
        engine = Engine(
            config=config,
            store=session.store,
            clock=session.clock,
            rng=random.Random(),  # noqa: S311 because back-off needs spread, not secrecy
            egress=await stack.enter_async_context(egress),
            judge=judge,
            metrics=Metrics(),
        )
        await Planner(engine).register()
        status = await session.read(lambda tx: tx.targets.get(target.name))
        known = status or TargetStatus(name=target.name, integration=target.integration)
        done = await Cycle(engine=engine, target=target, status=known, now=session.clock.now()).run()
        async with session.store.write() as tx:
            await tx.targets.finish([done])
        return done


async def _asked(session: Session, target: Target) -> TargetStatus:
    """Have the daemon look, and wait until it has."""
    asked = session.clock.now()

    await session.write(lambda tx, now: paging.rejudge(tx, target.name, now))
    limit = asked + session.config.probing.deadline + _GRACE
    while session.clock.now() < limit:
        status = await session.read(lambda tx: tx.targets.get(target.name))
        if status is not None and status.last_probe_at is not None and status.last_probe_at >= asked:
            return status
        await session.clock.sleep(_LOOK_EVERY_SECONDS)
    raise CouldNotCheck(f"the daemon has not looked at {target.name} yet; is it paused, or the daemon's log full of trouble?")
