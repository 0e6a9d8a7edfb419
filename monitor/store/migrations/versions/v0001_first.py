"""The first tables. Over 150 lines because each table is written out: a migration never changes with the code around it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates everything."""
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_links",
        sa.Column("place", NUMBER, autoincrement=False, nullable=False),
        sa.Column("entry", NUMBER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("entry", name=op.f("uq_audit_links_entry")),
    )
    op.create_table(
        "contents",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_contents")),
    )
    op.create_table(
        "escalations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("detected_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index(op.f("ix_escalations_detected_at"), "escalations", ["detected_at"], unique=False)
    op.create_index("ix_escalations_state_integration", "escalations", ["state", "integration"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_at"), "inbox", ["at"], unique=False)
    op.create_index(op.f("ix_inbox_waiting"), "inbox", ["waiting"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "signals",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("grouped", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("began", MOMENT, nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "id", name=op.f("pk_signals")),
    )
    op.create_index("ix_signals_integration_over", "signals", ["integration", "over"], unique=False)
    op.create_table(
        "targets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_due", MOMENT, nullable=True),
        sa.Column("hasten_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("claimable_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_targets")),
    )
    op.create_index("ix_targets_active_claimable_at", "targets", ["active", "claimable_at"], unique=False)
    op.create_table(
        "escalation_keys",
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation"], ["escalations.id"], name=op.f("fk_escalation_keys_escalation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("escalation", "kind", "key", name=op.f("pk_escalation_keys")),
    )
    op.create_index("ix_escalation_keys_kind_key", "escalation_keys", ["kind", "key"], unique=False)
    op.create_table(
        "pages",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("fold", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deadline", MOMENT, nullable=True),
        sa.Column("claimable_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["escalation"], ["escalations.id"], name=op.f("fk_pages_escalation"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_pages")),
        sa.UniqueConstraint("id", name=op.f("uq_pages_id")),
        sa.UniqueConstraint("key", name=op.f("uq_pages_key")),
    )
    op.create_index("ix_pages_channel_state", "pages", ["channel", "state"], unique=False)
    op.create_index(op.f("ix_pages_claimable_at"), "pages", ["claimable_at"], unique=False)
    op.create_index(op.f("ix_pages_escalation"), "pages", ["escalation"], unique=False)
    op.create_index(op.f("ix_pages_fold"), "pages", ["fold"], unique=False)
    op.create_index("ix_pages_order_key_seq", "pages", ["order_key", "seq"], unique=False)
    op.create_index("ix_pages_contact_created_at", "pages", ["contact", "created_at"], unique=False)
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("over_at", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.create_index(op.f("ix_silences_told_at"), "silences", ["told_at"], unique=False)
    op.create_table(
        "flaps",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reverted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flaps")),
    )
    op.create_index(op.f("ix_flaps_reverted_at"), "flaps", ["reverted_at"], unique=False)
    op.create_index("ix_flaps_target_reverted_at", "flaps", ["target", "reverted_at"], unique=False)
    op.create_table(
        "folded",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folded")),
        sa.UniqueConstraint("page", name=op.f("uq_folded_page")),
    )
    op.create_index("ix_folded_told_at_contact", "folded", ["told_at", "contact"], unique=False)
    op.create_table(
        "snapshots",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["contents.hash"], name=op.f("fk_snapshots_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index(op.f("ix_snapshots_hash"), "snapshots", ["hash"], unique=False)
    op.create_index("ix_snapshots_target_id", "snapshots", ["target", "id"], unique=False)
    op.create_table(
        "timeline",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["escalation"], ["escalations.id"], name=op.f("fk_timeline_escalation"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_escalation_id", "timeline", ["escalation", "id"], unique=False)
    op.create_table(
        "timers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("claimable_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["escalation"], ["escalations.id"], name=op.f("fk_timers_escalation"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("escalation", "generation", "subject", "kind", "sequence", name="uq_timers_identity"),
    )
    op.create_index(op.f("ix_timers_claimable_at"), "timers", ["claimable_at"], unique=False)
    op.create_table(
        "baselines",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("snapshot", NUMBER, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undoes", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.id"], name=op.f("fk_baselines_snapshot")),
        sa.ForeignKeyConstraint(["undoes"], ["baselines.id"], name=op.f("fk_baselines_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        sa.UniqueConstraint("undoes", name=op.f("uq_baselines_undoes")),
    )
    op.create_index(op.f("ix_baselines_snapshot"), "baselines", ["snapshot"], unique=False)
    op.create_index("ix_baselines_target_id", "baselines", ["target", "id"], unique=False)
    op.create_table(
        "findings",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("snapshot", NUMBER, nullable=True),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.id"], name=op.f("fk_findings_snapshot")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_id"), "findings", ["id"], unique=False)
    op.create_index(op.f("ix_findings_snapshot"), "findings", ["snapshot"], unique=False)
    op.create_index(
        "uq_findings_open",
        "findings",
        ["target", "id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "promises",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["escalation"], ["escalations.id"], name=op.f("fk_promises_escalation"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("escalation", "customer", "sequence", name="uq_promises_identity"),
    )
    op.create_index(op.f("ix_promises_settled_at"), "promises", ["settled_at"], unique=False)
    op.create_index("ix_promises_standing_due_at", "promises", ["standing", "due_at"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("escalation", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_state"), "reviews", ["state"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE reviews_words (review text PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_reviews_words_words ON reviews_words USING gin (words)")
    else:
        op.execute("CREATE VIRTUAL TABLE reviews_words USING fts5(review UNINDEXED, words, tokenize = 'unicode61')")
    op.create_table(
        "csat",
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("escalation", "customer", name=op.f("pk_csat")),
    )
    op.create_index(op.f("ix_csat_at"), "csat", ["at"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "event", name=op.f("pk_ratings")),
    )
    op.create_table(
        "mentions",
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation"], ["escalations.id"], name=op.f("fk_mentions_escalation_escalations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("escalation", "channel", "reference", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_state"), "mentions", ["state"], unique=False)
    op.create_index("ix_mentions_channel_reference", "mentions", ["channel", "reference"], unique=False)
