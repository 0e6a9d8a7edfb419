"""The commands, each imported only when it is asked for: `driftpager diff` starts fast."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from monitor.nearest import nearest

COMMANDS: Mapping[str, str] = {
    "demo": "monitor.cli.demo:demo",
    "init": "monitor.cli.init:init",
    "try": "monitor.cli.try_out:try_out",
    "check": "monitor.cli.check:check",
    "run": "monitor.cli.run:run",
    "probe": "monitor.cli.probe:probe",
    "diff": "monitor.cli.diff:diff",
    "backtest": "monitor.cli.backtest:backtest",
    "explain": "monitor.cli.escalations:explain",
    "baseline": "monitor.cli.baseline:baseline",
    "usage": "monitor.cli.usage:usage",
    "escalations": "monitor.cli.escalations:escalations",
    "matrix": "monitor.cli.matrix:matrix",
    "drill": "monitor.cli.drill:drill",
    "ack": "monitor.cli.escalations:ack",
    "resolve": "monitor.cli.escalations:resolve",
    "snooze": "monitor.cli.snooze:snooze",
    "lower": "monitor.cli.snooze:lower",
    "hand-over": "monitor.cli.handover:hand_over",
    "take-over": "monitor.cli.handover:take_over",
    "mitigate": "monitor.cli.mitigate:mitigate",
    "customers": "monitor.cli.customers:customers",
    "review": "monitor.cli.review:review",
    "csat": "monitor.cli.csat:csat",
    "kpis": "monitor.cli.kpis:kpis",
    "silence": "monitor.cli.silence:silence",
    "maintenance": "monitor.cli.maintenance:maintenance",
    "audit": "monitor.cli.audit:audit",
    "channels": "monitor.cli.channels:channels",
    "test-page": "monitor.cli.practice:send_test_page",
    "doctor": "monitor.cli.doctor:doctor",
    "list": "monitor.cli.listing:listing",
    "schema": "monitor.cli.schema:schema",
}
"""Command to `module:function`, in the order of the help."""


class ReaderGone(Exception):
    """Whoever read our output has closed it (`| head`)."""


class LazyGroup(click.Group):
    """A group whose commands stand in `table`; a wrong name is answered with the nearest one."""

    def __init__(self, *args: object, table: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # because click's own signature is passed through
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Click would end with 1 here, which means findings.
            raise ReaderGone from None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self._table:
            raise click.UsageError(f"there is no command {args[0]!r}; {nearest(args[0], self._table)}", ctx=ctx)
        return super().resolve_command(ctx, args)
