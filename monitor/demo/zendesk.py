"""A stand-in for Zendesk Support: takes tickets as strictly as the real one, keeps them, and people can work in them.

`app` answers the part of the API that driftpager uses (`monitor.demo.zendesk_rest`), sends signed event
webhooks, and can be made to fail. Requests are kept in `received`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import FastAPI

from monitor.clock import Clock, SystemClock
from monitor.demo import zendesk_rest
from monitor.demo.calling import Post, post
from monitor.demo.received import Received
from monitor.demo.zendesk_ticket import Comment, Ticket, User, change, stamp
from monitor.demo.zendesk_ticket import Trouble as Trouble


class Zendesk:
    """One account. `us` is the agent whose `token` it takes; `webhook` is (url, signing secret) of one event subscription.

    `mailed` holds (address, text) of everything a customer was sent. With `assignee_required` or `required_field`, tickets are
    solved only with one; `lagging` hides what was made since from the search; `surveys` says which kind of ratings is on.
    """

    def __init__(
        self,
        *,
        token: str,
        email: str = "driftpager@example.com",
        webhook: tuple[str, str] | None = None,
        clock: Clock | None = None,
        post: Post = post,
    ) -> None:
        self.token, self.email = token, email
        self.webhook = webhook
        self.received: list[Received] = []
        self.tickets: dict[int, Ticket] = {}
        self.users: dict[int, User] = {}
        self.organizations: dict[int, str] = {}
        self.mailed: list[tuple[str, str]] = []
        self.sent: list[tuple[int, bytes]] = []
        self.ratings: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.keys: dict[str, tuple[bytes, int]] = {}
        self.troubles: deque[tuple[Trouble, int]] = deque()
        self.assignee_required = False
        self.refused_fields: frozenset[str] = frozenset()
        self.required_on_form = False
        self.lagging = False
        self.surveys = False
        self._clock = clock or SystemClock()
        self._post = post
        self._ids = 1000
        self.us = self.person("driftpager", email, role="agent")
        self.app = FastAPI(openapi_url=None)
        zendesk_rest.routes(self)

    def now(self) -> datetime:
        """What time it is there, in whole seconds as its answers have it."""
        return self._clock.now().replace(microsecond=0)

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def fail(self, how: Trouble, *, times: int = 1, retry_after: int = 0) -> None:
        """The next `times` changes fail this way; `retry_after` (seconds) goes with 429."""
        self.troubles.extend([(how, retry_after)] * times)

    # Who there is

    def person(self, name: str, email: str, *, role: str = "end-user", organization: str = "") -> User:
        """The user of an address, made where there is none."""
        known = next((each for each in self.users.values() if each.email == email), None)
        if known is not None:
            return known
        belongs = next((number for number, each in self.organizations.items() if each == organization), None)
        if organization and belongs is None:
            belongs = self.next_id()
            self.organizations[belongs] = organization
        user = User(id=self.next_id(), name=name, email=email, role=role, organization_id=belongs)
        self.users[user.id] = user
        return user

    # What people do

    def asks(self, by: User, subject: str, text: str) -> Ticket:
        """A customer writes in."""
        ticket = self.make(by.id, subject)
        self.write(ticket, by.id, text, public=True)
        return ticket

    async def comment(self, id: int, by: User, text: str, *, public: bool = False) -> int:
        """Somebody writes in a ticket; the status our webhook was answered with (0: none is configured, or it failed)."""
        ticket = self.tickets[id]
        said = self.write(ticket, by.id, text, public=public)
        author = {"id": str(by.id), "is_staff": by.role != "end-user", "name": by.name}
        event = {"comment": {"id": str(said.id), "body": text, "is_public": public, "author": author}}
        return await self.announce(ticket, "comment_added", event, by.id)

    async def set_status(self, id: int, by: User | None, status: str) -> int:
        """Somebody, or an automation of the account, changes the status."""
        ticket, actor = self.tickets[id], by.id if by else -1
        before = ticket.status
        self.audit(ticket, actor, [change(self.next_id(), "status", status, before)])
        ticket.status = status
        return await self.announce(ticket, "status_changed", {"current": status.upper(), "previous": before.upper()}, actor)

    async def assign(self, id: int, by: User, to: User) -> int:
        """Somebody gives a ticket to an agent."""
        ticket = self.tickets[id]
        before = str(ticket.assignee) if ticket.assignee else None
        self.audit(ticket, by.id, [change(self.next_id(), "assignee_id", str(to.id), before)])
        ticket.assignee = to.id
        return await self.announce(ticket, "agent_assignment_changed", {"current": str(to.id), "previous": before}, by.id)

    def delete(self, id: int) -> None:
        """Somebody deletes a ticket: the API does not show it any more."""
        del self.tickets[id]

    def rate(self, id: int, score: str, comment: str = "") -> None:
        """The customer of a ticket says how content they are: good or bad, or 1 to 5 where surveys are on."""
        ticket, at = self.tickets[id], stamp(self.now())
        if self.surveys:
            answers = [
                {"type": "rating_scale", "rating": int(score), "created_at": at, "updated_at": at},
                {"type": "open_ended", "value": comment, "created_at": at},
            ]
            subjects = [{"id": str(id), "type": "ticket", "zrn": f"zen:ticket:{id}"}]
            said = {"id": f"01SURVEY{self.next_id()}", "responder_id": ticket.requester, "subjects": subjects, "answers": answers}
            self.answers.append(said)
            return
        self.ratings.append(
            {
                "id": self.next_id(),
                "assignee_id": self.us.id,
                "group_id": 1,
                "requester_id": ticket.requester,
                "ticket_id": id,
                "score": score,
                "comment": comment,
                "created_at": at,
                "updated_at": at,
            }
        )

    # How it is kept

    def make(self, requester: int, subject: str) -> Ticket:
        """A new ticket without anything in it."""
        now = self.now()
        ticket = Ticket(id=self.next_id(), requester=requester, subject=subject, created_at=now, updated_at=now)
        self.tickets[ticket.id] = ticket
        return ticket

    def write(self, ticket: Ticket, by: int, html: str, *, public: bool, metadata: Mapping[str, Any] | None = None) -> Comment:
        """A comment, and the mail to the customer that a public one of an agent's makes Zendesk send."""
        said = Comment(id=self.next_id(), author=by, html=html, public=public, at=self.now())
        ticket.comments.append(said)
        event = {"id": said.id, "type": "Comment", "body": html, "html_body": html, "public": public, "author_id": by}
        self.audit(ticket, by, [event], metadata)
        if public and by != ticket.requester:
            self.mailed += [(to, html) for to in (self.users[ticket.requester].email, *ticket.ccs)]
        return said

    def audit(self, ticket: Ticket, by: int, events: list[dict[str, Any]], metadata: Mapping[str, Any] | None = None) -> None:
        """Keep what happened to a ticket."""
        ticket.updated_at = self.now()
        told = {"system": {}, "custom": (metadata or {}).get("custom", {})}
        said = {"id": self.next_id(), "ticket_id": ticket.id, "author_id": by, "created_at": stamp(self.now())}
        ticket.audits.append({**said, "metadata": told, "events": events, "via": {"channel": "web"}})

    async def announce(self, ticket: Ticket, what: str, event: Mapping[str, Any], actor: int) -> int:
        """Tell the subscriber."""
        if self.webhook is None:
            return 0
        url, secret = self.webhook
        detail = {
            "actor_id": str(actor),
            "external_id": ticket.external_id,
            "id": str(ticket.id),
            "requester_id": str(ticket.requester),
            "status": ticket.status.upper(),
            "subject": ticket.subject,
            "tags": ticket.tags,
            "updated_at": stamp(ticket.updated_at),
        }
        said = {
            "account_id": 1,
            "detail": detail,
            "event": event,
            "event_version": "2022-11-06",
            "id": f"event-{self.next_id()}",
            "subject": f"zen:ticket:{ticket.id}",
            "time": stamp(self.now()),
            "type": f"zen:event-type:ticket.{what}",
        }
        body = json.dumps(said).encode()
        status = await self._post(url, signed(secret, stamp(self.now()), body), body)
        self.sent.append((status, body))
        return status

    async def never(self) -> None:
        """Holds a request until the caller gives up."""
        await asyncio.Event().wait()


def signed(secret: str, at: str, body: bytes) -> dict[str, str]:
    """The headers of a webhook."""
    made = hmac.new(secret.encode(), at.encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-Zendesk-Webhook-Signature": base64.b64encode(made).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": at,
    }
