"""The API of the Zendesk stand-in: checks each request as strictly as the vendor does, and answers as it does. Long, as it is all
of that API that we use."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from monitor.demo.calling import never
from monitor.demo.received import Received
from monitor.demo.zendesk_ticket import Ticket, Trouble, change, stamp

if TYPE_CHECKING:
    from monitor.demo.zendesk import Zendesk

PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
TYPES = ("problem", "incident", "question", "task")
MOST_COMMENT_BYTES = 65_535
_MADE = {
    "comment": dict,
    "subject": str,
    "priority": str,
    "status": str,
    "type": str,
    "tags": list,
    "external_id": str,
    "requester": dict,
    "custom_fields": list,
    "group_id": int,
    "metadata": dict,
    "via_followup_source_id": int,
}
_CHANGED = {name: kind for name, kind in _MADE.items() if name not in {"requester", "via_followup_source_id"}} | {
    "email_ccs": list,
    "safe_update": bool,
    "updated_stamp": str,
}
_COMMENT = {"body": str, "html_body": str, "public": bool}


class Refused(Exception):
    """What a request is refused with: a status, and the body of the answer."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status, self.body = status, body


def routes(zendesk: Zendesk) -> None:
    """Put the paths onto the app."""
    rest = _Rest(zendesk)
    app = zendesk.app
    for method, path, handle in (
        ("GET", "/tickets", rest.listed),
        ("POST", "/tickets", rest.created),
        ("GET", "/tickets/show_many", rest.shown_many),
        ("GET", "/tickets/{id}", rest.shown),
        ("PUT", "/tickets/{id}", rest.updated),
        ("PUT", "/tickets/{id}/tags", rest.tagged),
        ("GET", "/tickets/{id}/audits", rest.audits),
        ("GET", "/users/me", rest.me),
        ("GET", "/users/show_many", rest.users),
        ("GET", "/organizations/show_many", rest.organizations),
        ("GET", "/search", rest.search),
        ("GET", "/satisfaction_ratings", rest.ratings),
        ("GET", "/guide/survey_responses", rest.survey_responses),
    ):
        app.add_api_route(f"/api/v2{path}", _checked(zendesk, handle), methods=[method], response_model=None)


def _checked(zendesk: Zendesk, handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body, status = await request.body(), 0
        try:
            changes = request.method != "GET"
            trouble, wait = zendesk.troubles.popleft() if zendesk.troubles and changes else (None, 0)
            early = _trouble(trouble, wait)
            if early is not None:
                status = early.status_code
                return early
            try:
                _authorized(zendesk, request)
                if changes and request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                    raise Refused(415, {"error": "Unsupported Media Type"})
                if trouble is Trouble.RACE:
                    _race(zendesk, request)
                response = await handle(request)
            except Refused as refused:
                response = JSONResponse(dict(refused.body), refused.status)
            if trouble is Trouble.HANG:
                return await never(request)
            status = response.status_code
            return response
        finally:
            zendesk.received.append(
                Received(
                    method=request.method,
                    path=request.url.path,
                    query=request.url.query,
                    headers=dict(request.headers),
                    body=body,
                    status=status,
                )
            )

    return answer


class _Rest:
    """The handlers, over one account."""

    def __init__(self, zendesk: Zendesk) -> None:
        self._it = zendesk

    async def listed(self, request: Request) -> Response:
        wanted = request.query_params.get("external_id")
        found = [each for each in self._it.tickets.values() if wanted is None or each.external_id == wanted]
        return JSONResponse({"tickets": [self._json(each) for each in found], "next_page": None, "count": len(found)})

    async def shown(self, request: Request) -> Response:
        return JSONResponse({"ticket": self._json(self._find(request))})

    async def shown_many(self, request: Request) -> Response:
        found = [self._json(self._it.tickets[each]) for each in _ids(request) if each in self._it.tickets]
        return JSONResponse({"tickets": found, "count": len(found)})

    async def created(self, request: Request) -> Response:
        body, key = await request.body(), request.headers.get("idempotency-key", "")
        if len(key) > 255:
            raise Refused(400, {"error": "InvalidIdempotencyKey", "description": "at most 255 characters"})
        if key in self._it.keys:
            before, number = self._it.keys[key]
            if before != body:
                raise Refused(400, {"error": "IdempotentRequestError", "description": "Request parameters are different"})
            ticket = self._it.tickets.get(number)
            shown = self._json(ticket) if ticket else {"id": number, "status": "deleted"}
            return JSONResponse({"ticket": shown}, 201, {"x-idempotency-lookup": "hit"})
        fields = _fields(body, _MADE)
        if "comment" not in fields:
            raise _invalid("comment", "Description: cannot be blank")
        self._judge(fields, None)
        ticket = self._make(fields)
        if key:
            self._it.keys[key] = (body, ticket.id)
        return JSONResponse({"ticket": self._json(ticket)}, 201, {"x-idempotency-lookup": "miss"} if key else None)

    async def updated(self, request: Request) -> Response:
        ticket, fields = self._find(request), _fields(await request.body(), _CHANGED)
        if fields.pop("safe_update", False):
            if "updated_stamp" not in fields:
                raise Refused(400, {"error": "BadRequest", "description": "updated_stamp is required"})
            self._unchanged(ticket, fields["updated_stamp"])
        fields.pop("updated_stamp", None)
        if ticket.status == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        self._judge(fields, ticket)
        self._change(ticket, fields)
        return JSONResponse({"ticket": self._json(ticket), "audit": ticket.audits[-1] if ticket.audits else None})

    async def tagged(self, request: Request) -> Response:
        ticket, said = self._find(request), _object(await request.body())
        unknown = said.keys() - {"tags", "updated_stamp", "safe_update"}
        if unknown or not isinstance(said.get("tags"), list):
            raise Refused(400, {"error": "BadRequest", "description": "tags is a list"})
        if ticket.status == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        _tags(said["tags"])
        ticket.tags = sorted({*ticket.tags, *said["tags"]})
        self._it.audit(ticket, self._it.us.id, [])
        return JSONResponse({"tags": ticket.tags})

    async def audits(self, request: Request) -> Response:
        return _page(request, "audits", self._find(request).audits)

    async def me(self, request: Request) -> Response:
        us = self._it.us
        return JSONResponse({"user": {"id": us.id, "name": us.name, "email": us.email, "role": us.role}})

    async def users(self, request: Request) -> Response:
        found = [self._it.users[each] for each in _ids(request) if each in self._it.users]
        shown = [
            {"id": each.id, "name": each.name, "email": each.email, "role": each.role, "organization_id": each.organization_id}
            for each in found
        ]
        return JSONResponse({"users": shown, "count": len(shown)})

    async def organizations(self, request: Request) -> Response:
        known = self._it.organizations
        shown = [{"id": each, "name": known[each]} for each in _ids(request) if each in known]
        return JSONResponse({"organizations": shown, "count": len(shown)})

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("query", "")
        if not query:
            raise Refused(422, {"error": "invalid", "description": "query is required"})
        found = [] if self._it.lagging else [each for each in self._it.tickets.values() if self._matches(each, query)]
        newest = sorted(found, key=lambda each: (each.created_at, each.id), reverse=True)[:100]
        shown = [{**self._json(each), "result_type": "ticket"} for each in newest]
        return JSONResponse({"results": shown, "count": len(shown), "next_page": None})

    async def ratings(self, request: Request) -> Response:
        if self._it.surveys:
            raise Refused(403, {"error": "Forbidden"})
        since, score = int(request.query_params.get("start_time", "0")), request.query_params.get("score", "")
        given = ("good", "bad") if score == "received" else (score,) if score else ("good", "bad", "offered", "unoffered")
        listed = [
            each
            for each in self._it.ratings
            if datetime.fromisoformat(each["updated_at"]).timestamp() >= since and each["score"] in given
        ]
        return _page(request, "satisfaction_ratings", listed)

    async def survey_responses(self, request: Request) -> Response:
        if not self._it.surveys:
            raise Refused(403, {"error": "Forbidden"})
        return _page(request, "survey_responses", self._it.answers)

    def _find(self, request: Request) -> Ticket:
        number = request.path_params["id"]
        found = self._it.tickets.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise Refused(404, {"error": "RecordNotFound", "description": "Not found"})
        return found

    def _judge(self, fields: Mapping[str, Any], ticket: Ticket | None) -> None:
        """Raises `Refused` for what the vendor refuses with 422."""
        for name, allowed in (("priority", PRIORITIES), ("status", STATUSES), ("type", TYPES)):
            if name in fields and (fields[name] not in allowed or name in self._it.refused_fields):
                raise _invalid(name, f"{name.capitalize()}: is invalid")
        if self._it.required_on_form and ticket is None and not fields.get("custom_fields"):
            raise _invalid("base", "Region: is required")
        solved = fields.get("status") == "solved"
        if solved and self._it.assignee_required and (ticket is None or ticket.assignee is None):
            raise _invalid("assignee", "Assignee: is required when solving a ticket")
        _tags(fields.get("tags", []))
        for each in fields.get("custom_fields", []):
            if set(each) != {"id", "value"} or not isinstance(each["id"], int):
                raise Refused(400, {"error": "BadRequest", "description": "custom_fields are {id, value}"})
        for each in fields.get("email_ccs", []):
            if set(each) != {"user_email", "action"} or "@" not in each["user_email"] or "email_ccs" in self._it.refused_fields:
                raise _invalid("email_ccs", "is invalid")
        if "requester" in fields and not re.fullmatch(r"[^@\s]+@[^@\s]+", str(fields["requester"].get("email", ""))):
            raise _invalid("requester", "Requester: Email: is not properly formatted")
        source = fields.get("via_followup_source_id")
        if source is not None and (source not in self._it.tickets or self._it.tickets[source].status != "closed"):
            raise _invalid("via_followup_source_id", "is not a closed ticket")
        comment = fields.get("comment")
        if comment is not None:
            if unknown := comment.keys() - _COMMENT.keys():
                raise Refused(400, {"error": "BadRequest", "description": f"comment has no {min(unknown)}"})
            said = comment.get("html_body", comment.get("body"))
            if not isinstance(said, str) or not said or not isinstance(comment.get("public", True), bool):
                raise _invalid("comment", "Comment: cannot be blank")
            if len(said.encode()) > MOST_COMMENT_BYTES:
                raise _invalid("comment", "Comment: is too long")

    def _make(self, fields: Mapping[str, Any]) -> Ticket:
        requester = fields.get("requester")
        by = self._it.person(requester["name"], requester["email"]).id if requester else self._it.us.id
        ticket = self._it.make(by, fields.get("subject", ""))
        ticket.status, ticket.priority = fields.get("status", "new"), fields.get("priority")
        ticket.type, ticket.external_id = fields.get("type"), fields.get("external_id")
        ticket.group_id, ticket.follows = fields.get("group_id"), fields.get("via_followup_source_id")
        ticket.tags = sorted(fields.get("tags", []))
        ticket.custom_fields = {each["id"]: each["value"] for each in fields.get("custom_fields", [])}
        self._comment(ticket, fields)
        return ticket

    def _change(self, ticket: Ticket, fields: Mapping[str, Any]) -> None:
        events = [
            change(self._it.next_id(), name, fields[name], getattr(ticket, name))
            for name in ("status", "priority", "subject", "type", "external_id")
            if name in fields and fields[name] != getattr(ticket, name)
        ]
        for event in events:
            setattr(ticket, event["field_name"], event["value"])
        for each in fields.get("email_ccs", []):
            if each["action"] == "put" and each["user_email"] not in ticket.ccs:
                ticket.ccs.append(each["user_email"])
        if "tags" in fields:
            ticket.tags = sorted(fields["tags"])  # replaced, as the vendor does
        if events or "comment" not in fields:
            self._it.audit(ticket, self._it.us.id, events, fields.get("metadata"))
        self._comment(ticket, fields)

    def _comment(self, ticket: Ticket, fields: Mapping[str, Any]) -> None:
        comment = fields.get("comment")
        if comment is not None:
            said, public = comment.get("html_body", comment.get("body")), comment.get("public", True)
            self._it.write(ticket, self._it.us.id, said, public=public, metadata=fields.get("metadata"))

    def _unchanged(self, ticket: Ticket, given: str) -> None:
        if given != stamp(ticket.updated_at):
            raise Refused(409, {"error": "UpdateConflict", "description": "Safe Update prevented the update"})

    def _matches(self, ticket: Ticket, query: str) -> bool:
        """The words and the few keywords of the vendor's search that anybody here uses."""
        words = re.findall(r'"([^"]+)"', query)
        said = " ".join([ticket.subject, *(each.html for each in ticket.comments)]).casefold()
        since = re.search(r"created>=(\S+)", query)
        without = re.findall(r"(?<!\S)-tags:(\S+)", query)
        return (
            all(word.casefold() in said for word in words)
            and ("status<solved" not in query or STATUSES.index(ticket.status) < STATUSES.index("solved"))
            and (since is None or ticket.created_at >= datetime.fromisoformat(since[1]))
            and not set(without) & set(ticket.tags)
        )

    def _json(self, ticket: Ticket) -> dict[str, Any]:
        requester = self._it.users[ticket.requester]
        return {
            "id": ticket.id,
            "url": f"https://example.zendesk.com/api/v2/tickets/{ticket.id}.json",
            "subject": ticket.subject,
            "status": ticket.status,
            "priority": ticket.priority,
            "type": ticket.type,
            "external_id": ticket.external_id,
            "requester_id": ticket.requester,
            "submitter_id": self._it.us.id,
            "assignee_id": ticket.assignee,
            "organization_id": requester.organization_id,
            "group_id": ticket.group_id,
            "tags": ticket.tags,
            "created_at": stamp(ticket.created_at),
            "updated_at": stamp(ticket.updated_at),
        }


def _trouble(trouble: Any, wait: int) -> Response | None:
    match trouble:
        case "rate-limited":
            return JSONResponse({"error": "TooManyRequests"}, 429, {"Retry-After": str(wait)} if wait else None)
        case "server-error":
            return JSONResponse({"error": "Internal Server Error"}, 500)
        case "forbidden":
            return JSONResponse({"error": "Forbidden"}, 403)
        case "unreadable":
            return Response("<html>Sign in</html>", 200, media_type="text/html")
    return None


def _race(zendesk: Zendesk, request: Request) -> None:
    """Somebody changes the ticket a second before."""
    ticket = zendesk.tickets.get(int(request.path_params.get("id", "0")))
    if ticket is not None:
        ticket.updated_at += timedelta(seconds=1)


def _authorized(zendesk: Zendesk, request: Request) -> None:
    basic = base64.b64encode(f"{zendesk.email}/token:{zendesk.token}".encode()).decode()
    if request.headers.get("authorization") not in (f"Basic {basic}", f"Bearer {zendesk.token}"):
        raise Refused(401, {"error": "Couldn't authenticate you"})


def _fields(body: bytes, known: Mapping[str, type]) -> dict[str, Any]:
    """The ticket of a body. Raises `Refused` for anything the API does not know, or of another type."""
    said = _object(body)
    fields = said.get("ticket")
    if said.keys() != {"ticket"} or not isinstance(fields, dict):
        raise Refused(400, {"error": {"title": "Invalid attribute", "message": "You passed an invalid value for ticket"}})
    for name, value in fields.items():
        if name not in known or type(value) is not known[name]:
            text = f"You passed an invalid value for the {name} attribute"
            raise Refused(400, {"error": {"title": "Invalid attribute", "message": text}})
    return fields


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Refused(400, {"error": "Unprocessable JSON"})
    return said


def _tags(tags: Sequence[Any]) -> None:
    if not all(isinstance(tag, str) and tag and not re.search(r"[\s,]", tag) for tag in tags):
        raise _invalid("tags", "Tags: are invalid")


def _ids(request: Request) -> Iterable[int]:
    ids = request.query_params.get("ids", "").split(",")
    if len(ids) > 100 or not all(each.isdecimal() for each in ids):
        raise Refused(400, {"error": "BadRequest", "description": "ids are up to 100 numbers"})
    return [int(each) for each in ids]


def _page(request: Request, name: str, found: Sequence[Any]) -> Response:
    size, after = int(request.query_params.get("page[size]", "100")), int(request.query_params.get("page[after]", "0"))
    if not 1 <= size <= 100:
        raise Refused(400, {"error": "InvalidPaginationParameter"})
    more = len(found) > after + size
    meta = {"has_more": more, "after_cursor": str(after + size) if more else None}
    return JSONResponse({name: list(found[after : after + size]), "meta": meta})


def _invalid(name: str, text: str) -> Refused:
    details = {name: [{"description": text, "error": "InvalidValue"}]}
    return Refused(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})
