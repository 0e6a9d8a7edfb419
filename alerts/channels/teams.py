"""Microsoft Teams: a card a page and a change of state, through a Workflows (Power Automate) webhook.

The answer says that the flow has begun, not that the card is there; nothing can be edited, threaded or asked for afterwards. So
it must never be all that pages a P1, which the matrix is checked for. A flow belongs to a person, and dies with their account.
"""

from __future__ import annotations

from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.answers import refusal
from alerts.channels import Receipt, Tools
from alerts.errors import Reason, Undeliverable
from alerts.page import Page
from alerts.teams.card import message_of

_RETIRED = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")


class Teams(BaseModel):
    """`url` is the address of a flow "when a Teams webhook request is received", and a secret: whoever knows it can post there.

    `private` allows one inside our own network, such as a relay.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["teams"] = "teams"
    url: SecretStr
    seconds: float = Field(default=15.0, gt=0, le=25)
    private: bool = False

    address: ClassVar[str] = ""
    keeps_records: ClassVar[bool] = True
    proves: ClassVar[bool] = False
    rights: ClassVar[str] = "a Workflows webhook that posts cards to one channel; owned by an account that outlives a person's"

    @model_validator(mode="after")
    def _may_work(self) -> Teams:
        try:
            parts = urlsplit(self.url.get_secret_value())
            host = parts.hostname or ""
        except ValueError:
            raise ValueError("url is no URL") from None
        if parts.scheme != "https" and not (self.private and parts.scheme == "http"):
            raise ValueError("Teams is spoken to over https only (http with `private: true`, inside your own network)")
        if any(host == retired or host.endswith(f".{retired}") for retired in _RETIRED):
            raise ValueError("Office 365 connectors were retired: make a Workflows webhook in the channel, and give its URL")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """One card. Raises `Undelivered` or `Undeliverable`. The reference is ours: Teams gives none."""
        if page.record is not None and page.record.subject:
            raise Undeliverable("Teams tells our own people; a customer is told through another channel", reason=Reason.CLIENT)
        answer = await tools.http.send(
            "POST",
            self.url.get_secret_value(),
            headers={"content-type": "application/json"},
            content=message_of(page),
            seconds=self.seconds,
            private=self.private,
        )
        if not 200 <= answer.status < 300:
            raise refusal("Teams", answer.status, answer.retry_after)
        return Receipt(reference=f"cards about {page.escalation or page.dedup_key}" if page.record else str(page.id))


CHANNEL = Teams
