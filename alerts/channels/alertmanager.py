"""Alertmanager: a page is an alert (API v2), told again and again while it stands, and ended with `endsAt`.

An alert is known by its labels, and lapses when nobody tells of it any more. So the labels hold nothing that changes: what
does (priority, words, how often) is in the annotations, and `refresh` says how often the outbox's last word is to be told again.
It fires without an `endsAt`: one in the future would outrank that of the resolve wherever our clock is ahead of theirs.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from alerts.alertmanager.webhook import sent_by, signal_in
from alerts.channels import Checked, Receipt, Tools
from alerts.errors import DeliveryError, Undelivered, Unverified
from alerts.json_api import JsonApi, field, https_only
from alerts.keys import parse_dedup_key
from alerts.layout import as_text
from alerts.page import Action, Page
from alerts.signals import Signal
from alerts.wording import clean, cut, fit_to_open

ALERT_NAME = "DriftpagerEscalation"
TEXT_LENGTH = 16_000
OURS = frozenset({"alertname", "dedup_key", "environment", "escalation", "integration", "lane", "practice"})
"""The labels every alert of ours has, where there is something to put into them."""

_STATES = {Action.TRIGGER: "open", Action.ACKNOWLEDGE: "acknowledged", Action.RESOLVE: "resolved"}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Alertmanager(BaseModel):
    """`url` is where its API begins, without `/api/v2` (a path prefix belongs to it). `username` and `password`, or `token`
    (bearer), where it or a proxy before it asks who we are.

    Its webhook calls `/hooks/NAME` of ours with one of `webhook_secrets` as a bearer token, or as `token` in the URL's query:
    what fires there is an escalation of the integration that its `integration_label` names, by way of `integrations` (value of
    the label: integration) where it stands there. Alerts of ours that come home so are passed over.
    Leave the webhook's `max_alerts` at 0: of what it cuts off nobody hears, and its end may be cut off too.

    `labels` go onto every alert, for its routes: one channel a priority gives each a `severity` of its own. An alert is told
    again every `refresh`; untold, it ends after Alertmanager's own `resolve_timeout`, which is to be longer than a restart of
    ours takes. Members of a cluster do not tell each other of alerts: `others` are the rest of them. It is enough if one takes an
    alert: what another missed it hears with the next refresh.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["alertmanager"] = "alertmanager"
    url: str
    others: tuple[str, ...] = ()
    username: str = ""
    password: SecretStr | None = None
    token: SecretStr | None = None
    labels: Mapping[str, str] = Field(default_factory=dict)
    refresh: timedelta = Field(default=timedelta(minutes=1), ge=timedelta(seconds=10), le=timedelta(hours=1))
    webhook_secrets: tuple[SecretStr, ...] = ()
    integration_label: str = Field(default="integration", pattern=_LABEL.pattern)
    integrations: Mapping[str, str] = Field(default_factory=dict)
    private: bool = False
    seconds: float = Field(default=10.0, gt=0, le=30)

    address: ClassVar[str] = ""
    rights: ClassVar[str] = "post to /api/v2/alerts and read /api/v2/status"

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, labels: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in labels.items():
            if not _LABEL.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a label: letters, digits and _, no digit first")
            if name in OURS:
                raise ValueError(f"the label {name} is ours: it tells one alert from another")
            if not value:
                raise ValueError(f"the label {name} is empty: Alertmanager drops it")
        return MappingProxyType(dict(labels))

    @model_validator(mode="after")
    def _fits_together(self) -> Alertmanager:
        for url in (self.url, *self.others):
            https_only(url, private=self.private, who="Alertmanager")
        if bool(self.username) != (self.password is not None) or (self.token and self.username):
            raise ValueError("give username and password, or token, or none of them")
        if any(len(secret.get_secret_value()) < 16 for secret in self.webhook_secrets):
            raise ValueError("a webhook secret has 16 characters at least: whoever knows it can page people")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """One alert, firing or (for a resolve) ended; a note changes its words. Raises `Undelivered` or `Undeliverable`."""
        alert = [self._alert(page, tools.now)]
        calls = (self._api(tools, url).call("POST", "/api/v2/alerts", alert) for url in (self.url, *self.others))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        failed = [each for each in answers if isinstance(each, BaseException)]
        if strange := next((each for each in failed if not isinstance(each, DeliveryError)), None):
            raise strange
        if len(failed) == len(answers):
            raise next((each for each in failed if isinstance(each, Undelivered)), failed[0])
        return Receipt(reference=page.dedup_key)

    async def check(self, tools: Tools) -> Checked:
        """Its version and whether it is ready. See `alerts.channels.Checks`."""
        warnings = []
        for url in (self.url, *self.others):
            answer = await self._api(tools, url).call("GET", "/api/v2/status")
            version = field(answer, "Alertmanager", "versionInfo", "version")
            state = field(answer, "Alertmanager", "cluster", "status")
            if state not in ("ready", "disabled"):
                warnings.append(f"its cluster is {clean(str(state), 40)}")
        return Checked(account=f"Alertmanager {clean(str(version), 40)}", warnings=tuple(warnings))

    def signal(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Signal | None:
        """What a group of alerts tells us. See `alerts.signals.HearsSignals`."""
        secrets = [secret.get_secret_value() for secret in self.webhook_secrets]
        if not secrets:
            raise Unverified("no webhook_secrets are configured for this channel")
        if not sent_by(headers, query, secrets):
            raise Unverified("neither a bearer token nor the token in the URL is one of webhook_secrets")
        return signal_in(body, ALERT_NAME, self.integration_label, self.integrations)

    def _api(self, tools: Tools, url: str) -> JsonApi:
        headers = {}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token.get_secret_value()}"
        if self.password is not None:
            pair = f"{self.username}:{self.password.get_secret_value()}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        base = url.rstrip("/")
        return JsonApi(
            who="Alertmanager", base=base, headers=headers, http=tools.http, seconds=self.seconds, private=self.private
        )

    def _alert(self, page: Page, now: datetime) -> dict[str, Any]:
        said = page.content
        began = min(said.since or page.created_at, now - timedelta(milliseconds=1))
        alert: dict[str, Any] = {
            "labels": {**self.labels, **labels_of(page)},
            "annotations": annotations_of(page),
            "startsAt": _moment(began),
        }
        if page.action is Action.RESOLVE:
            alert["endsAt"] = _moment(now)
        if (first := next((link.href for link in said.links if fit_to_open(link.href)), None)) is not None:
            alert["generatorURL"] = first
        return alert


def labels_of(page: Page) -> dict[str, str]:
    """What the alert is known by: the same for every page on the same dedup key, from the first to the resolve."""
    key = parse_dedup_key(page.dedup_key)
    labels = {
        "alertname": ALERT_NAME,
        "dedup_key": page.dedup_key,
        "environment": key.environment if key else "",
        "escalation": str(page.escalation),
        "integration": page.content.group or page.content.source,
        "lane": key.lane if key else "",
        "practice": "true" if page.practice else "",
    }
    return {name: _storable(value) for name, value in labels.items() if value}


def annotations_of(page: Page) -> dict[str, str]:
    """What people read of it, and what may change while it fires."""
    said = page.content
    annotations = {
        "summary": cut(said.summary, 1000),
        "description": cut(as_text(page), TEXT_LENGTH),
        "priority": f"P{page.priority}",
        "severity": said.severity,
        "state": _STATES.get(page.action, ""),
        "runbook_url": next((link.href for link in said.links if link.text == "Runbook" and fit_to_open(link.href)), ""),
    }
    return {name: _storable(text) for name, text in annotations.items() if text}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


CHANNEL = Alertmanager
