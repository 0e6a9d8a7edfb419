"""Alertmanager's own webhook, read."""
