"""What customers say in Intercom: how content they were, and which of their conversations and tickets speak of a vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.channels import Mention, Rating
from alerts.html import text_of
from alerts.intercom.calls import Api, Place, as_described, moment, search
from alerts.json_api import segment
from alerts.wording import clean

MOST_MENTIONS = 100
MOST_RATINGS = 2_000
MOST_WORDS = 15
"""So many filters a group may have."""
_MOST_CONTACTS = 25
_MOST_READ = 300


async def ratings(api: Api, since: datetime) -> list[Rating]:
    """Those given after a moment, oldest first. One of a conversation is told of the tickets it is linked with as well: whichever
    of them is known to be about an escalation, the same `event_id` counts once."""
    query = {"field": "conversation_rating.replied_at", "operator": ">", "value": int(since.timestamp())}
    found = await search(api, "conversations", query, MOST_RATINGS)
    with as_described():
        rated = [each for each in found if isinstance((each.get("conversation_rating") or {}).get("rating"), int)]
        read = [rating for each in rated for rating in _ratings(each)]
    return sorted((each for each in read if 1 <= each.stars <= 5), key=lambda each: (each.at, each.event_id))


async def mentions(api: Api, words: tuple[str, ...], since: datetime, key: str, url: Callable[[Place], str]) -> list[Mention]:
    """Open conversations and tickets of customers that hold one of the words, newest first. The search takes one word at a time,
    so that it is asked for the longest of each name, and what it finds is looked through for the whole."""
    wanted = [word.casefold() for word in words if word.strip()][:MOST_WORDS]
    if not wanted:
        return []
    longest = [max(word.split(), key=len) for word in wanted]
    fresh = [_filter("created_at", ">", int(since.timestamp())), _filter("open", "=", value=True)]
    spoken = await search(api, "conversations", _all(fresh, [_filter("source.body", "~", word) for word in longest]), _MOST_READ)
    with as_described():
        found = [_of_conversation(each, url) for each in spoken if _holds(each, wanted)]
    asked = [*fresh, _filter("category", "=", "request")]
    told = [_filter(field, "~", word) for word in longest[:7] for field in ("title", "description")]
    tickets = await search(api, "tickets", _all(asked, told), _MOST_READ)
    for each in [ticket for ticket in tickets if _speaks(ticket, wanted, key)][:_MOST_CONTACTS]:
        found.append(await _of_ticket(api, each, url))
    return sorted(found, key=lambda mention: mention.at, reverse=True)[:MOST_MENTIONS]


def _filter(field: str, operator: str, value: str | int | bool) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _all(every: Sequence[Mapping[str, Any]], one: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"operator": "AND", "value": [{"operator": "AND", "value": every}, {"operator": "OR", "value": one}]}


def _ratings(raw: Mapping[str, Any]) -> Iterable[Rating]:
    rating = raw["conversation_rating"]
    linked = (raw.get("linked_objects") or {}).get("data") or ()
    at = moment(rating.get("updated_at") or rating["created_at"])
    event, remark = f"{raw['id']}:{rating['rating']}:{int(at.timestamp())}", clean(str(rating.get("remark") or ""), 1000)
    for record in (f"conversation:{raw['id']}", *(str(each["id"]) for each in linked if each.get("type") == "ticket")):
        yield Rating(event_id=event, record=record, stars=rating["rating"], at=at, comment=remark)


def _of_conversation(raw: Mapping[str, Any], url: Callable[[Place], str]) -> Mention:
    source = raw.get("source") or {}
    email = str((source.get("author") or {}).get("email") or "")[:320]
    place = Place(kind="conversation", id=str(int(raw["id"])))
    subject = clean(text_of(str(raw.get("title") or source.get("subject") or source.get("body") or "")), 250)
    company = clean(str((raw.get("company") or {}).get("name") or ""), 200)
    at = moment(raw["created_at"])
    return Mention(reference=str(place), url=url(place), subject=subject, customer=company or email, email=email, at=at)


async def _of_ticket(api: Api, raw: Mapping[str, Any], url: Callable[[Place], str]) -> Mention:
    with as_described():
        place, at = Place(kind="ticket", id=str(int(raw["id"]))), moment(raw["created_at"])
        contacts = (raw.get("contacts") or {}).get("contacts") or ()
        contact = str(contacts[0]["id"]) if contacts else ""
        subject = clean(str((raw.get("ticket_attributes") or {}).get("_default_title_") or ""), 250)
    email = ""
    if contact:
        answer = await api.call("GET", f"/contacts/{segment(contact)}", None, frozenset({404}))
        with as_described():
            email = str(answer.body.get("email") or "")[:320] if answer.status != 404 else ""
    return Mention(reference=str(place), url=url(place), subject=subject, customer=email, email=email, at=at)


def _holds(raw: Mapping[str, Any], words: list[str]) -> bool:
    source = raw.get("source") or {}
    text = f"{raw.get('title') or ''}\n{source.get('subject') or ''}\n{text_of(str(source.get('body') or ''))}".casefold()
    return any(word in text for word in words)


def _speaks(raw: Mapping[str, Any], words: list[str], key: str) -> bool:
    with as_described():
        told = raw.get("ticket_attributes") or {}
        text = f"{told.get('_default_title_') or ''}\n{told.get('_default_description_') or ''}".casefold()
        return any(word in text for word in words) and not str(told.get(key) or "").startswith("driftpager-")
