"""Who is on call by a PagerDuty schedule: `GET /oncalls` (REST v2) as on-call times of our contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.calendars.duty import Duty
from alerts.matrix import Contact


def duties(
    answer: Iterable[Mapping[str, Any]], contacts: Mapping[str, Contact], since: datetime, until: datetime
) -> tuple[tuple[Duty, ...], int]:
    """The entries of an answer as on-call times between two moments, sorted, and how many users are no contact of ours.

    A user is the contact with their id in `pagerduty`, or with their e-mail address. One schedule in two policies gives the
    same time twice: it is told once. An end or start of null is for ever. Raises KeyError, TypeError, ValueError and
    AttributeError where the answer is not as described.
    """
    found: set[Duty] = set()
    strangers: set[str] = set()
    for entry in answer:
        user = entry["user"]
        start, end = max(_moment(entry["start"], since), since), min(_moment(entry["end"], until), until)
        names = [name for name, contact in contacts.items() if _is(user, contact)]
        if not names:
            strangers.add(str(user["id"]))
        if start < end:
            found |= {Duty(start=start, end=end, contact=name) for name in names}
    return tuple(sorted(found)), len(strangers)


def _is(user: Mapping[str, Any], contact: Contact) -> bool:
    mail = user.get("email")
    by_mail = isinstance(mail, str) and bool(contact.email) and mail.lower() == contact.email.lower()
    return bool(contact.pagerduty and contact.pagerduty == user["id"]) or by_mail


def _moment(text: str | None, default: datetime) -> datetime:
    if text is None:
        return default
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC)
