"""How Jira is spoken to: our pages as its issues, its issues and webhooks as our words."""
