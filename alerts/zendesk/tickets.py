"""One ticket an escalation, and one a promise: made or taken up again, and brought to what a page says.

A ticket of ours holds internal notes only, a customer's what was promised to them and nothing else; whether somebody outside
reads a comment is always said, for Zendesk's default is that they do. Every change of ours carries the page's id in its metadata:
so a try that may have arrived is recognised, and what we did ourselves is not heard as a person's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerts.channels import Receipt
from alerts.errors import Reason, Undeliverable
from alerts.page import Page, Record
from alerts.priority import Priority
from alerts.zendesk import layout
from alerts.zendesk.calls import Account, Invalid, Reused, Ticket

MARK = "driftpager"
"""What our keys begin with, and the name in the metadata of a change of ours."""
PRIORITIES = {Priority.P1: "urgent", Priority.P2: "high", Priority.P3: "normal"}
_LEAST = "low"
_RISING = ("low", "normal", "high", "urgent")
_OPTIONAL = frozenset({"priority", "status", "type", "tags", "group_id", "custom_fields", "subject", "email_ccs"})
_OVER = frozenset({"solved", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How tickets are made here: `url` of the account for people, the rest goes into each ticket. `mitigating` is the status of
    a ticket of ours while a workaround holds."""

    account: Account
    url: str
    tags: tuple[str, ...]
    group: int | None = None
    fields: Mapping[int, str | int | bool] = field(default_factory=dict)
    mitigating: str = "open"

    async def bring(self, page: Page, record: Record) -> Receipt:
        """The record's ticket as the page says; made where there is none, or the one there was is deleted or closed for good."""
        key, remarks, source = external_id(page.escalation, record.subject), [], None
        ticket = await self.account.ticket(record.reference) if record.reference else None
        after = f"-again-{record.reference}" if record.reference and ticket is None else ""
        if after:
            remarks.append(f"Ticket {record.reference} was deleted; this one takes its place.")
        if ticket is None or ticket["status"] == "closed":
            source = ticket
            ticket = next((each for each in await self.account.carrying(key) if each["status"] != "closed"), None)
        if ticket is not None:
            return await self._update(page, record, ticket)
        if source is not None:
            if record.state == "resolved" and not record.subject:
                return self._receipt(source)  # it is closed, as it should be: there is nothing to open again for
            after = f"-after-{source['id']}"
            remarks.append(f"Ticket {source['id']} is closed for good; this one follows it up.")
        fields = self._fresh(page, record, key, remarks)
        if source is not None:
            fields["via_followup_source_id"] = source["id"]
        try:
            made = await self._create(fields, key + after)
        except Reused:
            known = next((each for each in await self.account.carrying(key) if each["status"] != "closed"), None)
            if known is None:
                raise
            return await self._update(page, record, known)
        return self._receipt(made)

    async def plain(self, page: Page) -> Receipt:
        """A ticket of its own for a page that is about no escalation's record: a notice, a test."""
        key = f"{MARK}-page-{page.id}"
        known = await self.account.carrying(key) if page.possible_repeat else []
        if known:
            return self._receipt(known[0])
        fields = self._common(page, key)
        fields |= {"comment": {"html_body": layout.description(page), "public": False}, "type": "incident", "priority": _of(page)}
        return self._receipt(await self._create(fields, key))

    def _fresh(self, page: Page, record: Record, key: str, remarks: Sequence[str]) -> dict[str, Any]:
        fields = self._common(page, key) | {"priority": _of(page), "type": "incident"}
        if not record.subject:
            comment = {"html_body": layout.description(page, remarks, record.news), "public": False}
            return fields | {"comment": comment, "status": self._status(record)}
        if not page.recipient:
            text = f"{record.subject!r} has no contact: Zendesk needs the e-mail address of who a ticket is for"
            raise Undeliverable(text, reason=Reason.CLIENT)
        comment = {"html_body": layout.for_customer(customer_text(page)), "public": True}
        requester = {"name": layout.name(record.subject), "email": page.recipient}
        return fields | {"comment": comment, "requester": requester, "status": self._status(record)}

    def _common(self, page: Page, key: str) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "subject": layout.subject_of(page),
            "external_id": key,
            "tags": sorted({*self.tags, MARK}),
            "metadata": {"custom": {MARK: page.id}},
        }
        if self.group is not None:
            fields["group_id"] = self.group
        if self.fields:
            fields["custom_fields"] = [{"id": name, "value": value} for name, value in self.fields.items()]
        return fields

    async def _update(self, page: Page, record: Record, ticket: Ticket) -> Receipt:
        number = str(ticket["id"])
        missing = {*self.tags, MARK} - set(ticket.get("tags") or ())
        if missing:  # before anything else: what fails later is tried again, what was told must not be
            ticket = await self._tagged(number, missing, ticket)
        changes: dict[str, Any] = {}
        if (record.news or record.subject) and not (page.possible_repeat and await self.has(number, page.id)):
            changes["comment"] = (
                {"html_body": layout.for_customer(customer_text(page)), "public": True}
                if record.subject
                else {"html_body": layout.note(record.news), "public": False}
            )
            if record.subject and await self._asked_by_another(page, ticket):
                changes["email_ccs"] = [{"user_email": page.recipient, "action": "put"}]
        changes |= self._changed(page, record, ticket)
        if changes:
            changes["metadata"] = {"custom": {MARK: page.id}}
            try:
                await self.account.update(number, str(ticket["updated_at"]), changes)
            except Invalid as refused:
                await self._rest(number, ticket, changes, refused, told_to_us=not record.subject)
        return self._receipt(ticket)

    async def _rest(self, id: str, ticket: Ticket, changes: dict[str, Any], refused: Invalid, *, told_to_us: bool) -> None:
        """A status or priority that a form does not allow must not lose what is to be said."""
        dropped = _dropped(refused, changes)
        rest = {name: value for name, value in changes.items() if name not in dropped}
        if not dropped or "comment" not in rest:
            raise refused
        if told_to_us:
            line = layout.note([f"Zendesk did not accept {', '.join(sorted(dropped))}: please set it by hand."])
            rest["comment"] = {**rest["comment"], "html_body": rest["comment"]["html_body"] + line}
        await self.account.update(id, str(ticket["updated_at"]), rest)

    async def _asked_by_another(self, page: Page, ticket: Ticket) -> bool:
        """Whether somebody else of the customer's opened it than who is to be told: they read along then."""
        requester = int(ticket.get("requester_id") or 0)
        user = (await self.account.many("users", [requester])).get(requester, {})
        return bool(page.recipient) and str(user.get("email") or "").casefold() != page.recipient.casefold()

    async def _tagged(self, id: str, missing: set[str], ticket: Ticket) -> Ticket:
        """The ticket as it stands with the tags. Without them where it takes none."""
        try:
            await self.account.tag(id, missing)
        except Undeliverable:
            return ticket
        return await self.account.ticket(id) or ticket

    async def _create(self, fields: dict[str, Any], key: str) -> Ticket:
        try:
            return await self.account.create(fields, key[:255])
        except Invalid as refused:
            dropped = _dropped(refused, fields)
            if not dropped:
                raise
            rest = {name: value for name, value in fields.items() if name not in dropped}
            if not fields["comment"]["public"]:
                line = layout.note([f"Zendesk did not accept {', '.join(sorted(dropped))}: please set it by hand."])
                rest["comment"] = {**fields["comment"], "html_body": fields["comment"]["html_body"] + line}
            return await self.account.create(rest, f"{key[:240]}-rest")

    async def has(self, id: str, mark: str) -> bool:
        """Whether a change of ours with that mark is in the ticket."""
        return any(marked(audit) == mark for audit in await self.account.audits(id))

    def _changed(self, page: Page, record: Record, ticket: Ticket) -> dict[str, Any]:
        """What is to be different from what the ticket says. What people set for themselves stays: pending, a higher priority
        of a customer's ticket."""
        changes: dict[str, Any] = {}
        wanted, now = _of(page), ticket.get("priority") or ""
        lower = now in _RISING and _RISING.index(now) > _RISING.index(wanted)
        if wanted != now and not (record.subject and lower):
            changes["priority"] = wanted
        status, known = self._status(record), ticket["status"]
        if record.state == "resolved":
            if known not in _OVER:
                changes["status"] = status
        elif known in {"new", "solved"} or (record.state == "mitigating" and not record.subject and known != status):
            changes["status"] = status
        subject = layout.subject_of(page)
        if not record.subject and ticket.get("subject") != subject:
            changes["subject"] = subject
        return changes

    def _status(self, record: Record) -> str:
        if record.state == "resolved":
            return "solved"
        return self.mitigating if record.state == "mitigating" and not record.subject else "open"

    def _receipt(self, ticket: Ticket) -> Receipt:
        return Receipt(reference=str(ticket["id"]), url=self.link_to(ticket["id"]))

    def link_to(self, id: int | str) -> str:
        """Where an agent opens a ticket."""
        return f"{self.url}/agent/tickets/{id}"


def external_id(escalation: str, subject: str = "") -> str:
    """Our key of the ticket, through all generations; of a customer's ticket it does not tell whose."""
    of = f"-{hashlib.sha256(subject.encode()).hexdigest()[:12]}" if subject else ""
    return f"{MARK}-{escalation}{of}"


def marked(audit: Mapping[str, Any]) -> str:
    """The mark of a change of ours, empty for anybody else's."""
    custom = (audit.get("metadata") or {}).get("custom")
    mark = custom.get(MARK) if isinstance(custom, dict) else None
    return mark if isinstance(mark, str) else ""


def customer_text(page: Page) -> str:
    """What the customer is to read. Raises `Undeliverable` rather than tell them anything else."""
    text = next((text for label, text in page.content.facts if not label), "")
    if not text:
        raise Undeliverable("the page holds no text for the customer", reason=Reason.CLIENT)
    return text


def _of(page: Page) -> str:
    return PRIORITIES.get(Priority(page.priority), _LEAST) if page.priority in set(Priority) else _LEAST


def _dropped(refused: Invalid, fields: Mapping[str, Any]) -> frozenset[str]:
    """What to leave out for another go: the optional fields that were refused, all of them where none was named."""
    named = refused.fields & _OPTIONAL & fields.keys()
    return named if refused.fields else _OPTIONAL & fields.keys()
