"""What a customer reads: templates with a few safe words in them, and when the next word comes, in the customer's own zone.

Values are put in once and are one clean line each: what a vendor or a person wrote can neither add lines nor name further
placeholders. Nothing internal is a placeholder: no change's own words, no names of ours, no reasons.
"""

from __future__ import annotations

import string
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from alerts.customer import Customer
from alerts.escalation import WORKED, Ending, Escalation
from alerts.wording import About, clean

PLACEHOLDERS = ("customer", "vendor", "since", "impact", "state", "number", "id", "priority")
LONGEST = 8000

_UNTOLD = "We are finding out what this means for you."


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """One template a stage, and that of the subject. `$name` stands for a placeholder, `$$` for a dollar sign."""

    subject: str = "$vendor: $state (reference $id, update $number)"
    opened: str = (
        "Hello $customer,\n\n$vendor changed its interface, which we saw on $since. $impact\n\n"
        "It is escalated to our engineers, who are at work on it."
    )
    progress: str = "Hello $customer,\n\nour engineers are still at work on the change at $vendor of $since. $impact"
    mitigated: str = (
        "Hello $customer,\n\na workaround for the change at $vendor of $since is in place. $impact\n\n"
        "We go on until it is solved."
    )
    resolved: str = "Hello $customer,\n\nthe trouble with the change at $vendor of $since is over. $impact"


STATES = MappingProxyType(
    {
        "opened": "escalated to engineering",
        "progress": "being worked on",
        "mitigated": "workaround in place",
        "resolved": "resolved",
    }
)


def stage_of(escalation: Escalation, number: int, *, final: bool) -> str:
    """Which template fits: opened, progress, mitigated or resolved."""
    if final or not (escalation.state in WORKED or escalation.ending is Ending.ACCEPTED):
        return "resolved"
    if escalation.mitigated_at is not None:  # it stays in place while the escalation waits for its next owner
        return "mitigated"
    return "opened" if number == 1 else "progress"


def subject(texts: Texts, about: About, escalation: Escalation, customer: Customer, number: int, *, final: bool) -> str:
    """One clean line."""
    stage = stage_of(escalation, number, final=final)
    return clean(_filled(texts.subject, about, escalation, customer, number, stage), 200)


def body(texts: Texts, about: About, escalation: Escalation, customer: Customer, number: int, *, final: bool) -> str:
    """The template of the stage, filled in. What comes next is not part of it: see `with_next`."""
    stage = stage_of(escalation, number, final=final)
    return plain(_filled(getattr(texts, stage), about, escalation, customer, number, stage))


def with_next(text: str, next_due: datetime | None, zone: str) -> str:
    """The text with the promise under it: when the next update comes, in that zone, or that this is the last one."""
    promise = f"Next update by {local(next_due, zone)}." if next_due else "This is the last update about it."
    return f"{plain(text)}\n\n{promise}"


def local(moment: datetime, zone: str) -> str:
    """`Mon 23 Nov 2026, 14:30 CET (Europe/Berlin)`."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{there:%a %d %b %Y, %H:%M} {there.tzname()} ({zone})"


def plain(text: str) -> str:
    """Lines without control and formatting characters, at most `LONGEST` in all, and never two empty ones in a row."""
    lines: list[str] = []
    for line in text[: 2 * LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        kept = "".join(
            each for each in line if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        ).rstrip()
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip("\n")[:LONGEST]


def wrong_in(template: str) -> str:
    """What is wrong with a template, in words; empty where nothing is."""
    try:
        unknown = sorted(set(string.Template(template).get_identifiers()) - set(PLACEHOLDERS))
        valid = string.Template(template).is_valid()
    except ValueError:
        valid, unknown = False, []
    if unknown:
        return f"there is no placeholder ${unknown[0]}; known are {', '.join(f'${name}' for name in PLACEHOLDERS)}"
    return "" if valid else "a single $ stands for nothing; write $$ for a dollar sign"


def _filled(template: str, about: About, escalation: Escalation, customer: Customer, number: int, stage: str) -> str:
    values = {
        "customer": clean(customer.name, 120),
        "vendor": clean(about.known_as or about.vendor, 80),
        "since": local(escalation.detected_at, customer.zone),
        "impact": clean(escalation.impact, 1000) if escalation.impact else _UNTOLD if stage != "resolved" else "",
        "state": STATES[stage],
        "number": str(number),
        "id": str(escalation.id),
        "priority": str(escalation.priority),
    }
    return string.Template(template).safe_substitute(values)
