"""How PagerDuty is spoken to: our pages as its events, its REST answers and webhooks as our words."""
