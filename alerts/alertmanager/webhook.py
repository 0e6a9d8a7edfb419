"""Alertmanager's webhook (version 4): a group of alerts as a signal. Newer versions add keys, which are ignored."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from alerts.errors import Unreadable
from alerts.signals import Occurrence, Signal
from alerts.wording import clean
from schemas.fingerprint import digest

_WEIGHT = {
    "page": ("breaking", "used"),
    "critical": ("breaking", "used"),
    "error": ("breaking", "undeclared"),
    "high": ("breaking", "undeclared"),
    "major": ("breaking", "undeclared"),
    "warning": ("risky", "used"),
    "minor": ("risky", "used"),
    "info": ("safe", "used"),
    "none": ("safe", "used"),
}
"""By the `severity` label, whose words are custom and no standard: what it weighs in our table."""
_UNSAID = ("breaking", "undeclared")

Texts = Annotated[Mapping[str, str], Field(default_factory=dict)]


class _Alert(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    status: Literal["firing", "resolved"]
    labels: Texts
    annotations: Texts
    startsAt: AwareDatetime
    endsAt: AwareDatetime
    fingerprint: str = ""

    @property
    def id(self) -> str:
        """Its identity is its label set; the fingerprint is that in short."""
        return self.fingerprint or digest(*(part for pair in sorted(self.labels.items()) for part in pair))

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "an alert")


class _Group(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    version: Literal["4"]
    groupKey: str = Field(min_length=1)
    status: Literal["firing", "resolved"]
    receiver: str
    truncatedAlerts: int = Field(default=0, ge=0)
    alerts: tuple[_Alert, ...]


def sent_by(headers: Mapping[str, str], query: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether one of the secrets came, as a bearer token or as `token` in the URL's query."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    offered = [each.encode(errors="surrogatepass") for each in (bearer, query.get("token", "")) if each]
    matches = [hmac.compare_digest(each, secret.encode()) for each in offered for secret in secrets]
    return any(matches)


def signal_in(body: bytes, ours: str, label: str, integrations: Mapping[str, str]) -> Signal | None:
    """The signal in one message, None where all of it is about alerts named `ours`: we sent those ourselves.

    `label` names the integration of an alert, through `integrations` where its value stands there. Raises `Unreadable`.
    """
    try:
        group = _Group.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = clean(".".join(map(str, first["loc"])), 100)
        raise Unreadable(f"not a group of alerts as Alertmanager sends it (version 4): {where or 'the body'}") from None
    told = [alert for alert in group.alerts if alert.name != ours]
    if not told:
        return None
    found = tuple(_occurrence(alert, label, integrations) for alert in told)
    ended = [alert.endsAt for alert in told if alert.status == "resolved"]
    return Signal(
        source="alertmanager",
        event_id=hashlib.sha256(body).hexdigest(),
        group=digest(group.receiver, group.groupKey),
        at=max((*ended, *(each.began for each in found))).astimezone(UTC),
        over=group.status == "resolved",
        occurrences=found,
        unlisted=group.truncatedAlerts,
    )


def _occurrence(alert: _Alert, label: str, integrations: Mapping[str, str]) -> Occurrence:
    named = alert.labels.get(label, "")
    impact, use = _WEIGHT.get(alert.labels.get("severity", "").lower(), _UNSAID)
    summary = alert.annotations.get("summary") or alert.annotations.get("message") or ""
    place = (alert.labels.get(name, "") for name in ("instance", "job", "service"))
    return Occurrence(
        id=alert.id,
        integration=integrations.get(named, named),
        began=_utc(alert.startsAt),
        over=alert.status == "resolved",
        impact=impact,
        use=use,
        message=f"{alert.name}: {summary}" if summary else alert.name,
        where=next(filter(None, place), alert.name),
        consequence=alert.annotations.get("description", "") if summary else "",
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
