"""Freshdesk's API v2 as far as we need it: one call each, refusals told with the fields they name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from alerts.answers import refusal
from alerts.channels import Http
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.json_api import Answer, JsonApi, final

WHO = "Freshdesk"
PAGE = 100
MOST_PAGES = 5
_REFUSED = frozenset({400})
_GONE = frozenset({404, 405})
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What we read of a ticket. Times are aware UTC; `changed_at` is when its status changed last, where it was asked for.
    `assignee` is an agent's id, 0 for nobody."""

    id: int
    status: int
    tags: tuple[str, ...]
    updated_at: datetime
    assignee: int = 0
    changed_at: datetime | None = None
    reopened_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A note or reply in a ticket. `incoming`: a customer wrote it. `text` is plain."""

    id: int
    user: int
    incoming: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An agent or a contact."""

    id: int
    name: str
    email: str


def api(base_url: str, key: SecretStr, http: Http, seconds: float, *, private: bool) -> JsonApi:
    """The API of one account, with its agent's key."""
    credentials = base64.b64encode(f"{key.get_secret_value()}:X".encode()).decode()
    headers = {"authorization": f"Basic {credentials}"}
    return JsonApi(who=WHO, base=f"{base_url}/api/v2", headers=headers, http=http, seconds=seconds, private=private)


@contextmanager
def as_described() -> Iterator[None]:
    """Around the reading of an answer: raises `Undelivered` where it is not as the vendor describes."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        text = f"{WHO}'s answer is not as described ({type(error).__name__})"
        raise Undelivered(text, reason=Reason.SERVER, unknown=True) from None


async def create(api: JsonApi, body: Mapping[str, Any]) -> Ticket:
    """A new ticket. A refusal names the fields, where the vendor does: mandatory ones are set in the configuration."""
    answer = await api.call("POST", "/tickets", body, expect=_REFUSED)
    if answer.status == 400:
        named = "; ".join(f"{field} ({code})" for field, code in mistakes(answer))
        hint = f": {named}. What every ticket of your account needs is set under 'fields', 'type' and 'group'" if named else ""
        raise final(f"{WHO} refused the ticket (400){hint}")
    with as_described():
        return _ticket(answer.body)


async def ticket(api: JsonApi, id: str) -> Ticket | None:
    """With its times; None for one that is not there any more, was deleted or is taken for spam."""
    answer = await api.call("GET", f"/tickets/{int(id)}", query={"include": "stats"}, expect=_GONE)
    if answer.status in _GONE:
        return None
    with as_described():
        gone = bool(answer.body.get("deleted")) or bool(answer.body.get("spam"))
        return None if gone else _ticket(answer.body)


async def find(api: JsonApi, requester: str, tag: str) -> Ticket | None:
    """The newest ticket of a requester with a tag, of the last 30 days. By the list: the search lags minutes behind."""
    for number in range(1, MOST_PAGES + 1):
        found = await tickets(api, email=requester, page=str(number), order_by="created_at", order_type="desc")
        for each in found:
            if tag in each.tags:
                return each
        if len(found) < PAGE:
            break
    return None


async def tickets(api: JsonApi, **query: str) -> list[Ticket]:
    """One page of the list; deleted ones and spam are not in it."""
    answer = await api.call("GET", "/tickets", query={"per_page": str(PAGE), **query}, expect=_REFUSED)
    if answer.status == 400:
        if [field for field, _ in mistakes(answer)] == ["email"]:  # a requester nobody knows yet has no tickets
            return []
        raise refusal(WHO, 400, None)
    with as_described():
        return [_ticket(each) for each in _list(answer.body)]


async def change(api: JsonApi, id: int, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Bring a ticket to that, or to as much of it as is taken; a line for each thing that is not, empty for none."""
    answer = await api.call("PUT", f"/tickets/{id}", dict(wanted), expect=_REFUSED)
    if answer.status != 400:
        return ()
    named = dict(mistakes(answer))
    # A field that is not among ours is one that the new status makes mandatory.
    dropped = named.keys() & wanted.keys() if named.keys() & wanted.keys() else {"status"}
    rest = {name: value for name, value in wanted.items() if name not in dropped}
    if rest and rest != dict(wanted):
        again = await api.call("PUT", f"/tickets/{id}", rest, expect=_REFUSED)
        dropped = dropped if again.status != 400 else set(wanted)
    why = ", ".join(f"{field} is {code}" for field, code in named.items()) or "it does not say why"
    return (f"{WHO} did not take {', '.join(sorted(dropped))} of this ticket: {why}",)


async def note(api: JsonApi, id: int, body: str) -> None:
    """A private note."""
    await api.call("POST", f"/tickets/{id}/notes", {"body": body, "private": True})


async def reply(api: JsonApi, id: int, body: str) -> None:
    """A public reply, which is mailed to the customer."""
    await api.call("POST", f"/tickets/{id}/reply", {"body": body})


async def conversations(api: JsonApi, id: int) -> list[Said]:
    """Every note and reply of a ticket, oldest first, the first 500."""
    found: list[Said] = []
    for number in range(1, MOST_PAGES + 1):
        query = {"per_page": str(PAGE), "page": str(number)}
        answer = await api.call("GET", f"/tickets/{id}/conversations", query=query, expect=_GONE)
        with as_described():
            page = [] if answer.status in _GONE else [_said(each) for each in _list(answer.body)]
        found += page
        if len(page) < PAGE:
            break
    return found


async def me(api: JsonApi) -> tuple[Person, Mapping[str, Any]]:
    """The agent whose key it is, and all that is told of them."""
    answer = await api.call("GET", "/agents/me")
    with as_described():
        return _person(answer.body["id"], answer.body["contact"]), answer.body


async def person(api: JsonApi, id: int, *, customer: bool) -> Person:
    """Who that is; a number where we may not know."""
    try:
        answer = await api.call("GET", f"/{'contacts' if customer else 'agents'}/{id}")
    except Undeliverable:
        return Person(id=id, name=f"user {id}", email="")
    with as_described():
        return _person(id, answer.body if customer else answer.body["contact"])


def mistakes(answer: Answer) -> Sequence[tuple[str, str]]:
    """(field, code) of a refusal, as far as they are plain words."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    found = []
    for each in errors if isinstance(errors, list) else ():
        field, code = (str(each.get(name, "")) if isinstance(each, dict) else "" for name in ("field", "code"))
        if _NAME.fullmatch(field):
            found.append((field, code if _NAME.fullmatch(code) else "refused"))
    return found[:10]


def moment(text: str) -> datetime:
    """An aware UTC time from ISO 8601. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _ticket(raw: Mapping[str, Any]) -> Ticket:
    stats = raw.get("stats") or {}
    changed, reopened = stats.get("status_updated_at"), stats.get("reopened_at")
    return Ticket(
        id=int(raw["id"]),
        status=int(raw["status"]),
        tags=tuple(map(str, raw.get("tags") or ())),
        updated_at=moment(raw["updated_at"]),
        assignee=int(raw.get("responder_id") or 0),
        changed_at=moment(changed) if changed else None,
        reopened_at=moment(reopened) if reopened else None,
    )


def _said(raw: Mapping[str, Any]) -> Said:
    return Said(
        id=int(raw["id"]),
        user=int(raw["user_id"]),
        incoming=bool(raw.get("incoming")),
        text=str(raw.get("body_text") or ""),
        at=moment(raw["created_at"]),
    )


def _person(id: int, raw: Mapping[str, Any]) -> Person:
    return Person(id=int(id), name=str(raw.get("name") or f"user {id}")[:200], email=str(raw.get("email") or "")[:320])


def _list(body: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(body, list):
        raise TypeError("no list")
    return body
