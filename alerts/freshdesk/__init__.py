"""How Freshdesk is spoken to: our pages as its tickets, notes and replies; its tickets and webhooks as our words."""
