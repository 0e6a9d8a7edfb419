"""What customers say in Freshdesk: how content they were, and which of their tickets speak of a vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.channels import Mention, Rating
from alerts.freshdesk.calls import MOST_PAGES, PAGE, as_described, moment
from alerts.freshdesk.ticket import Statuses
from alerts.json_api import JsonApi
from alerts.wording import clean

STARS: Mapping[int, int] = {103: 5, 102: 4, 101: 4, 100: 3, -101: 2, -102: 2, -103: 1}
"""Seven grades, from extremely happy to extremely unhappy; surveys with fewer use the outer ones and 100."""

MOST_MENTIONS = 100
MOST_RATINGS = 2_000
"""What is beyond comes with a later question: `since` moves on."""


async def ratings(api: JsonApi, since: datetime) -> list[Rating]:
    """Those given after a moment, oldest first, by the question every survey has; a grade nobody described is left out."""
    found: list[Rating] = []
    for number in range(1, MOST_RATINGS // PAGE + 1):
        query = {"created_since": _stamp(since), "per_page": str(PAGE), "page": str(number)}
        answer = await api.call("GET", "/surveys/satisfaction_ratings", query=query)
        with as_described():
            read = [_rating(each) for each in answer.body]
        found += [each for each in read if each is not None and each.at >= since.replace(microsecond=0)]
        if len(read) < PAGE:
            break
    return sorted(found, key=lambda each: (each.at, each.event_id))


async def mentions(
    api: JsonApi, words: tuple[str, ...], since: datetime, agent: str, statuses: Statuses, url: Callable[[int], str]
) -> list[Mention]:
    """Open tickets of customers with a word in subject or text, newest first. The search knows neither: all are read."""
    wanted = [word.casefold() for word in words if word.strip()]
    found: list[Mention] = []
    for number in range(1, MOST_PAGES + 1) if wanted else ():
        query = {
            "updated_since": _stamp(since),
            "order_by": "created_at",
            "order_type": "desc",
            "include": "requester,description,company",
            "per_page": str(PAGE),
            "page": str(number),
        }
        answer = await api.call("GET", "/tickets", query=query)
        with as_described():
            read = [each for each in answer.body if moment(each["created_at"]) > since]
            found += [
                _mention(each, url)
                for each in read
                if not statuses.is_over(int(each["status"])) and _theirs(each, agent) and _holds(each, wanted)
            ]
        if len(answer.body) < PAGE or len(read) < len(answer.body) or len(found) >= MOST_MENTIONS:
            break
    return found[:MOST_MENTIONS]


def _rating(raw: Mapping[str, Any]) -> Rating | None:
    stars = STARS.get(raw["ratings"].get("default_question"))
    if stars is None:
        return None
    return Rating(
        event_id=str(raw["id"]),
        record=str(raw["ticket_id"]),
        stars=stars,
        at=moment(raw["created_at"]),
        comment=clean(str(raw.get("feedback") or ""), 1000),
    )


def _mention(raw: Mapping[str, Any], url: Callable[[int], str]) -> Mention:
    email = str((raw.get("requester") or {}).get("email") or "")[:320]
    company = clean(str((raw.get("company") or {}).get("name") or ""), 200)
    return Mention(
        reference=str(int(raw["id"])),
        url=url(int(raw["id"])),
        subject=clean(str(raw.get("subject") or ""), 250),
        customer=company or email,
        email=email,
        at=moment(raw["created_at"]),
    )


def _theirs(raw: Mapping[str, Any], agent: str) -> bool:
    asks = str((raw.get("requester") or {}).get("email") or "").casefold()
    return asks != agent.casefold() and "driftpager" not in (raw.get("tags") or ())


def _holds(raw: Mapping[str, Any], words: list[str]) -> bool:
    text = f"{raw.get('subject') or ''}\n{raw.get('description_text') or ''}".casefold()
    return any(word in text for word in words)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
