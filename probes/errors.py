"""Why a probe came back without a document. A class only where the caller acts differently; none carries a secret."""

from __future__ import annotations

from datetime import timedelta


class ProbeError(Exception):
    """The base. Its text is one line: what, where (host, not the whole URL), and what to do."""


class Unreachable(ProbeError):
    """No usable answer: DNS, TLS, time-out, hang-up, 5xx, 429. `retry_after` is the vendor's own wish, None if it had none."""

    def __init__(self, text: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unfit(ProbeError):
    """Served, but not a document: an HTML login page with status 200, a body over its caps, a broken encoding, cut short."""


class Spent(ProbeError):
    """A budget is used up (Salesforce REQUEST_LIMIT_EXCEEDED, our own share): hold the target for `hold` before asking again."""

    def __init__(self, text: str, *, hold: timedelta) -> None:
        super().__init__(text)
        self.hold = hold


class Refused(ProbeError):
    """Our credentials or our address are refused (401, 403, invalid_grant). Lasting refusals become a finding."""


class Withdrawn(ProbeError):
    """The vendor says this surface is gone (410, UNSUPPORTED_API_VERSION, a lasting 404): a finding, not an outage.

    `lasting` False means it counts only when the next probe says so too (404).
    """

    def __init__(self, text: str, *, lasting: bool = True) -> None:
        super().__init__(text)
        self.lasting = lasting


class Forbidden(ProbeError):
    """Our own policy forbids the request: a private address, a scheme that is not http(s), too many redirects."""
