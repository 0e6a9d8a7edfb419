"""Slack's incoming webhooks: one message a call, which can be neither updated nor answered to."""

from __future__ import annotations

from types import MappingProxyType

import orjson
from pydantic import SecretStr

from alerts.answers import refusal
from alerts.channels import Http, Post, Receipt
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.json_api import final
from alerts.page import Page
from alerts.slack.blocks import Message, message, short

WHO = "Slack's webhook"
_ADVICE = MappingProxyType(
    {
        b"action_prohibited": "an administrator forbids it to post there",
        b"channel_is_archived": "its channel is archived: make one for another channel",
        b"channel_not_found": "its channel is gone: make one for another channel",
        b"invalid_token": "it was taken back: make a new one",
        b"no_active_hooks": "it was switched off: make a new one",
        b"no_service": "it was taken back: make a new one",
        b"no_team": "its workspace is gone",
        b"team_disabled": "its workspace is switched off",
    }
)
_NOTHING_TO_SAY = frozenset({b"no_text", b"invalid_payload", b"missing_text_or_fallback_or_attachments"})
"""How a webhook that works answers a message without words."""


async def deliver(page: Page, http: Http, *, url: SecretStr, pressable: bool, seconds: float, private: bool) -> Receipt:
    """The first message of an escalation says all, each further one what is new. Raises `Undelivered` or `Undeliverable`."""
    record = page.record
    if record is not None and record.subject:
        raise final("a Slack webhook leads to one channel of ours and to no customer: give them a channel with a token")
    if record is not None and record.reference:
        if not record.news:
            return Receipt(reference=record.reference)
        said = short(page, (f"{page.content.summary} ({record.state})", *record.news))
    else:
        said = message(page, pressable=pressable, told=record.news if record and len(record.news) > 1 else ())
    _taken(await _post(http, url, said, seconds, private=private))
    return Receipt(reference=f"driftpager-{page.escalation}" if record is not None else page.id)


async def check(http: Http, *, url: SecretStr, seconds: float, private: bool) -> None:
    """A message without words, which is refused before anybody sees it. Raises as above where the webhook does not work."""
    post = await _post(http, url, {}, seconds, private=private)
    if post.status != 400 or post.body.strip() not in _NOTHING_TO_SAY:
        _taken(post)


async def _post(http: Http, url: SecretStr, said: Message, seconds: float, *, private: bool) -> Post:
    headers = {"content-type": "application/json; charset=utf-8"}
    return await http.send(
        "POST", url.get_secret_value(), headers=headers, content=orjson.dumps(said), seconds=seconds, private=private
    )


def _taken(post: Post) -> None:
    """Only a 200 that says `ok` is success; of what else it says only names we know go into the text."""
    if post.status == 200 and post.body.strip() == b"ok":
        return
    word = post.body.strip()
    if word in _ADVICE:
        raise Undeliverable(f"{WHO} refused it ({word.decode()}): {_ADVICE[word]}", reason=Reason.CLIENT)
    if 200 <= post.status < 300:
        raise Undelivered(f"{WHO} answered {post.status} without saying ok: check its url", reason=Reason.SERVER, unknown=True)
    raise refusal(WHO, post.status, post.retry_after)
