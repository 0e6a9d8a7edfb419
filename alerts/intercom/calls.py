"""Intercom's REST API as far as we need it: one call each, with the version of the API named in every one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from alerts.answers import refusal
from alerts.channels import Http
from alerts.errors import Reason, Undelivered
from alerts.json_api import Answer, JsonApi, final, segment

WHO = "Intercom"
VERSION = "2.16"
PAGE = 150
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,60}")
_REFUSED, _GONE, _SLOW = frozenset({400, 422}), frozenset({404}), frozenset({429})
_LONGEST = timedelta(minutes=1)
"""Calls are dealt out in windows of ten seconds; a wish beyond this is mistaken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A ticket, or a conversation with a customer. As text, `123` or `conversation:123`."""

    kind: str
    id: str

    @classmethod
    def of(cls, reference: str) -> Place | None:
        """Back from the text; None where it is neither."""
        kind, _, number = reference.rpartition(":")
        known = kind in ("", "conversation") and re.fullmatch(r"\d{1,30}", number)
        return cls(kind=kind or "ticket", id=number) if known else None

    def __str__(self) -> str:
        return self.id if self.kind == "ticket" else f"{self.kind}:{self.id}"

    @property
    def path(self) -> str:
        return f"/{self.kind}s/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that happened in a ticket or conversation. `before` and `after` are categories of its state, empty where it was
    not changed; `author` is a person's id, empty for a bot or a team."""

    id: str
    kind: str
    text: str
    author: str
    name: str
    email: str
    at: datetime
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What we read of a ticket or conversation. `category` is that of a ticket's state, `type` the id of its type."""

    place: Place
    category: str = ""
    type: str = ""
    attributes: Mapping[str, Any]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One workspace, spoken to as the teammate `admin`."""

    json: JsonApi
    admin: str
    now: datetime

    async def call(self, method: str, path: str, body: object = None, expect: frozenset[int] = frozenset()) -> Answer:
        """One call. When to come back is told as a moment, where there is no Retry-After."""
        answer = await self.json.call(method, path, body, expect=expect | _SLOW)
        if answer.status in _SLOW:
            raise refusal(WHO, answer.status, answer.retry_after or _until(answer.headers.get("x-ratelimit-reset", ""), self.now))
        return answer


def api(base_url: str, token: SecretStr, admin: str, http: Http, now: datetime, seconds: float, *, private: bool) -> Api:
    """The API of one workspace."""
    headers = {"authorization": f"Bearer {token.get_secret_value()}", "intercom-version": VERSION}
    json = JsonApi(who=WHO, base=base_url, headers=headers, http=http, seconds=seconds, private=private)
    return Api(json=json, admin=admin, now=now)


@contextmanager
def as_described() -> Iterator[None]:
    """Around the reading of an answer: raises `Undelivered` where it is not as the vendor describes."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        text = f"{WHO}'s answer is not as described ({type(error).__name__})"
        raise Undelivered(text, reason=Reason.SERVER, unknown=True) from None


async def create(api: Api, body: Mapping[str, Any]) -> Thread:
    """A new ticket. A refusal names the fields, where the vendor does."""
    answer = await api.call("POST", "/tickets", body, _REFUSED | _GONE)
    if answer.status in _REFUSED | _GONE:
        hint = "check ticket_type, and that it has the attributes that are configured"
        raise final(f"{WHO} refused the ticket ({answer.status}{mistakes(answer)}): {hint}")
    with as_described():
        return thread(answer.body)


async def get(api: Api, place: Place) -> Thread | None:
    """None for one that is not there any more."""
    answer = await api.call("GET", place.path, None, _GONE)
    if answer.status in _GONE:
        return None
    with as_described():
        return thread(answer.body)


async def search(api: Api, what: str, query: Mapping[str, Any], most: int) -> Sequence[Mapping[str, Any]]:
    """The first `most` tickets or conversations of a query, as they come. What was just written may not be found yet."""
    found: list[Mapping[str, Any]] = []
    after: dict[str, str] = {}
    while len(found) < most:
        body = {"query": query, "pagination": {"per_page": min(most, PAGE), **after}}
        answer = await api.call("POST", f"/{what}/search", body)
        with as_described():
            found += answer.body[what]
            cursor = ((answer.body.get("pages") or {}).get("next") or {}).get("starting_after")
        if not cursor or not answer.body[what]:
            break
        after = {"starting_after": str(cursor)}
    return found[:most]


async def attributes(api: Api, ticket_type: str) -> tuple[str, Mapping[str, str]]:
    """(category, id of each attribute by its name) of a type of tickets."""
    answer = await api.call("GET", f"/ticket_types/{segment(ticket_type)}")
    with as_described():
        listed = answer.body["ticket_type_attributes"]
        found = listed.get("data") or listed.get("ticket_type_attributes") or ()
        return str(answer.body["category"]), {str(each["name"]): str(each["id"]) for each in found if not each.get("archived")}


async def state(api: Api, category: str, ticket_type: str) -> str:
    """The id of the first state of a category that tickets of a type can have; empty for none."""
    answer = await api.call("GET", "/ticket_states")
    with as_described():
        for each in answer.body["data"]:
            types = {str(one["id"]) for one in (each.get("ticket_types") or {}).get("data") or ()}
            if each["category"] == category and not each.get("archived") and (not types or ticket_type in types):
                return str(each["id"])
    return ""


async def change(api: Api, place: Place, wanted: Mapping[str, Any], what: str) -> str:
    """Change a ticket. Empty, or a line that says that `what` was not taken."""
    body = {**wanted, "admin_id": int(api.admin), "skip_notifications": True}
    answer = await api.call("PUT", place.path, body, _REFUSED)
    return (
        f"{WHO} did not take the {what} of this ticket ({answer.status}{mistakes(answer)})" if answer.status in _REFUSED else ""
    )


async def say(api: Api, place: Place, kind: str, body: str) -> None:
    """A `note` for us, or a `comment` that the customer gets."""
    await api.call("POST", f"{place.path}/reply", {"message_type": kind, "type": "admin", "admin_id": api.admin, "body": body})


async def tag(api: Api, place: Place, name: str) -> None:
    """Give a ticket a tag, which is made where it is new."""
    made = await api.call("POST", "/tags", {"name": name})
    with as_described():
        tag = str(made.body["id"])
    await api.call("POST", f"{place.path}/tags", {"id": tag, "admin_id": api.admin})


def thread(raw: Mapping[str, Any]) -> Thread:
    """A ticket or conversation of an answer or webhook. Raises what `as_described` takes for a mistake."""
    kind = "conversation" if str(raw.get("type", "")).startswith("conversation") else "ticket"
    listed = raw.get(f"{kind}_parts") or {}
    parts = listed.get(f"{kind}_parts") or () if isinstance(listed, dict) else listed
    place = Place.of(f"conversation:{raw['id']}" if kind == "conversation" else str(raw["id"]))
    if place is None:
        raise ValueError("an id that is no number")
    return Thread(
        place=place,
        category=str((raw.get("ticket_state") or {}).get("category") or ""),
        type=str((raw.get("ticket_type") or {}).get("id") or ""),
        attributes=dict(raw.get("ticket_attributes") or {}),
        parts=tuple(_part(each) for each in parts),
    )


def moment(seconds: Any) -> datetime:
    """An aware UTC time from Unix seconds."""
    return datetime.fromtimestamp(int(seconds), UTC)


def mistakes(answer: Answer) -> str:
    """What a refusal names, as far as they are plain words: `, parameter_invalid email`."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    said = []
    for each in errors if isinstance(errors, list) else ():
        words = [str(each.get(name) or "") for name in ("code", "field")] if isinstance(each, dict) else []
        said.append(" ".join(word for word in words if _NAME.fullmatch(word)))
    return "".join(f", {each}" for each in said[:5] if each)


def _part(raw: Mapping[str, Any]) -> Part:
    author = raw.get("author") or {}
    person = author.get("type") in ("admin", "user", "lead", "contact")
    before, after = str(raw.get("previous_ticket_state") or ""), str(raw.get("ticket_state") or "")
    return Part(
        id=str(raw["id"]),
        kind=str(raw.get("part_type") or ""),
        text=str(raw.get("body") or ""),
        author=str(author.get("id") or "") if person else "",
        name=str(author.get("name") or author.get("id") or "")[:200] if person else "",
        email=str(author.get("email") or "")[:320] if person else "",
        at=moment(raw["created_at"]),
        before=before if before != after else "",
        after=after if before and before != after else "",
    )


def _until(reset: str, now: datetime) -> timedelta | None:
    if not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return None
    return min(max(moment(reset) - now, timedelta()), _LONGEST)
