"""A stand-in for Intercom: one workspace with tickets, conversations, teammates and customers, strict, and people who act in it.

It shows what customers were sent (`sent_to`), signs the webhooks of its app, and its search lags by
`lag`. Long, as it is one workspace with one state.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from alerts.html import text_of
from monitor.clock import Clock
from monitor.demo.calling import Post
from monitor.demo.helpdesk import HelpDesk, Mistake, mistakes, read
from monitor.demo.intercom_wire import CODES, Answer, NewTag, NewTicket, Search, Tagging, TicketChange

BACK_OFFICE, CUSTOMER = "31", "32"
STATES: Mapping[str, str] = {"501": "submitted", "502": "in_progress", "503": "waiting_on_customer", "504": "resolved"}


@dataclass(slots=True, kw_only=True)
class Part:
    """One thing that happened. `author` is (type, id)."""

    id: int
    kind: str
    author: tuple[str, str]
    at: datetime
    body: str = ""
    before: str = ""
    after: str = ""


@dataclass(slots=True, kw_only=True)
class Thread:
    """A ticket, or a conversation (`type` empty)."""

    id: int
    type: str
    contact: str
    created_at: datetime
    attributes: dict[str, Any] = field(default_factory=dict)
    state: str = "501"
    open: bool = True
    company: str = ""
    body: str = ""
    rating: tuple[int, str, datetime] | None = None
    linked: str = ""
    tags: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def category(self) -> str:
        return STATES[self.state]

    @property
    def notes(self) -> list[str]:
        """The notes, as read."""
        return [text_of(part.body) for part in self.parts if part.kind == "note"]


class Intercom(HelpDesk):
    """`token` is that of teammate 7, `driftpager`; 8 is Ana. `webhook` is (url, client secret). `attributes` are those both types
    of tickets have, by name; the search knows what was there a `lag` ago."""

    def __init__(
        self,
        *,
        token: str,
        webhook: tuple[str, str] | None = None,
        attributes: tuple[str, ...] = ("driftpager",),
        lag: timedelta = timedelta(),
        clock: Clock | None = None,
        post: Post | None = None,
    ) -> None:
        super().__init__(clock=clock, post=post)
        self.token, self.webhook, self.lag = token, webhook, lag
        self.attributes = {name: str(900 + number) for number, name in enumerate(attributes)}
        self.admins = {"7": ("driftpager", "driftpager@example.com"), "8": ("Ana", "ana@example.com")}
        self.contacts: dict[str, tuple[str, str]] = {}
        self.tags: dict[str, str] = {}
        self.threads: dict[str, Thread] = {}
        self.states = dict(STATES)
        self.sent_to: list[tuple[str, str]] = []
        self._count = 0
        for method, path, handler in (
            ("GET", "/me", self._me),
            ("POST", "/tickets", self._create),
            ("POST", "/tickets/search", self._search_tickets),
            ("POST", "/conversations/search", self._search_conversations),
            ("GET", "/tickets/{id}", self._show),
            ("PUT", "/tickets/{id}", self._change),
            ("GET", "/conversations/{id}", self._show),
            ("POST", "/tickets/{id}/reply", self._reply),
            ("POST", "/conversations/{id}/reply", self._reply),
            ("POST", "/tickets/{id}/tags", self._tagged),
            ("POST", "/tags", self._tag),
            ("GET", "/ticket_states", self._states),
            ("GET", "/ticket_types/{id}", self._type),
            ("GET", "/contacts/{id}", self._contact),
        ):
            self.app.add_api_route(path, handler, methods=[method])

    # What goes wrong

    def reset_in(self, seconds: int) -> None:
        """The next request is told that its window is used up, and when the next begins: as a moment, without Retry-After."""
        at = str(int(self._clock.now().timestamp()) + seconds)
        self.refuse(429, {"type": "error.list", "errors": [{"code": "rate_limit_exceeded"}]}, {"X-RateLimit-Reset": at})

    # What people see and do

    @property
    def tickets(self) -> list[Thread]:
        """In the order they were made."""
        return [each for each in self.threads.values() if each.type]

    def converse(self, email: str, text: str, *, company: str = "") -> Thread:
        """A customer begins a conversation."""
        return self._make("", self._person(email), company=company, body=f"<p>{text}</p>")

    def request(self, email: str, title: str, text: str = "") -> Thread:
        """A customer opens a ticket."""
        made = self._make(CUSTOMER, self._person(email))
        made.attributes = {"_default_title_": title, "_default_description_": text}
        return made

    def write(self, thread: Thread, by: str, text: str, *, kind: str = "note") -> None:
        """Somebody, by address, leaves a note or comment; the app's webhook leaves."""
        admin = next((number for number, (_, address) in self.admins.items() if address == by), "")
        author = ("admin", admin) if admin else ("user", self._person(by))
        topic = "ticket.note.created" if kind == "note" else f"ticket.{'admin' if admin else 'contact'}.replied"
        self._announced(thread, self._part(thread, kind if admin else "comment", author, body=f"<p>{text}</p>"), topic)

    def set_state(self, ticket: Thread, state: str, by: str = "", *, bot: bool = False) -> None:
        """A teammate (by address) or a workflow gives a ticket another state."""
        admin = next((number for number, (_, address) in self.admins.items() if address == by), "")
        self._set(ticket, state, ("bot", "1") if bot else ("admin", admin))

    def close(self, conversation: Thread, by: str) -> None:
        """A teammate closes a conversation."""
        admin = next(number for number, (_, address) in self.admins.items() if address == by)
        conversation.open = False
        self._part(conversation, "close", ("admin", admin))

    # The API

    async def _me(self, request: Request) -> JSONResponse:
        self._signed_in(request)
        name, address = self.admins["7"]
        return JSONResponse(
            {"type": "admin", "id": "7", "name": name, "email": address, "app": {"id_code": "ws1", "name": "Acme"}}
        )

    async def _create(self, request: Request) -> JSONResponse:
        wanted = await self._body(request, NewTicket)
        if wanted["ticket_type_id"] not in (BACK_OFFICE, CUSTOMER):
            raise _error(404, "ticket_type_not_found", "Resource not found")
        self._attributed(wanted["ticket_attributes"])
        made = self._make(wanted["ticket_type_id"], self._person(wanted["contacts"][0]["email"]))
        made.attributes = dict(wanted["ticket_attributes"])
        return JSONResponse(self._json(made))

    async def _show(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        return JSONResponse(self._json(self._find(request, id)))

    async def _change(self, request: Request, id: str) -> JSONResponse:
        ticket, wanted = self._find(request, id), await self._body(request, TicketChange)
        self._attributed(wanted.get("ticket_attributes") or {})
        state = wanted.get("ticket_state_id") or ticket.state
        if state not in self.states or str(wanted.get("admin_id") or "7") not in self.admins:
            raise _error(400, "parameter_invalid", "Ticket state id is not valid", "ticket_state_id")
        ticket.attributes |= wanted.get("ticket_attributes") or {}
        if state != ticket.state:
            self._set(ticket, state, ("admin", str(wanted.get("admin_id") or "7")))
        ticket.open = wanted.get("open", ticket.open)
        return JSONResponse(self._json(ticket))

    async def _reply(self, request: Request, id: str) -> JSONResponse:
        thread, wanted = self._find(request, id), await self._body(request, Answer)
        if wanted["admin_id"] not in self.admins:
            raise _error(404, "admin_not_found", "Admin for admin_id not found")
        part = self._part(thread, wanted["message_type"], ("admin", wanted["admin_id"]), body=wanted["body"])
        if part.kind == "comment":
            self.sent_to.append((self.contacts[thread.contact][1], text_of(part.body)))
        topic = "ticket.note.created" if part.kind == "note" else "ticket.admin.replied"
        self._announced(thread, part, topic)
        return JSONResponse(self._part_json(part, "ticket" if thread.type else "conversation"))

    async def _tag(self, request: Request) -> JSONResponse:
        name = (await self._body(request, NewTag))["name"]
        number = self.tags.setdefault(name, str(600 + len(self.tags)))
        return JSONResponse({"type": "tag", "id": number, "name": name})

    async def _tagged(self, request: Request, id: str) -> JSONResponse:
        ticket, wanted = self._find(request, id), await self._body(request, Tagging)
        name = next((name for name, number in self.tags.items() if number == wanted["id"]), None)
        if name is None:
            raise _error(404, "tag_not_found", "Tag not found")
        ticket.tags.append(name)
        return JSONResponse({"type": "tag", "id": wanted["id"], "name": name})

    async def _states(self, request: Request) -> JSONResponse:
        self._signed_in(request)
        types = {"type": "list", "data": [{"type": "ticket_type", "id": each} for each in (BACK_OFFICE, CUSTOMER)]}
        elsewhere = {"type": "list", "data": [{"type": "ticket_type", "id": "99"}]}
        listed: list[dict[str, Any]] = [{"id": "401", "category": "resolved", "archived": True, "ticket_types": types}]
        listed += [{"id": f"30{n}", "category": each, "ticket_types": elsewhere} for n, each in enumerate(STATES.values())]
        listed += [
            {"id": number, "category": each, "archived": False, "ticket_types": types} for number, each in self.states.items()
        ]
        return JSONResponse({"type": "list", "data": [{"type": "ticket_state", **each} for each in listed]})

    async def _type(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        if id not in (BACK_OFFICE, CUSTOMER):
            raise _error(404, "ticket_type_not_found", "Resource not found")
        names = {"_default_title_": "1", "_default_description_": "2", **self.attributes}
        listed = [
            {"type": "ticket_type_attribute", "id": number, "name": name, "archived": False} for name, number in names.items()
        ]
        category = "Back-office" if id == BACK_OFFICE else "Customer"
        attributes = {"type": "list", "data": listed}
        return JSONResponse({"type": "ticket_type", "id": id, "category": category, "ticket_type_attributes": attributes})

    async def _contact(self, request: Request, id: str) -> JSONResponse:
        self._signed_in(request)
        if id not in self.contacts:
            raise _error(404, "not_found", "User Not Found")
        name, address = self.contacts[id]
        return JSONResponse({"type": "contact", "id": id, "name": name, "email": address})

    async def _search_tickets(self, request: Request) -> JSONResponse:
        return await self._searched(request, "tickets", lambda each: bool(each.type))

    async def _search_conversations(self, request: Request) -> JSONResponse:
        return await self._searched(request, "conversations", lambda each: not each.type)

    async def _searched(self, request: Request, what: str, sort: Callable[[Thread], bool]) -> JSONResponse:
        wanted = await self._body(request, Search)
        known = [each for each in self.threads.values() if sort(each) and each.created_at + self.lag <= self._clock.now()]
        found = [self._json(each) for each in known if self._matches(each, wanted["query"])]
        paging = wanted.get("pagination", {})
        most, first = paging.get("per_page", 20), int(paging.get("starting_after") or 0)
        after = {"next": {"per_page": most, "starting_after": str(first + most)}} if len(found) > first + most else {}
        pages = {"type": "pages", "per_page": most, **after}
        shown = found[first : first + most]
        return JSONResponse({"type": f"{what[:-1]}.list", what: shown, "total_count": len(found), "pages": pages})

    # Behind it

    def _matches(self, thread: Thread, query: Mapping[str, Any]) -> bool:
        if "field" not in query:
            return (all if query["operator"] == "AND" else any)(self._matches(thread, each) for each in query["value"])
        name, value = query["field"], query["value"]
        if name.startswith("ticket_attribute."):
            names = {number: each for each, number in self.attributes.items()}
            if name.partition(".")[2] not in names:
                raise _error(400, "parameter_invalid", "unknown attribute", "field")
            return bool(thread.attributes.get(names[name.partition(".")[2]]) == value)
        has: dict[str, Any] = {
            "created_at": int(thread.created_at.timestamp()),
            "open": thread.open,
            "category": "request" if thread.type == CUSTOMER else "task",
            "title": thread.attributes.get("_default_title_", ""),
            "description": thread.attributes.get("_default_description_", ""),
            "source.body": text_of(thread.body),
            "conversation_rating.replied_at": int(thread.rating[2].timestamp()) if thread.rating else None,
        }
        if name not in has:
            raise _error(400, "parameter_invalid", "unknown field", "field")
        if query["operator"] == ">":
            return has[name] is not None and bool(has[name] >= value)
        return str(value).casefold() in str(has[name]).casefold() if query["operator"] == "~" else bool(has[name] == value)

    def _signed_in(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise _error(401, "unauthorized", "Access Token Invalid")
        if request.headers.get("intercom-version") != "2.16":
            raise _error(400, "intercom_version_invalid", "The requested version could not be found")

    async def _body(self, request: Request, model: type[BaseModel]) -> dict[str, Any]:
        self._signed_in(request)
        try:
            body: dict[str, Any] = read(request, await request.body())
        except ValueError:
            raise _error(400, "bad_request", "bad content type or JSON") from None
        for where, kind, text in mistakes(model, body):
            raise _error(400, CODES[kind], text, where)
        return body

    def _attributed(self, given: Mapping[str, Any]) -> None:
        for name in given:
            if name not in ("_default_title_", "_default_description_") and name not in self.attributes:
                raise _error(400, "parameter_invalid", f"Ticket type has no attribute {name}", "ticket_attributes")

    def _find(self, request: Request, id: str) -> Thread:
        found = self.threads.get(id)
        if found is None or bool(found.type) != request.url.path.startswith("/tickets"):
            raise _error(404, "ticket_not_found", "Resource not found")
        return found

    def _person(self, email: str) -> str:
        known = next((each for each, (_, address) in self.contacts.items() if address == email), None)
        contact = known or f"c{len(self.contacts):023}"
        self.contacts.setdefault(contact, (email.partition("@")[0].title(), email))
        return contact

    def _make(self, type: str, contact: str, *, company: str = "", body: str = "") -> Thread:
        number = 2000 + len(self.threads)
        made = Thread(id=number, type=type, contact=contact, created_at=self._clock.now(), company=company, body=body)
        self.threads[str(number)] = made
        return made

    def _part(self, thread: Thread, kind: str, author: tuple[str, str], **more: str) -> Part:
        self._count += 1
        part = Part(id=self._count, kind=kind, author=author, at=self._clock.now(), **more)
        thread.parts.append(part)
        return part

    def _set(self, ticket: Thread, state: str, author: tuple[str, str]) -> None:
        before, ticket.state = ticket.category, state
        part = self._part(ticket, "ticket_state_updated_by_admin", author, before=before, after=ticket.category)
        self._announced(ticket, part, "ticket.state.updated")

    def _announced(self, thread: Thread, part: Part, topic: str) -> None:
        if self.webhook is None or not thread.type:
            return
        url, secret = self.webhook
        item = self._json(thread) | {
            "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [self._part_json(part, "ticket")]}
        }
        said = {
            "type": "notification_event",
            "app_id": "ws1",
            "id": f"notif_{self._count:08}",
            "topic": topic,
            "created_at": int(part.at.timestamp()),
            "data": {"type": "notification_event_data", "item": item},
        }
        body = json.dumps(said).encode()
        self._announce(url, {"X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}, body)

    def _json(self, thread: Thread) -> dict[str, Any]:
        kind = "ticket" if thread.type else "conversation"
        parts = [self._part_json(part, kind) for part in thread.parts]
        said: dict[str, Any] = {
            "type": kind,
            "id": str(thread.id),
            "open": thread.open,
            "created_at": int(thread.created_at.timestamp()),
            "updated_at": int(self._clock.now().timestamp()),
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": thread.contact}]},
            f"{kind}_parts": {"type": f"{kind}_part.list", f"{kind}_parts": parts, "total_count": len(parts)},
        }
        if thread.type:
            state = {"type": "ticket_state", "id": thread.state, "category": thread.category}
            attributes = dict.fromkeys(self.attributes) | thread.attributes
            return said | {
                "ticket_id": str(thread.id - 1000),
                "ticket_state": state,
                "ticket_type": {"type": "ticket_type", "id": thread.type},
                "ticket_attributes": attributes,
            }
        name, address = self.contacts[thread.contact]
        rating = None
        if thread.rating is not None:
            stars, remark, at = thread.rating
            moments = {"created_at": int(thread.created_at.timestamp()), "updated_at": int(at.timestamp())}
            rating = {"rating": stars, "remark": remark, **moments}
        return said | {
            "source": {"body": thread.body, "author": {"type": "user", "id": thread.contact, "name": name, "email": address}},
            "company": {"name": thread.company} if thread.company else None,
            "conversation_rating": rating,
            "linked_objects": {"type": "list", "data": [{"type": "ticket", "id": thread.linked}] if thread.linked else []},
        }

    def _part_json(self, part: Part, kind: str) -> dict[str, Any]:
        sort, number = part.author
        name, address = {**self.admins, **self.contacts}.get(number, ("Operator", "operator@intercom.io"))
        said: dict[str, Any] = {
            "type": f"{kind}_part",
            "id": str(part.id),
            "part_type": part.kind,
            "body": part.body or None,
            "created_at": int(part.at.timestamp()),
            "updated_at": int(part.at.timestamp()),
            "author": {"type": sort, "id": number, "name": name, "email": address},
        }
        return said | ({"previous_ticket_state": part.before, "ticket_state": part.after} if part.after else {})


def _error(status: int, code: str, message: str, where: str = "") -> Mistake:
    named = {"code": code, "message": message} | ({"field": where} if where else {})
    return Mistake(status, {"type": "error.list", "request_id": "b1", "errors": [named]})
