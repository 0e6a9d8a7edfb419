"""Slack: its Web API, messages as Block Kit, and what people press."""
