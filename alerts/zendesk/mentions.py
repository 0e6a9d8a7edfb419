"""Tickets of customers that speak of a vendor, and the note that links one to our own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from alerts.channels import Mention
from alerts.errors import Reason, Undeliverable
from alerts.wording import clean
from alerts.zendesk import layout
from alerts.zendesk.calls import WHO, Ticket, moment
from alerts.zendesk.tickets import MARK, Desk, external_id

MOST = 100
_MOST_WORDS = 10


async def mentions(desk: Desk, words: Sequence[str], since: datetime) -> list[Mention]:
    """Open tickets of customers made after a moment that hold one of the words, newest first. One search a word."""
    found: dict[int, Ticket] = {}
    for word in words[:_MOST_WORDS]:
        quoted = " ".join(re.sub(r'["\\]', " ", word).split())
        if not quoted:
            continue
        day = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = f'type:ticket status<solved created>={day} -tags:{MARK} "{quoted}"'
        found |= {each["id"]: each for each in await desk.account.search(query)}
    theirs = [each for each in found.values() if not _ours(each) and moment(each["created_at"]) >= since]
    newest = sorted(theirs, key=lambda each: (str(each["created_at"]), each["id"]), reverse=True)[:MOST]
    users = await desk.account.many("users", (int(each["requester_id"]) for each in newest)) if newest else {}
    asking = [
        (each, user) for each in newest if (user := users.get(int(each["requester_id"]))) and user.get("role") == "end-user"
    ]
    ids = {int(each.get("organization_id") or 0) for each, _ in asking} - {0}
    organizations = await desk.account.many("organizations", ids) if ids else {}
    return [_mention(desk, each, user, organizations) for each, user in asking]


async def link(desk: Desk, mention: str, reference: str, text: str) -> None:
    """An internal note in a customer's ticket, each text once, with where ours is."""
    account, mark = desk.account, _mark(reference, text)
    ticket = await account.ticket(mention)
    if ticket is None or ticket["status"] == "closed":
        raise Undeliverable(f"{WHO} ticket {mention} is deleted or closed for good", reason=Reason.CLIENT)
    if await desk.has(mention, mark):
        return
    leads = desk.link_to(reference)
    lines = [text, *([leads] if reference and leads not in text else [])]
    note = {"comment": {"html_body": layout.note(lines), "public": False}, "metadata": {"custom": {MARK: mark}}}
    await account.update(mention, str(ticket["updated_at"]), note)


def _ours(ticket: Ticket) -> bool:
    return str(ticket.get("external_id") or "").startswith(f"{MARK}-") or MARK in (ticket.get("tags") or ())


def _mention(desk: Desk, ticket: Ticket, user: Mapping[str, Any], organizations: Mapping[int, Mapping[str, Any]]) -> Mention:
    organization = organizations.get(int(ticket.get("organization_id") or 0), {})
    email = user.get("email") if isinstance(user.get("email"), str) else ""
    return Mention(
        reference=str(ticket["id"]),
        url=desk.link_to(ticket["id"]),
        subject=clean(str(ticket.get("subject") or ""), 200),
        customer=clean(str(organization.get("name") or email), 120),
        email=str(email),
        at=moment(ticket["created_at"]),
    )


def _mark(reference: str, text: str) -> str:
    return f"{external_id('link')}-{hashlib.sha256(f'{reference}|{text}'.encode()).hexdigest()[:16]}"
