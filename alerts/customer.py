"""A customer: who feels it when an integration breaks, what they were promised, and how they hear of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from alerts.delays import Delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a contract promises beside the matrix, None where it says nothing. The earlier of both counts."""

    respond: Delay | None = None
    update: Delay | None = None
    resolve: Delay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """`depends_on` holds integration names and `integration:field`. Promises are rendered in `zone` (IANA).

    Updates leave through the configured channel `channel` to the address `contact`; without a channel a person tells them by
    hand. `automatic` is the opt-in to updates that nobody approves one by one.
    """

    name: str
    tier: str = ""
    high_value: bool = False
    zone: str = "UTC"
    depends_on: tuple[str, ...] = ()
    contact: str = ""
    channel: str = ""
    automatic: bool = False
    terms: Terms = field(default_factory=Terms)
