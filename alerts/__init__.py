"""What happens after a finding: priority, matrix, escalation, and the channels that carry pages. Probes are unknown here."""
