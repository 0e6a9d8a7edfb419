"""A stand-in for Freshdesk: one account with tickets, agents and customers, as strict as its API v2, and people who act in it.

It shows what customers were mailed (`mailed`), and sends the webhooks of an automation rule on changes of status, ours as well.
Long, as it is one account with one state.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from alerts.html import text_of
from monitor.clock import Clock
from monitor.demo.calling import Post
from monitor.demo.freshdesk_wire import CODES, Answer, NewTicket, Note, TicketChange
from monitor.demo.helpdesk import HelpDesk, Mistake, mistakes, read

OVER = (4, 5)
_INCLUDES = frozenset({"stats", "requester", "description", "company", "conversations"})
_ORDERS = ("created_at", "due_by", "updated_at", "status")


@dataclass(slots=True, kw_only=True)
class Line:
    """A note or reply."""

    id: int
    user: int
    body: str
    private: bool
    incoming: bool
    at: datetime


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A ticket, as far as anybody here looks at it."""

    id: int
    requester: int
    subject: str
    description: str
    status: int
    priority: int
    created_at: datetime
    updated_at: datetime
    changed_at: datetime
    reopened_at: datetime | None = None
    tags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    deleted: bool = False
    assignee: int | None = None

    @property
    def notes(self) -> list[str]:
        """The private notes, as read."""
        return [text_of(line.body) for line in self.lines if line.private]


class Freshdesk(HelpDesk):
    """`key` is that of the agent `agent`; `agents` are others, address to name. Tickets need all `mandatory` fields, and all of
    `mandatory_to_close` to end. `statuses` are own ones. `webhook` is (url, value of X-Driftpager-Secret) of one rule."""

    def __init__(
        self,
        *,
        key: str,
        agent: str = "driftpager@example.com",
        agents: Mapping[str, str] | None = None,
        mandatory: tuple[str, ...] = (),
        mandatory_to_close: tuple[str, ...] = (),
        statuses: Mapping[int, str] | None = None,
        webhook: tuple[str, str] | None = None,
        clock: Clock | None = None,
        post: Post | None = None,
    ) -> None:
        super().__init__(clock=clock, post=post)
        self.key, self.webhook = key, webhook
        self.mandatory, self.mandatory_to_close = mandatory, mandatory_to_close
        self.statuses = {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed", **(statuses or {})}
        self.agents = {1: ("driftpager", agent), 2: ("Ana", "ana@example.com")}
        self.agents |= {number: (name, address) for number, (address, name) in enumerate((agents or {}).items(), 3)}
        self.customers: dict[int, tuple[str, str, str]] = {}
        self.tickets: dict[int, Ticket] = {}
        self.mailed: list[tuple[str, str]] = []
        self.rated: list[dict[str, Any]] = []
        self.scope = 1
        for method, path, handler in (
            ("POST", "/tickets", self._create),
            ("GET", "/tickets", self._list),
            ("GET", "/tickets/{id}", self._show),
            ("PUT", "/tickets/{id}", self._change),
            ("POST", "/tickets/{id}/notes", self._note),
            ("POST", "/tickets/{id}/reply", self._reply),
            ("GET", "/tickets/{id}/conversations", self._conversations),
            ("GET", "/agents/{id}", self._agent),
            ("GET", "/contacts/{id}", self._contact),
            ("GET", "/surveys/satisfaction_ratings", self._ratings),
        ):
            self.app.add_api_route(f"/api/v2{path}", handler, methods=[method])

    # What people do

    def ask(self, email: str, subject: str, text: str, *, company: str = "") -> Ticket:
        """A customer opens a ticket of their own."""
        return self._make(self._customer(email, company), subject, f"<div>{text}</div>", 2, 1)

    def write(self, ticket: Ticket, by: str, text: str, *, private: bool = True) -> None:
        """An agent (by address) leaves a note or replies; a customer writes back."""
        agent = next((number for number, (_, address) in self.agents.items() if address == by), None)
        user = agent if agent is not None else self._customer(by, "")
        self._line(ticket, user, f"<div>{text}</div>", private=private and agent is not None, incoming=agent is None)

    def set_status(self, ticket: Ticket, status: int, by: str) -> None:
        """An agent gives a ticket another status; the rule's webhook leaves."""
        self._set(ticket, status, by)

    def rate(self, ticket: Ticket, grade: int, feedback: str = "") -> None:
        """The customer answers the survey."""
        self.rated.append(
            {
                "id": 100 + len(self.rated),
                "survey_id": 1,
                "user_id": ticket.requester,
                "agent_id": 2,
                "feedback": feedback,
                "group_id": None,
                "ticket_id": ticket.id,
                "ratings": {"default_question": grade},
                "created_at": _stamp(self._clock.now()),
                "updated_at": _stamp(self._clock.now()),
            }
        )

    # The API

    async def _create(self, request: Request) -> JSONResponse:
        wanted = await self._body(request, NewTicket)
        if lacking := [name for name in self.mandatory if name not in (wanted.get("custom_fields") or {})]:
            raise _invalid([(name, "missing_field", "It should be a/an String") for name in lacking])
        if wanted["status"] not in self.statuses:
            raise _invalid([("status", "invalid_value", f"It should be one of these values: {sorted(self.statuses)}")])
        requester = next((n for n, (_, address) in self.agents.items() if address == wanted.get("email")), None)
        requester = requester or self._customer(wanted["email"], "")
        made = self._make(requester, wanted["subject"], wanted["description"], wanted["status"], wanted["priority"])
        made.tags, made.fields = list(wanted.get("tags") or []), dict(wanted.get("custom_fields") or {})
        return JSONResponse(self._json(made), 201)

    async def _list(self, request: Request) -> JSONResponse:
        self._signed_in(request)
        query = request.query_params
        includes = frozenset(filter(None, query.get("include", "").split(",")))
        size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
        if includes - _INCLUDES or not 1 <= size <= 100 or query.get("order_by", "created_at") not in _ORDERS:
            raise _invalid([("include", "invalid_value", "It should be one of the known values")])
        found = [each for each in self.tickets.values() if not each.deleted]
        if "email" in query:
            known = {n for n, (_, address, *_) in {**self.agents, **self.customers}.items() if address == query["email"]}
            if not known:
                raise _invalid([("email", "invalid_value", "There is no contact matching the given email")])
            found = [each for each in found if each.requester in known]
        since = query.get("updated_since")
        if since is None:
            found = [each for each in found if each.created_at > self._clock.now() - timedelta(days=30)]
        else:
            found = [each for each in found if each.updated_at >= datetime.fromisoformat(since)]
        order = query.get("order_by", "created_at")
        found.sort(key=lambda each: (getattr(each, order), each.id), reverse=query.get("order_type", "desc") == "desc")
        return JSONResponse([self._json(each, includes) for each in found[(number - 1) * size : number * size]])

    async def _show(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        includes = frozenset(filter(None, request.query_params.get("include", "").split(",")))
        return JSONResponse(self._json(self._find(id, deleted=True), includes | {"description"}))

    async def _change(self, request: Request, id: str) -> JSONResponse:
        ticket, wanted = self._find(id), await self._body(request, TicketChange)
        status = wanted.pop("status", ticket.status)
        if status not in self.statuses:
            raise _invalid([("status", "invalid_value", f"It should be one of these values: {sorted(self.statuses)}")])
        lacking = [name for name in self.mandatory_to_close if name not in ticket.fields] if status in OVER else []
        if lacking:
            raise _invalid([(name, "missing_field", "It should be a/an String") for name in lacking])
        for name, value in wanted.items():
            setattr(ticket, {"custom_fields": "fields"}.get(name, name), value)
        ticket.updated_at = self._clock.now()
        if status != ticket.status:
            self._set(ticket, status, self.agents[1][1])
        return JSONResponse(self._json(ticket))

    async def _note(self, request: Request, id: str) -> JSONResponse:
        ticket, wanted = self._find(id), await self._body(request, Note)
        line = self._line(ticket, 1, wanted["body"], private=wanted.get("private", True), incoming=False)
        return JSONResponse(self._line_json(ticket, line), 201)

    async def _reply(self, request: Request, id: str) -> JSONResponse:
        ticket, wanted = self._find(id), await self._body(request, Answer)
        line = self._line(ticket, 1, wanted["body"], private=False, incoming=False)
        people: Mapping[int, tuple[str, ...]] = {**self.agents, **self.customers}
        self.mailed.append((people[ticket.requester][1], text_of(wanted["body"])))
        return JSONResponse(self._line_json(ticket, line), 201)

    async def _conversations(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        ticket, query = self._find(id), request.query_params
        size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
        return JSONResponse([self._line_json(ticket, each) for each in ticket.lines[(number - 1) * size : number * size]])

    async def _agent(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        number = 1 if id == "me" else int(id)
        if number not in self.agents:
            raise Mistake(404, {})
        name, address = self.agents[number]
        contact = {"name": name, "email": address, "active": True}
        return JSONResponse({"id": number, "ticket_scope": self.scope, "type": "support_agent", "contact": contact})

    async def _contact(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        if int(id) not in self.customers:
            raise Mistake(404, {})
        name, address, _ = self.customers[int(id)]
        return JSONResponse({"id": int(id), "name": name, "email": address})

    async def _ratings(self, request: Request) -> JSONResponse:
        self._signed_in(request)
        query = request.query_params
        since = datetime.fromisoformat(query.get("created_since", "1970-01-01T00:00:00Z"))
        found = [each for each in self.rated if datetime.fromisoformat(each["created_at"]) >= since]
        size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
        return JSONResponse(found[(number - 1) * size : number * size])

    # Behind it

    def _signed_in(self, request: Request) -> None:
        wanted = "Basic " + base64.b64encode(f"{self.key}:X".encode()).decode()
        if request.headers.get("authorization") != wanted:
            raise Mistake(401, {"code": "invalid_credentials", "message": "You have to be logged in to perform this action."})

    async def _body(self, request: Request, model: type[BaseModel]) -> dict[str, Any]:
        self._signed_in(request)
        try:
            body: dict[str, Any] = read(request, await request.body())
        except ValueError:
            raise Mistake(400, {"code": "invalid_json", "message": "Request body has invalid json format"}) from None
        if found := mistakes(model, body):
            raise _invalid([(where, CODES[kind], text) for where, kind, text in found])
        return body

    def _find(self, id: str, *, deleted: bool = False) -> Ticket:
        ticket = self.tickets.get(int(id))
        if ticket is None:
            raise Mistake(404, {})
        if ticket.deleted and not deleted:
            raise Mistake(405, {"message": "It is deleted"})
        return ticket

    def _customer(self, email: str, company: str) -> int:
        known = next((number for number, (_, address, _) in self.customers.items() if address == email), None)
        number = known or 100 + len(self.customers)
        self.customers.setdefault(number, (email.partition("@")[0].title(), email, company))
        return number

    def _make(self, requester: int, subject: str, description: str, status: int, priority: int) -> Ticket:
        now, number = self._clock.now(), len(self.tickets) + 1
        made = Ticket(
            id=number,
            requester=requester,
            subject=subject,
            description=description,
            status=status,
            priority=priority,
            created_at=now,
            updated_at=now,
            changed_at=now,
        )
        self.tickets[number] = made
        return made

    def _line(self, ticket: Ticket, user: int, body: str, *, private: bool, incoming: bool) -> Line:
        number = 1000 + sum(len(each.lines) for each in self.tickets.values())
        line = Line(id=number, user=user, body=body, private=private, incoming=incoming, at=self._clock.now())
        ticket.lines.append(line)
        ticket.updated_at = line.at
        return line

    def _set(self, ticket: Ticket, status: int, by: str) -> None:
        before, ticket.status, now = ticket.status, status, self._clock.now()
        ticket.changed_at = ticket.updated_at = now
        if before in OVER and status not in OVER:
            ticket.reopened_at = now
        if self.webhook is None:
            return
        name = next((each for each, address in self.agents.values() if address == by), "")
        said = {
            "ticket_id": ticket.id,
            "ticket_status": self.statuses[status],
            "triggered_event": f"{{status:{{from:{self.statuses[before]},to:{self.statuses[status]}}}}}",
            "event_performer_name": name,
            "event_performer_email": by,
        }
        url, secret = self.webhook
        self._announce(url, {"X-Driftpager-Secret": secret}, json.dumps({"freshdesk_webhook": said}).encode())

    def _json(self, ticket: Ticket, includes: frozenset[str] = frozenset()) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": ticket.id,
            "subject": ticket.subject,
            "status": ticket.status,
            "priority": ticket.priority,
            "tags": ticket.tags,
            "custom_fields": ticket.fields,
            "requester_id": ticket.requester,
            "responder_id": ticket.assignee,
            "created_at": _stamp(ticket.created_at),
            "updated_at": _stamp(ticket.updated_at),
        }
        if ticket.deleted:
            found["deleted"] = True
        if "description" in includes:
            found |= {"description": ticket.description, "description_text": text_of(ticket.description)}
        people: Mapping[int, tuple[str, ...]] = {**self.agents, **self.customers}
        name, address, *company = people[ticket.requester]
        if "requester" in includes:
            found["requester"] = {"id": ticket.requester, "name": name, "email": address}
        if "company" in includes:
            found["company"] = {"id": 1, "name": company[0]} if company and company[0] else {}
        if "stats" in includes:
            over = _stamp(ticket.changed_at) if ticket.status in OVER else None
            found["stats"] = {
                "status_updated_at": _stamp(ticket.changed_at),
                "resolved_at": over,
                "closed_at": over if ticket.status == 5 else None,
                "reopened_at": _stamp(ticket.reopened_at) if ticket.reopened_at else None,
            }
        return found

    def _line_json(self, ticket: Ticket, line: Line) -> dict[str, Any]:
        return {
            "id": line.id,
            "ticket_id": ticket.id,
            "user_id": line.user,
            "body": line.body,
            "body_text": text_of(line.body),
            "private": line.private,
            "incoming": line.incoming,
            "created_at": _stamp(line.at),
            "updated_at": _stamp(line.at),
        }


def _invalid(errors: list[tuple[str, str, str]]) -> Mistake:
    named = [{"field": where, "message": text, "code": code} for where, code, text in errors]
    return Mistake(400, {"description": "Validation failed", "errors": named})


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
