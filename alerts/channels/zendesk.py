"""Zendesk Support: one ticket an escalation for us, a customer's own for what was promised to them, and how content they were.

Facts about requests, limits and answers: Zendesk's Support API description and developer documentation.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator, model_validator

from alerts.channels import Checked, Mention, Rating, Receipt, Reply, Tools, Watched
from alerts.errors import Reason, Undelivered, Unverified
from alerts.json_api import https_only
from alerts.page import Page
from alerts.zendesk import heard
from alerts.zendesk.calls import Account, account
from alerts.zendesk.mentions import link, mentions
from alerts.zendesk.ratings import ratings
from alerts.zendesk.tickets import Desk

Tag = Annotated[str, Field(pattern=r"^[^\s,]{1,80}$")]


class Zendesk(BaseModel):
    """One Zendesk Support. `url` is `https://example.zendesk.com`; `email` the agent an API `token` of theirs belongs to, without
    it the token is an OAuth one. Give driftpager an agent of its own: what that one does is taken for ours.

    Every ticket has the tag `driftpager`, and `tags`; `group_id` says whose it is, `custom_fields` (id to value) what your form
    requires. `mitigating` is the status of our ticket while a workaround holds: `hold` where your account has it.
    `webhook_secrets` are the signing secrets of webhooks subscribed to ticket events (status changed, comment added, agent
    assignment changed), several while one is replaced; they need `user_id`, the id of our own agent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["zendesk"] = "zendesk"
    url: str
    token: SecretStr
    email: str = ""
    user_id: int = Field(default=0, ge=0)
    webhook_secrets: tuple[SecretStr, ...] = ()
    tags: tuple[Tag, ...] = ()
    group_id: int | None = None
    custom_fields: dict[int, str | int | bool] = Field(default_factory=dict)
    mitigating: Literal["open", "pending", "hold"] = "open"
    private: bool = False
    seconds: float = Field(default=10.0, gt=0, le=30)

    address: ClassVar[str] = ""
    keeps_records: ClassVar[bool] = True
    rings: ClassVar[bool] = False
    rights: ClassVar[str] = (
        "an agent of its own that may see all tickets, comment privately and publicly, and edit tags (role agent; OAuth scopes "
        "tickets:read, tickets:write, users:read, organizations:read, satisfaction_ratings:read)"
    )

    _read: dict[str, tuple[str, int]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Zendesk:
        https_only(self.url, private=self.private, who="Zendesk")
        if any(not secret.get_secret_value() for secret in (self.token, *self.webhook_secrets)):
            raise ValueError("token and webhook_secrets must not be empty: an empty secret would accept anybody's signature")
        if self.webhook_secrets and not self.user_id:
            raise ValueError("webhooks need 'user_id', the id of our own agent: else what it does is taken for a person's")
        return self

    @field_validator("url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Bring the ticket to what the page says, or make one of its own. Raises `Undelivered` or `Undeliverable`."""
        desk = self._desk(tools)
        return await desk.plain(page) if page.record is None else await desk.bring(page, page.record)

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What people did in these tickets since they are ours, oldest first."""
        wanted = {each.reference: each for each in watched if each.reference.isdecimal()}
        if not wanted:
            return []
        there = self._account(tools)
        tickets = await there.many("tickets", map(int, wanted))
        changed = {
            str(name): str(ticket.get("updated_at")) for name, ticket in tickets.items() if self._is_news(str(name), ticket)
        }
        if not changed:
            return []
        ourselves = self.user_id or int((await there.me())["id"])
        found: list[tuple[int, Reply]] = []
        try:
            for name in changed:
                found += heard.replies_of(name, await there.audits(name), wanted[name].since, ourselves)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = f"Zendesk's audits are not as described ({type(error).__name__})"
            raise Undelivered(text, reason=Reason.SERVER) from None
        users = await there.many("users", (author for author, _ in found)) if found else {}
        for name, stamp in changed.items():
            known, times = self._read.get(name, ("", 0))
            self._read[name] = (stamp, times + 1 if known == stamp else 1)
        return heard.named(found, users)

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """The replies in one webhook about ticket events. Raises `Unverified` or `Unreadable`."""
        secrets = [secret.get_secret_value() for secret in self.webhook_secrets]
        if not secrets:
            raise Unverified("no webhook_secrets are configured for this channel")
        if not heard.signed(headers, body, secrets, now):
            raise Unverified("the Zendesk webhook's signature fits none of webhook_secrets, or is not of now")
        return heard.replies_in(body, self.user_id)

    async def check(self, tools: Tools) -> Checked:
        """Who the token is. Raises `Undelivered` or `Undeliverable`."""
        me = await self._account(tools).me()
        role, warnings = str(me.get("role") or ""), []
        if role not in {"agent", "admin"}:
            warnings.append(f"its role is {role or 'unknown'}: only an agent writes internal notes")
        if self.user_id and me["id"] != self.user_id:
            warnings.append(f"user_id is {self.user_id}, but the token belongs to user {me['id']}")
        return Checked(account=f"{me.get('name') or 'user'} ({me['id']}) at {self.url}", warnings=tuple(warnings))

    async def ratings(self, since: datetime, tools: Tools) -> list[Rating]:
        """How content customers were. See `alerts.channels.Rates`."""
        return await ratings(self._account(tools), since)

    async def mentions(self, words: tuple[str, ...], since: datetime, tools: Tools) -> list[Mention]:
        """Tickets of customers that hold one of the words. See `alerts.channels.FindsMentions`."""
        try:
            return await mentions(self._desk(tools), words, since)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Undelivered(f"Zendesk's search is not as described ({type(error).__name__})", reason=Reason.SERVER) from None

    async def link(self, mention: str, reference: str, text: str, tools: Tools) -> None:
        """An internal note, once. See `alerts.channels.FindsMentions`."""
        await link(self._desk(tools), mention, reference, text)

    def _is_news(self, name: str, ticket: Mapping[str, object]) -> bool:
        """Each change is read twice: what was heard the first time may not have been stored. Forgotten with the process."""
        stamp, times = self._read.get(name, ("", 0))
        return stamp != str(ticket.get("updated_at")) or times < 2

    def _desk(self, tools: Tools) -> Desk:
        return Desk(
            account=self._account(tools),
            url=self.url,
            tags=self.tags,
            group=self.group_id,
            fields=self.custom_fields,
            mitigating=self.mitigating,
        )

    def _account(self, tools: Tools) -> Account:
        token = self.token.get_secret_value()
        basic = base64.b64encode(f"{self.email}/token:{token}".encode()).decode()
        authorization = f"Basic {basic}" if self.email else f"Bearer {token}"
        return account(url=self.url, authorization=authorization, tools=tools, seconds=self.seconds, private=self.private)


CHANNEL = Zendesk
