"""Signed webhooks, as Standard Webhooks describes them (standardwebhooks.com): our page as JSON to any endpoint.

Only 2xx is success; 410 means that the endpoint is gone. The id is the same on every try, the timestamp is not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from alerts.answers import refusal
from alerts.channels import Receipt, Tools
from alerts.errors import Reason, Undeliverable
from alerts.keys import page_id
from alerts.page import Page
from alerts.wording import cut

MOST_BYTES = 20_000
_PREFIX = "whsec_"


class Webhook(BaseModel):
    """`url` is a secret too: whoever knows it can often write there. `secret` is `whsec_` and base64 of 24 to 64 bytes.

    While it is replaced, what is in `old_secrets` signs as well: the receiver takes any signature it can verify. An endpoint that
    answers 410 is gone: each page to it is given up at once, and whoever else is to hear of it does; take it out.
    `private` allows an endpoint on this machine or in a private network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["webhook"] = "webhook"
    url: SecretStr
    secret: SecretStr
    old_secrets: tuple[SecretStr, ...] = Field(default=(), max_length=4)
    seconds: float = Field(default=20.0, gt=0, le=60)
    private: bool = False

    address: ClassVar[str] = ""
    climbs: ClassVar[bool] = False
    reads_back: ClassVar[bool] = False

    @field_validator("url")
    @classmethod
    def _http_only(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("a webhook's url starts with https:// (or http:// inside your own network)")
        return url

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        signing_key(secret.get_secret_value())
        return secret

    @field_validator("old_secrets")
    @classmethod
    def _all_long_enough(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(map(cls._long_enough, secrets))

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """One POST. Raises `Undelivered` or `Undeliverable`."""
        message = f"msg_{page_id(page.key)}"
        stamp, body = str(int(tools.now.timestamp())), body_of(page, tools.now)
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(
                signature(each.get_secret_value(), message, stamp, body) for each in (self.secret, *self.old_secrets)
            ),
        }
        answer = await tools.http.send(
            "POST", self.url.get_secret_value(), headers=headers, content=body, seconds=self.seconds, private=self.private
        )
        if 200 <= answer.status < 300:
            return Receipt(reference=message)
        if answer.status == 410:
            raise Undeliverable("the webhook's endpoint is gone (410): remove it or correct its url", reason=Reason.CLIENT)
        raise refusal("the webhook", answer.status, answer.retry_after)


def signing_key(secret: str) -> bytes:
    """The key inside `whsec_...`. Raises ValueError, without the secret, where it is not one of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("a signing secret is whsec_ and the base64 of 24 to 64 bytes")
    return key


def signature(secret: str, message: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(signing_key(secret), signed, hashlib.sha256).digest()).decode()


def body_of(page: Page, now: datetime) -> bytes:
    """`{type, timestamp, data}` within 20 KB: long facts are cut in the middle until it fits."""
    for length in (4000, 1000, 300, 100, 0):
        body = orjson.dumps(
            {"type": f"page.{page.action}", "timestamp": now.astimezone(UTC).isoformat(), "data": _data(page, length)},
            default=str,
        )
        if len(body) <= MOST_BYTES:
            break
    return body


def _data(page: Page, length: int) -> dict[str, Any]:
    said = page.content
    return {
        "escalation": page.escalation,
        "generation": page.generation,
        "dedup_key": page.dedup_key,
        "lane": page.lane,
        "level": page.level,
        "priority": page.priority,
        "contact": page.contact,
        "practice": page.practice,
        "possible_repeat": page.possible_repeat,
        "summary": cut(said.summary, 1000),
        "severity": said.severity,
        "source": said.source,
        "category": said.category,
        "since": said.since.astimezone(UTC).isoformat() if said.since else None,
        "facts": [{"label": label, "text": cut(text, length)} for label, text in said.facts if length],
        "links": [{"text": link.text, "href": link.href} for link in said.links if length],
    }


CHANNEL = Webhook
