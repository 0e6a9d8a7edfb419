"""How Intercom is spoken to: our pages as its tickets, notes and comments; its threads and webhooks as our words."""
