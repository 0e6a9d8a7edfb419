"""The one HTTP client: address policy, caps, deadlines, TLS and host budgets in one place. Both probes and channels use it."""

from monitor.egress.client import Egress

__all__ = ["Egress"]
