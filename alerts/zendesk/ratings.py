"""How content customers were: Zendesk's older ratings (good or bad) or its surveys (a scale), whichever an account has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from alerts.channels import Rating
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.zendesk.calls import WHO, Account, moment

STARS = {"good": 5, "bad": 1}
_LONGEST = 2000


async def ratings(account: Account, since: datetime) -> list[Rating]:
    """Those given after a moment, oldest first. The one of both that is off refuses; where both do, so does this."""
    found: list[Rating] = []
    refused: list[Undeliverable] = []
    for ask in (_older, _surveys):
        try:
            found += await ask(account, since)
        except Undeliverable as error:
            refused.append(error)
    if len(refused) == 2:
        raise refused[0]
    return sorted(found, key=lambda each: (each.at, each.event_id))


async def _older(account: Account, since: datetime) -> list[Rating]:
    asked = [("score", "received"), ("start_time", str(int(since.timestamp())))]
    listed = await account.pages("/satisfaction_ratings", "satisfaction_ratings", asked)
    return list(_read(_rating, listed, since))


async def _surveys(account: Account, since: datetime) -> list[Rating]:
    asked = [("filter[created_at_start]", str(int(since.timestamp() * 1000)))]
    listed = await account.pages("/guide/survey_responses", "survey_responses", asked, ids=str)
    return list(_read(_answer, listed, since))


def _read(read: Any, listed: Iterable[Mapping[str, Any]], since: datetime) -> Iterable[Rating]:
    try:
        for each in listed:
            rating = read(each)
            if rating is not None and rating.at >= since:
                yield rating
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Undelivered(f"{WHO}'s ratings are not as described ({type(error).__name__})", reason=Reason.SERVER) from None


def _rating(said: Mapping[str, Any]) -> Rating | None:
    """A customer may change their mind: then the score is another, and so is the event."""
    stars = STARS.get(str(said["score"]).removesuffix("_with_comment"))
    if stars is None:
        return None
    return Rating(
        event_id=f"rating:{said['id']}:{stars}",
        record=str(said["ticket_id"]),
        stars=stars,
        at=moment(said.get("updated_at") or said["created_at"]),
        by=str(said.get("requester_id") or ""),
        comment=_text(said.get("comment")),
    )


def _answer(said: Mapping[str, Any]) -> Rating | None:
    """Of a survey about a ticket: its scale as stars, and what was written."""
    tickets = [str(each["id"]) for each in said.get("subjects") or () if str(each.get("type")).removeprefix("zen:") == "ticket"]
    answers = said.get("answers") or ()
    scale = next((each for each in answers if each.get("type") == "rating_scale" and each.get("rating") is not None), None)
    if not tickets or scale is None:
        return None
    written = next((_text(each.get("value")) for each in answers if each.get("type") == "open_ended"), "")
    stars = min(max(int(scale["rating"]), 1), 5)
    return Rating(
        event_id=f"survey:{said['id']}:{stars}",
        record=tickets[0],
        stars=stars,
        at=moment(scale.get("updated_at") or scale["created_at"]),
        by=str(said.get("responder_id") or ""),
        comment=written,
    )


def _text(said: object) -> str:
    return said[:_LONGEST] if isinstance(said, str) else ""
