"""What is asked of Slack beside sending: did an earlier try arrive, where is it opened, what can still be pressed there.

Where we may not look, or cannot now and nothing depends on it, the message itself is not held up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.errors import Undeliverable, Undelivered
from alerts.keys import parse_dedup_key
from alerts.page import Page
from alerts.slack.blocks import without_buttons
from alerts.slack.calls import Calls, Place, key_of
from alerts.wording import fit_to_open

SKEW = timedelta(minutes=2)
"""By so much Slack's clock may differ from ours."""
_WITHOUT_START = timedelta(hours=1)
_BACK = timedelta(days=1)


async def earlier(page: Page, calls: Calls, channel: str, key: str) -> tuple[Page, Place | None]:
    """What an earlier try made, None for nothing; and the page, no longer a possible repeat where it surely is none."""
    since = page.content.since or page.created_at - _WITHOUT_START
    try:
        found = await calls.find(channel, key, min(since, page.created_at) - SKEW)
    except Undeliverable:  # we may not read there: it goes out with a word that it may be a repeat
        return page, None
    return replace(page, possible_repeat=False), found


async def settle(page: Page, channel: str, calls: Calls) -> None:
    """Take the buttons from what a person was sent about it before. What fails is left: what they press there is refused."""
    key, since = parse_dedup_key(page.dedup_key), page.content.since or page.created_at - _BACK
    try:
        for each in await calls.recent(channel, since - SKEW) if key is not None else []:
            place, blocks = Place.of(f"{channel}:{each.get('ts')}"), without_buttons(each.get("blocks"), key) if key else None
            if place is not None and blocks is not None:
                await calls.update(place, {"text": str(each.get("text") or "driftpager"), "blocks": blocks}, key=key_of(each))
    except (Undelivered, Undeliverable):
        return


async def answered(calls: Calls, place: Place, key: str) -> bool:
    """Whether an earlier try is in the thread; False where we may not look."""
    try:
        return await calls.answered(place, key)
    except Undeliverable:
        return False


async def link(calls: Calls, place: Place) -> str:
    """Where a person opens it, empty where it cannot be had: the message stands all the same."""
    try:
        url = await calls.permalink(place)
    except (Undelivered, Undeliverable):
        return ""
    return url if fit_to_open(url) else ""
