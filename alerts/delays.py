"""How long until something is due: elapsed time, or working time of a role. Text in, text out: `5m`, `4 business hours`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_ELAPSED = re.compile(r"(?:\d+\s*[smhd]\s*)+")
_BUSINESS = re.compile(r"(\d+)\s*business\s*(hour|day)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """One of three: elapsed time, working hours, or working days (each as long as the role's working day)."""

    elapsed: timedelta = timedelta()
    business_hours: int = 0
    business_days: int = 0

    def __str__(self) -> str:
        if self.business_days:
            return f"{self.business_days} business day{'s' * (self.business_days > 1)}"
        if self.business_hours:
            return f"{self.business_hours} business hour{'s' * (self.business_hours > 1)}"
        return _spell(self.elapsed)


def parse_delay(text: str) -> Delay:
    """`90s`, `5m`, `1h 30m`, `2d`, `4 business hours`, `1 business day`. Raises ValueError with the valid forms."""
    said = text.strip().lower()
    if found := _BUSINESS.fullmatch(said):
        amount = int(found[1])
        if 0 < amount <= 1000:
            return Delay(business_hours=amount) if found[2] == "hour" else Delay(business_days=amount)
    if _ELAPSED.fullmatch(said):
        elapsed = sum((int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d{1,6})\s*([smhd])", said)), timedelta())
        if timedelta() < elapsed <= timedelta(days=366):
            return Delay(elapsed=elapsed)
    raise ValueError(f"{text!r} is no delay: write 90s, 5m, 1h 30m, 2d, 4 business hours or 1 business day, up to a year")


def _from_configuration(value: Any) -> Any:
    if isinstance(value, str):
        return parse_delay(value)
    if isinstance(value, Delay):
        return value
    raise ValueError(f"{value!r} is no delay: write it with its unit, such as 5m or 4 business hours")


def _spell(elapsed: timedelta) -> str:
    left, parts = int(elapsed.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, int(_UNITS[unit].total_seconds()))
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


DelayText = Annotated[
    Delay,
    BeforeValidator(_from_configuration),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["5m", "1h 30m", "4 business hours", "1 business day"]}),
]
"""A delay as configuration writes it."""
