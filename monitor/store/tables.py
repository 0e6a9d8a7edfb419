"""The tables, all in one place. What is looked up by has a column; the rest of a domain value is one JSON text beside it.

`claimable_at` is when a worker may take a row: its due time, or the end of the lease of whoever has it; NULL is never.
It is long because all tables stand in one place.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint, text

from monitor.store.columns import Line, Moment, Number

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

targets = Table(
    "targets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("integration", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_due", Moment),
    Column("hasten_at", Moment),
    Column("lease_until", Moment),
    Column("claimable_at", Moment),
    Column("body", Text, nullable=False),
    Index("ix_targets_active_claimable_at", "active", "claimable_at"),
)

contents = Table(
    "contents",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Number, primary_key=True),
    Column("target", Text, nullable=False),
    Column("hash", Text, ForeignKey("contents.hash"), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("media_type", Line),
    Column("source", Line, nullable=False),
    Column("headers", Text, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Index("ix_snapshots_target_id", "target", "id"),
)

baselines = Table(
    "baselines",
    metadata,
    Column("id", Number, primary_key=True),
    Column("target", Text, nullable=False),
    Column("snapshot", Number, ForeignKey("snapshots.id"), nullable=False, index=True),
    Column("hash", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("by", Line, nullable=False),
    Column("because", Line, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undoes", Number, ForeignKey("baselines.id"), unique=True),
    Index("ix_baselines_target_id", "target", "id"),
)

waivers = Table(
    "waivers",
    metadata,
    Column("id", Number, primary_key=True),
    Column("target", Text, nullable=False),
    Column("baseline", Number, ForeignKey("baselines.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("subject", Line, nullable=False),
    Column("worst", Integer, nullable=False),
    Column("by", Line, nullable=False),
    Column("because", Line, nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
    Column("undone_at", Moment),
    Column("undone_by", Line, nullable=False),
    Column("undone_because", Line, nullable=False),
    Index("ix_waivers_target_baseline", "target", "baseline"),
)

findings = Table(
    "findings",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Text, nullable=False, index=True),
    Column("target", Text, nullable=False),
    Column("integration", Text, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("snapshot", Number, ForeignKey("snapshots.id"), index=True),
    Column("first_seen", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("body", Text, nullable=False),
    # A finding may come, go and come again: one open row of it at most.
    Index(
        "uq_findings_open",
        "target",
        "id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("integration", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("detected_at", Moment, nullable=False, index=True),
    Column("resolved_at", Moment),
    Column("practice", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_escalations_state_integration", "state", "integration"),
)

escalation_keys = Table(
    "escalation_keys",
    metadata,
    Column("escalation", Text, ForeignKey("escalations.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Index("ix_escalation_keys_kind_key", "kind", "key"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Number, primary_key=True),
    Column("escalation", Text, ForeignKey("escalations.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Line, nullable=False),
    Column("actor", Line, nullable=False),
    Index("ix_timeline_escalation_id", "escalation", "id"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("escalation", Text, ForeignKey("escalations.id", ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("claimable_at", Moment, nullable=False, index=True),
    UniqueConstraint("escalation", "generation", "subject", "kind", "sequence", name="uq_timers_identity"),
)

pages = Table(
    "pages",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("key", Text, nullable=False, unique=True),
    # NULL for a notice, which is about no single escalation.
    Column("escalation", Text, ForeignKey("escalations.id", ondelete="CASCADE"), index=True),
    Column("channel", Text, nullable=False),
    Column("contact", Line, nullable=False),
    Column("action", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("fold", Text, nullable=False, index=True),
    Column("order_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Some attempt may have arrived: the vendor did not answer, or the process died holding the lease.
    Column("doubtful", Boolean, nullable=False),
    Column("practice", Boolean, nullable=False),
    # Why there is to be no further attempt once the one under way has ended; empty for none.
    Column("withdrawn", Line, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("deadline", Moment),
    Column("claimable_at", Moment, index=True),
    Column("sent_at", Moment),
    Column("reference", Line, nullable=False),
    Column("reason", Text, nullable=False),
    Column("last_error", Line, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_pages_order_key_seq", "order_key", "seq"),
    Index("ix_pages_channel_state", "channel", "state"),
    Index("ix_pages_contact_created_at", "contact", "created_at"),
)

silences = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("over_at", Moment),
    Column("told_at", Moment, index=True),
    Column("body", Text, nullable=False),
)

flaps = Table(
    "flaps",
    metadata,
    Column("id", Number, primary_key=True),
    Column("integration", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("reverted_at", Moment, nullable=False, index=True),
    Index("ix_flaps_target_reverted_at", "target", "reverted_at"),
)

folded = Table(
    "folded",
    metadata,
    Column("id", Number, primary_key=True),
    Column("page", Text, nullable=False, unique=True),
    Column("contact", Line, nullable=False),
    Column("at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("body", Text, nullable=False),
    Index("ix_folded_told_at_contact", "told_at", "contact"),
)

promises = Table(
    "promises",
    metadata,
    Column("id", Text, primary_key=True),
    Column("escalation", Text, ForeignKey("escalations.id", ondelete="CASCADE"), nullable=False),
    Column("customer", Line, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("standing", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("settled_at", Moment, index=True),
    Column("body", Text, nullable=False),
    UniqueConstraint("escalation", "customer", "sequence", name="uq_promises_identity"),
    Index("ix_promises_standing_due_at", "standing", "due_at"),
)

# What was learned outlives its escalation: no foreign key. Its words stand in `reviews_words`, an index of each database's own
# kind that only the migration spells out: FTS5 on SQLite, a tsvector on PostgreSQL.
reviews = Table(
    "reviews",
    metadata,
    Column("escalation", Text, primary_key=True),
    Column("state", Text, nullable=False, index=True),
    Column("at", Moment),
    Column("body", Text, nullable=False),
    Column("lesson", Text),
)

csat = Table(
    "csat",
    metadata,
    Column("escalation", Text, primary_key=True),
    Column("customer", Line, primary_key=True),
    Column("score", Integer, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("by", Line, nullable=False),
    Column("remark", Line, nullable=False),
)

# Which ratings of a channel's vendor were taken: each counts once.
ratings = Table(
    "ratings",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

# Customers' own tickets that speak of what an escalation is about.
mentions = Table(
    "mentions",
    metadata,
    Column("escalation", Text, ForeignKey("escalations.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("customer", Line, nullable=False),
    Column("url", Line, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("because", Line, nullable=False),
    Index("ix_mentions_channel_reference", "channel", "reference"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("said_at", Moment, nullable=False),
    Column("channel", Text, nullable=False),
    Column("waiting", Boolean, nullable=False, index=True),
    Column("body", Text, nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("grouped", Text, nullable=False),
    Column("integration", Text, nullable=False),
    Column("began", Moment, nullable=False),
    Column("over", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_signals_integration_over", "integration", "over"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", Line, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Line, nullable=False),
    Column("detail", Text, nullable=False),
)

# Beside the entries rather than in them: an entry is never updated. No foreign key: verifying tells of an entry that is gone.
audit_links = Table(
    "audit_links",
    metadata,
    Column("place", Number, primary_key=True, autoincrement=False),
    Column("entry", Number, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("until", Moment),
)

feeds = Table(
    "feeds",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
