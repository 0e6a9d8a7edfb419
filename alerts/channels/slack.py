"""Slack: a message and its thread for each escalation, kept up to date, with buttons; pages to a channel or to a person.

With a bot token everything; through an incoming webhook each thing that happens is a message of its own. Facts about limits and
answers: Slack's Web API and Block Kit documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from alerts.channels import Checked, Receipt, Reply, Tools, Watched
from alerts.errors import Reason, Unverified
from alerts.json_api import JsonApi, final, https_only
from alerts.page import Action, Page, Record
from alerts.slack import hook
from alerts.slack.blocks import message, short, to_customer
from alerts.slack.calls import Calls, Place, Refusal
from alerts.slack.looking import SKEW, answered, earlier, link, settle
from alerts.slack.pressed import replies_in, verify
from alerts.slack.written import BACK, in_turn, replies_of
from alerts.wording import clean

GONE = frozenset({"message_not_found", "thread_not_found", "cannot_reply_to_message"})
ELSEWHERE = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
"""What is no hindrance where the configuration names another channel by now."""
_PLACE = re.compile(r"[CGDUW][A-Z0-9]{1,30}")
READING = frozenset({"channels:history", "groups:history"})


class Slack(BaseModel):
    """One of three. A `channel` (its id, `C0123ABCD`; the app must be in it): one message for each escalation, brought up to
    date, and a thread that tells what happens; pages without a person come here too. `direct`: pages go to people, by the
    `slack` member id of each contact. Both need a bot `token` (xoxb-). Or a `webhook_url`, a secret, where every news is a
    message of its own and nothing is updated. Messages have buttons where `signing_secrets` are given (several while one is
    replaced) and the app's interactivity URL is `/hooks/NAME` of this daemon. With `listen` our threads are
    read every 15 seconds: what people write there is told in the timeline, and an answer of nothing but `ack`, `take over` or
    `resolved` does what it says, also where Slack has no way in to this daemon. `base_url` is https, except with `private`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["slack"] = "slack"
    token: SecretStr | None = None
    channel: str = Field(default="", pattern=r"^$|^[CG][A-Z0-9]{1,30}$")
    direct: bool = False
    webhook_url: SecretStr | None = None
    signing_secrets: tuple[SecretStr, ...] = ()
    listen: bool = False
    base_url: str = "https://slack.com/api"
    private: bool = False
    seconds: float = Field(default=10.0, gt=0, le=30)

    asks: ClassVar[tuple[str, ...]] = ("token", "channel", "signing_secrets")
    rights: ClassVar[str] = (
        "a bot token with the scope chat:write, and for a channel the app invited to it and channels:history (groups:history in "
        "a private one), to find a message again whose answer was lost; to write to people also im:history, to take the buttons "
        "from pages that are over; an incoming webhook needs nothing else"
    )

    @field_validator("signing_secrets")
    @classmethod
    def _not_empty(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(secret.get_secret_value() for secret in secrets):
            raise ValueError("signing_secrets must not be empty: an empty secret would accept anybody's signature")
        return secrets

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Slack:
        if [bool(self.channel), self.direct, self.webhook_url is not None].count(True) != 1:
            raise ValueError("Slack is spoken to in one 'channel' (its id), or 'direct: true', or by a 'webhook_url'")
        if (self.token is None) != (self.webhook_url is not None):
            raise ValueError("a bot 'token' goes with 'channel' and with 'direct', and not with a 'webhook_url'")
        if self.token is not None and not self.token.get_secret_value().isprintable():
            raise ValueError("the token holds what no token has: a line break, perhaps")
        https_only(self.base_url, private=self.private, who="Slack")
        if self.webhook_url is not None:
            https_only(self.webhook_url.get_secret_value(), private=self.private, who="Slack")
        return self

    @property
    def address(self) -> str:
        """Personal where it writes to people."""
        return "slack" if self.direct else ""

    @property
    def keeps_records(self) -> bool:
        """A message with its thread needs a channel of its own; through a webhook news follow each other."""
        return not self.direct

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Bring the record to where it stands, or send one message. Raises `Undelivered` or `Undeliverable`."""
        if self.webhook_url is not None:
            return await hook.deliver(
                page,
                tools.http,
                url=self.webhook_url,
                pressable=self._pressable,
                seconds=self.seconds,
                private=self.private,
            )
        calls = self._calls(tools)
        if page.record is None:
            return await self._send(page, calls)
        if page.record.subject:
            return await self._tell_customer(page, page.record, calls)
        return await self._record(page, page.record, calls)

    async def check(self, tools: Tools) -> Checked:
        """Who we are there and what the token lacks. See `alerts.channels.Checks`."""
        if self.webhook_url is not None:
            await hook.check(tools.http, url=self.webhook_url, seconds=self.seconds, private=self.private)
            return Checked(account="an incoming webhook", warnings=())
        calls = self._calls(tools)
        account, scopes = await calls.who()
        warnings = []
        if scopes and "chat:write" not in scopes:
            warnings.append("the token lacks the scope chat:write: nothing can be posted")
        if scopes and self.direct and self.signing_secrets and "im:history" not in scopes:
            warnings.append("the token lacks im:history: pages that are over keep their buttons, which do nothing any more")
        if scopes and self.channel and not scopes & READING:
            warnings.append("the token lacks channels:history or groups:history: a message whose answer was lost comes twice")
        elif scopes and self.channel:
            try:
                await calls.readable(self.channel)
            except Refusal as refusal:
                warnings.append(f"the channel {self.channel}: {refusal}")
        if not self.signing_secrets:
            warnings.append("without signing_secrets messages have no buttons")
        return Checked(account=clean(account, 200), warnings=tuple(warnings))

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What people wrote in the threads of these records, oldest first. See `alerts.channels.Polls`."""
        if not self.listen or self.webhook_url is not None:
            return []
        calls, found = self._calls(tools), list[Reply]()
        for each in in_turn(tuple(watched), tools.now):
            place = Place.of(each.reference)
            if place is None:
                continue
            try:
                messages = await calls.thread(place, max(each.since or tools.now, tools.now - BACK) - SKEW)
            except Refusal as refusal:
                if refusal.error not in GONE | ELSEWHERE:
                    raise
                continue  # the next page about it makes it anew
            found += replies_of(place, messages)
        return sorted(found, key=lambda reply: (reply.at, reply.event_id))

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """What somebody pressed. Raises `Unverified` or `Unreadable`."""
        if not self.signing_secrets:
            raise Unverified("no signing_secrets are configured for this channel")
        verify(headers, body, [secret.get_secret_value() for secret in self.signing_secrets], now)
        return replies_in(body)

    # A page

    async def _send(self, page: Page, calls: Calls) -> Receipt:
        to = page.recipient if self.direct else self.channel
        if not _PLACE.fullmatch(to):
            raise final("a person in Slack is reached by a member id (U012AB3CD): correct the contact's slack")
        if page.possible_repeat and not self.direct:
            page, found = await earlier(page, calls, to, page.id)
            if found is not None:
                return Receipt(reference=str(found))
        place = await calls.post(to, message(page, pressable=self._pressable), key=page.id)
        if self.direct and self._pressable and page.action is Action.RESOLVE:
            await settle(page, place.channel, calls)
        return Receipt(reference=str(place))

    # A customer's channel, shared with them

    async def _tell_customer(self, page: Page, record: Record, calls: Calls) -> Receipt:
        if not _PLACE.fullmatch(page.recipient):
            raise final("a customer in Slack is told in a channel shared with them: their contact is its id (C012AB3CD)")
        known = Place.of(record.reference)
        if page.possible_repeat:
            page, found = await earlier(page, calls, page.recipient, page.id)
            if found is not None:
                return Receipt(reference=record.reference or str(found))
        said = to_customer(page)
        if known is not None and known.channel == page.recipient:
            try:
                await calls.post(known.channel, said, key=page.id, thread=known.ts, broadcast=True)
                return Receipt(reference=record.reference)
            except Refusal as refusal:
                if refusal.error not in GONE:
                    raise
        place = await calls.post(page.recipient, said, key=page.id)
        return Receipt(reference=str(place), url=await link(calls, place))

    # A record

    async def _record(self, page: Page, record: Record, calls: Calls) -> Receipt:
        place = Place.of(record.reference)
        if place is None:
            return await self._begin(page, record, calls)
        try:
            return await self._bring(page, record, place, calls)
        except Refusal as refusal:
            moved = refusal.error in ELSEWHERE and place.channel != self.channel
            if refusal.error not in GONE and not moved:
                raise
            gone = (
                "The message before this one cannot be reached any more." if moved else "The message before this one was deleted."
            )
        return await self._begin(page, record, calls, gone)

    async def _begin(self, page: Page, record: Record, calls: Calls, gone: str = "") -> Receipt:
        """One call makes it, with what there is to tell: a second one that fails would leave two behind."""
        key = _key(page)
        if page.possible_repeat:
            page, found = await earlier(page, calls, self.channel, key)
            if found is not None:
                receipt = await self._bring(page, record, found, calls)
                return replace(receipt, url=await link(calls, found))
        told = [*filter(None, (gone,)), *(record.news if gone or len(record.news) > 1 else ())]
        place = await calls.post(self.channel, message(page, pressable=self._pressable, told=told), key=key)
        return Receipt(reference=str(place), url=await link(calls, place))

    async def _bring(self, page: Page, record: Record, place: Place, calls: Calls) -> Receipt:
        news = list(record.news)
        settled = replace(page, possible_repeat=False)  # what is updated in place is never there twice
        try:
            await calls.update(place, message(settled, pressable=self._pressable), key=_key(page))
        except Refusal as refusal:
            if refusal.error in GONE | ELSEWHERE or refusal.reason is Reason.AUTH:
                raise
            name = refusal.error or "no reason"
            news.append(f"It is {record.state} now; the message above could not be brought up to date ({name}).")
        if news and not (page.possible_repeat and await answered(calls, place, page.id)):
            news += ["(Possible repeat: an earlier try may have arrived.)"] if page.possible_repeat else []
            # Whoever follows the channel and not the thread hears of a P1 that nobody has, and of its end.
            broadcast = page.priority == 1 and record.state in ("open", "resolved")
            await calls.post(place.channel, short(page, news), key=page.id, thread=place.ts, broadcast=broadcast)
        return Receipt(reference=str(place))

    @property
    def _pressable(self) -> bool:
        return bool(self.signing_secrets)

    def _calls(self, tools: Tools) -> Calls:
        token = self.token.get_secret_value() if self.token else ""
        return Calls(
            api=JsonApi(
                who="Slack",
                base=self.base_url.rstrip("/"),
                headers={"authorization": f"Bearer {token}"},
                http=tools.http,
                seconds=self.seconds,
                private=self.private,
            )
        )


def _key(page: Page) -> str:
    """The same for every generation: an escalation has one message."""
    return f"driftpager-{page.escalation}"


CHANNEL = Slack
