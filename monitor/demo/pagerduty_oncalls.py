"""The stand-in's `GET /oncalls`: who is on call by a schedule, as strictly as the vendor's description has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

_AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """A user of the account on call; None is since always, or for ever."""

    user: str
    name: str
    email: str
    start: datetime | None
    end: datetime | None


def entries(schedules: Mapping[str, Sequence[OnCall]], query: QueryParams, now: datetime) -> list[Mapping[str, Any]]:
    """The entries that overlap the time asked for. Raises ValueError with the reason for a 400."""
    since, until = (datetime.fromisoformat(query[name]) if name in query else now for name in ("since", "until"))
    if until < since:
        raise ValueError("until cannot be before since")
    if until > now + _AHEAD:
        raise ValueError("on-call shifts are limited to 90 days in the future")
    wanted = query.getlist("schedule_ids[]") or list(schedules)
    with_users = "users" in query.getlist("include[]")
    return [
        _entry(schedule, each, with_users=with_users)
        for schedule in wanted
        for each in schedules.get(schedule, ())
        if (each.start is None or each.start < until) and (each.end is None or each.end > since)
    ]


def _entry(schedule: str, each: OnCall, *, with_users: bool) -> Mapping[str, Any]:
    user = {"id": each.user, "type": "user_reference", "summary": each.name}
    if with_users:
        user |= {"type": "user", "name": each.name, "email": each.email}
    return {
        "user": user,
        "schedule": {"id": schedule, "type": "schedule_reference", "summary": schedule},
        "escalation_policy": {"id": "PPOLICY", "type": "escalation_policy_reference", "summary": "Default"},
        "escalation_level": 1,
        "start": each.start.isoformat() if each.start else None,
        "end": each.end.isoformat() if each.end else None,
    }
