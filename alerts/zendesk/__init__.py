"""Zendesk Support: tickets of ours and of customers, what people do in them, how content customers were."""
