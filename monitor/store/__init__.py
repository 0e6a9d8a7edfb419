"""The store: SQLite or PostgreSQL. Domain values in and out; rows, SQL and drivers stay in here."""

from monitor.store.audit import AuditEntry, Head, Verdict
from monitor.store.errors import Conflict, NaiveTime, StoreError, Unavailable
from monitor.store.findings import KnownFinding
from monitor.store.leases import Lease
from monitor.store.prune import Pruned
from monitor.store.store import Store
from monitor.store.transaction import Transaction

__all__ = [
    "AuditEntry",
    "Conflict",
    "Head",
    "KnownFinding",
    "Lease",
    "NaiveTime",
    "Pruned",
    "Store",
    "StoreError",
    "Transaction",
    "Unavailable",
    "Verdict",
]
