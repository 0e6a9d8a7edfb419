"""The matrix and its simulations, told: as tables and lines for people, as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from alerts.escalation import State
from alerts.matrix import Matrix
from alerts.priority import Priority
from alerts.simulation import Played, Step
from monitor.cli.output import table, when
from monitor.config import Config
from monitor.drawing.chart import condition, told
from schemas.document import Json


def lines(played: Played, at: datetime, config: Config) -> Iterator[str]:
    for step in played.steps:
        yield f"{when(step.at)}  +{_spell(step.at - at)}"
        yield from (f"    {text}" for _, text in _said(step))
    for lane in played.escalation.lanes if played.escalation.state is not State.RESOLVED else ():
        if lane.clock == "pagerduty":
            yield f"PagerDuty climbs lane {lane.name} by its own escalation policy."
        elif lane.mode == "inform":
            yield f"Lane {lane.name} is informed and never climbs."
        elif lane.exhausted:
            last = config.matrix.last_resort or config.matrix.catch_all
            yield f"Lane {lane.name} is exhausted: {last} is paged again and again."
        else:
            yield f"Lane {lane.name} is at level {lane.level} still."
    if played.cut_short:
        yield "This is where the simulation ends; there would be more."


def _said(step: Step) -> Iterator[tuple[str, str]]:
    """What a step says, in order; that of a page with whom it goes to."""
    for kind, text in step.said:
        yield kind, f"page: {text}" if kind == "page.queued" else text


def _spell(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    parts = ((days, "d"), (hours, "h"), (minutes % 60, "m"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "0m"


def as_answer(played: Played) -> Json:
    return {
        "priority": str(played.escalation.priority),
        "factors": [{"because": each.because, "priority": str(each.priority)} for each in played.escalation.factors],
        "steps": [
            {
                "at": step.at.isoformat(),
                "said": [{"kind": kind, "text": text} for kind, text in step.said],
                "pages": [
                    {
                        "action": str(page.action),
                        "lane": page.lane,
                        "level": page.level,
                        "channel": page.channel,
                        "contact": page.contact,
                    }
                    for page in step.pages
                ],
            }
            for step in played.steps
        ],
        "lanes": [
            {
                "lane": lane.name,
                "mode": str(lane.mode),
                "clock": str(lane.clock),
                "level": lane.level,
                "exhausted": lane.exhausted,
            }
            for lane in played.escalation.lanes
        ],
        "cut_short": played.cut_short,
    }


def tables(of: Matrix) -> None:

    rows = []
    for name, lane in of.lanes.items():
        for number, level in enumerate(lane.levels, start=1):
            box = told(of, level)
            first = (name, str(lane.mode), str(lane.clock or "")) if number == 1 else ("", "", "")
            rows.append((*first, str(number), box.title, "; ".join(box.lines)))
    table(("lane", "mode", "clock", "level", "who", ""), rows)
    click.echo()
    paces = [(str(each), of.pace(each)) for each in Priority if each <= Priority.P4]
    table(
        ("priority", "acknowledge", "next level", "update", "resolve", "acknowledged for"),
        [
            (name, *(str(each or "-") for each in (p.acknowledge, p.next_level, p.update, p.resolve, p.ack_expiry)))
            for name, p in paces
        ],
    )
    click.echo()
    table(("rule", "when", "lanes"), [(str(n), condition(r.when), ", ".join(r.lanes)) for n, r in enumerate(of.rules, start=1)])
    click.echo()
    click.echo(
        f"last resort: {of.last_resort or '-'}; catch-all: {of.catch_all or '-'}; paging floor: {of.floor}; version {of.version}"
    )


def content(of: Matrix) -> Json:

    return {
        "version": of.version,
        "paging_floor": str(of.floor),
        "last_resort": of.last_resort,
        "catch_all": of.catch_all,
        "lanes": [
            {
                "name": name,
                "mode": str(lane.mode),
                "clock": str(lane.clock) if lane.clock else None,
                "channels": list(lane.channels),
                "levels": [{"role": level.role, "contact": level.contact} for level in lane.levels],
            }
            for name, lane in of.lanes.items()
        ],
        "roles": [
            {
                "name": name,
                "rota": list(role.rota.weekly) if role.rota else [],
                "handover": str(role.rota.handover) if role.rota else None,
                "feed": role.feed,
                "contacts": list(role.contacts),
                "business_hours": str(role.business_hours) if role.business_hours else None,
                "calendar": role.calendar,
            }
            for name, role in of.roles.items()
        ],
        "rules": [{"when": condition(rule.when), "lanes": list(rule.lanes)} for rule in of.rules],
        "priorities": {
            str(each): {
                name: str(value) if value else None
                for name in ("acknowledge", "next_level", "update", "resolve", "ack_expiry")
                for value in (getattr(of.pace(each), name),)
            }
            for each in Priority
            if each <= Priority.P4
        },
    }
