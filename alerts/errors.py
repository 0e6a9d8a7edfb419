"""How a delivery fails. The outbox acts on the class: try again, or give this page up and say so."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Reason(StrEnum):
    """Why a page did not get through, as the metric label says it."""

    AUTH = "auth"
    RATE_LIMITED = "rate_limited"
    CLIENT = "client"
    SERVER = "server"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    OTHER = "other"


class DeliveryError(Exception):
    """The base. Its text is one line without secrets or URLs that are secrets."""

    def __init__(self, text: str, *, reason: Reason) -> None:
        super().__init__(text)
        self.reason = reason


class Undelivered(DeliveryError):
    """Not this time; trying again may help. `retry_after` is the vendor's wish. `unknown` True: it may have arrived."""

    def __init__(self, text: str, *, reason: Reason, retry_after: timedelta | None = None, unknown: bool = False) -> None:
        super().__init__(text, reason=reason)
        self.retry_after = retry_after
        self.unknown = unknown


class Undeliverable(DeliveryError):
    """Never, as it stands: refused by the vendor (4xx), a bad key, an unknown recipient. Not tried again."""


class WebhookError(Exception):
    """A webhook of a channel's vendor was not taken. Its text is one line without secrets."""


class Unverified(WebhookError):
    """No valid signature: nothing of it is believed."""


class Unreadable(WebhookError):
    """Signed, but not what the vendor describes."""
