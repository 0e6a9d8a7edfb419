"""incident.io: alert events of an HTTP alert source, folded on our dedup key, which its routes make incidents and pages of."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.channels import Receipt, Tools
from alerts.errors import Reason, Undeliverable
from alerts.json_api import JsonApi, https_only, segment
from alerts.layout import as_markdown
from alerts.page import Action, Page
from alerts.wording import cut, fit_to_open

DESCRIPTION_LENGTH = 16_000


class IncidentIo(BaseModel):
    """`source` is the id of an HTTP alert source, `token` that source's own, which may send events to it and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["incident-io"] = "incident-io"
    source: str = Field(pattern=r"^[A-Za-z0-9]{1,64}$")
    token: SecretStr
    url: str = "https://api.incident.io"
    seconds: float = Field(default=10.0, gt=0, le=25)
    private: bool = False

    address: ClassVar[str] = ""
    takes_notes: ClassVar[bool] = False
    rights: ClassVar[str] = "the token of the one alert source"

    @model_validator(mode="after")
    def _is_safe(self) -> IncidentIo:
        https_only(self.url, private=self.private, who="incident.io")
        if not self.token.get_secret_value():
            raise ValueError("token is empty: it is shown with the alert source")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Fire or resolve. Raises `Undelivered` or `Undeliverable`.

        There is no acknowledging from outside, and a second firing event would begin anew what was resolved there: nothing is
        sent for one.
        """
        if page.action is Action.NOTE:
            raise Undeliverable("incident.io takes no notes on an alert", reason=Reason.CLIENT)
        if page.action is not Action.ACKNOWLEDGE:
            await self._api(tools).call("POST", f"/v2/alert_events/http/{segment(self.source)}", event_of(page))
        return Receipt(reference=page.dedup_key)

    def _api(self, tools: Tools) -> JsonApi:
        return JsonApi(
            who="incident.io",
            base=self.url.rstrip("/"),
            headers={"authorization": f"Bearer {self.token.get_secret_value()}"},
            http=tools.http,
            seconds=self.seconds,
            private=self.private,
        )


def event_of(page: Page) -> dict[str, Any]:
    """The alert event."""
    said = page.content
    event: dict[str, Any] = {
        "title": _text(said.summary, 500) or "driftpager",
        "status": "resolved" if page.action is Action.RESOLVE else "firing",
        "deduplication_key": page.dedup_key,
        "description": _text(as_markdown(page), DESCRIPTION_LENGTH),
        "metadata": {
            "escalation": str(page.escalation),
            "generation": page.generation,
            "priority": f"P{page.priority}",
            "severity": said.severity,
            "integration": _text(said.source, 200),
            "lane": page.lane,
            "category": said.category,
            "practice": page.practice,
            "since": said.since.astimezone(UTC).isoformat() if said.since else None,
        },
    }
    if (first := next((link.href for link in said.links if fit_to_open(link.href)), None)) is not None:
        event["source_url"] = first
    return event


def _text(text: str, length: int) -> str:
    return cut(text, length).encode("utf-8", "replace").decode()


CHANNEL = IncidentIo
