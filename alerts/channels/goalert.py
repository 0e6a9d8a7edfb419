"""GoAlert: alerts of a generic API integration key, folded on our dedup key while they are open, and closed with it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.channels import Receipt, Tools
from alerts.errors import Reason, Undeliverable
from alerts.json_api import JsonApi, https_only
from alerts.layout import as_text
from alerts.page import Action, Page
from alerts.wording import cut

SUMMARY_LENGTH = 1024
DETAILS_LENGTH = 6 * 1024


class GoAlert(BaseModel):
    """`url` is where your GoAlert is, `token` a Generic API integration key of one service; it goes into the body, for URLs are
    written down."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["goalert"] = "goalert"
    url: str
    token: SecretStr
    seconds: float = Field(default=10.0, gt=0, le=25)
    private: bool = False

    address: ClassVar[str] = ""
    takes_notes: ClassVar[bool] = False
    rights: ClassVar[str] = "a Generic API integration key of the service that is to be paged"

    @model_validator(mode="after")
    def _is_safe(self) -> GoAlert:
        https_only(self.url, private=self.private, who="GoAlert")
        if not self.token.get_secret_value():
            raise ValueError("token is empty: it is the integration key")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Open or close an alert. Raises `Undelivered` or `Undeliverable`.

        An integration cannot acknowledge, and would open anew what a person closed there: nothing is sent for one.
        """
        if page.action is Action.NOTE:
            raise Undeliverable("GoAlert takes no notes on an alert", reason=Reason.CLIENT)
        if page.action is Action.ACKNOWLEDGE:
            return Receipt(reference=page.dedup_key)
        form = {
            "token": self.token.get_secret_value(),
            "summary": _text(page.content.summary, SUMMARY_LENGTH) or "driftpager",
            "details": _text(as_text(page), DETAILS_LENGTH),
            "dedup": page.dedup_key,
            **({"action": "close"} if page.action is Action.RESOLVE else {}),
        }
        api = JsonApi(
            who="GoAlert", base=self.url.rstrip("/"), headers={}, http=tools.http, seconds=self.seconds, private=self.private
        )
        await api.call("POST", "/api/v2/generic/incoming", form=form)
        return Receipt(reference=page.dedup_key)


def _text(text: str, length: int) -> str:
    return cut(text, length).encode("utf-8", "replace").decode()


CHANNEL = GoAlert
