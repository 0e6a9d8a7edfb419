"""Freshdesk: a ticket of our own an escalation, with private notes, and public replies in the tickets of customers.

There is no idempotency: every ticket of ours carries a tag derived from the escalation, and is looked for by it before another is
made. What a status means both ways is configured. Facts about limits and answers: the vendor's API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.channels import Checked, Mention, Rating, Receipt, Reply, Tools, Watched
from alerts.errors import Undeliverable, Undelivered, Unverified
from alerts.freshdesk import calls, surveys
from alerts.freshdesk.reading import note_reply, replies_in, status_reply, vouched
from alerts.freshdesk.ticket import MOST, TAG_LENGTH, Statuses, StatusNumber, key_of, said, ticket_of
from alerts.html import as_list, as_paragraphs
from alerts.json_api import JsonApi, final, https_only
from alerts.outlets import MAIL_ADDRESS
from alerts.page import Page
from alerts.wording import clean

HOOK_PATIENCE = timedelta(minutes=2)
"""So long a change of status is left to its webhook before it is taken from the ticket, without who did it."""
NOTES_READ = timedelta(days=1)
"""A ticket that nobody touched for so long has no note that was not read."""

Tag = Annotated[str, Field(min_length=1, max_length=TAG_LENGTH)]


class Freshdesk(BaseModel):
    """An account. `url` is `https://YOURS.freshdesk.com`; `api_key` that of an agent of its own, with the address `agent`.

    That agent asks for our own tickets, and what it does is not heard. Tickets get `tags`, `type`, the `group` (its id)
    and `fields` (own ones: `cf_name: value`), such as what the account makes mandatory. `statuses` says which status stands for
    which state; `status_names` gives the numbers of own ones by their name, as webhooks tell them. `webhook_secrets` are
    values, one of which automation rules send in the header `X-Driftpager-Secret`.

    Such a rule runs when the status of a ticket is changed by any agent but ours, and calls `/hooks/NAME` with JSON:
    `{"freshdesk_webhook": {"ticket_id": "{{ticket.id}}", "ticket_status": "{{ticket.status}}", "triggered_event":
    "{{triggered_event}}", "event_performer_name": "{{event_performer.name}}", "event_performer_email":
    "{{event_performer.email}}"}}`. Without the performer, nobody is known to have done it.

    A daemon without a way in never hears who changed a status. Where `assignee_acts`, it counts as done by whom the ticket is
    assigned to; else a ticket that was closed is brought back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["freshdesk"] = "freshdesk"
    url: str
    api_key: SecretStr
    agent: str = Field(pattern=MAIL_ADDRESS)
    webhook_secrets: tuple[SecretStr, ...] = ()
    statuses: Statuses = Statuses()
    status_names: Mapping[str, StatusNumber] = Field(default_factory=dict)
    assignee_acts: bool = False
    tags: tuple[Tag, ...] = ()
    type: str = ""
    group: int | None = None
    fields: Mapping[Annotated[str, Field(pattern=r"^cf_[a-z0-9_]{1,100}$")], bool | int | float | str] = Field(
        default_factory=dict
    )
    private: bool = False
    seconds: float = Field(default=10.0, gt=0, le=25)

    address: ClassVar[str] = ""
    keeps_records: ClassVar[bool] = True
    rings: ClassVar[bool] = False
    rights: ClassVar[str] = (
        "an agent of its own, full-time, with the role Agent and a scope of all tickets: it views, creates and edits tickets, "
        "adds notes, replies, and reads satisfaction ratings. Neither supervisor nor administrator: a key may all its agent may"
    )

    @model_validator(mode="after")
    def _is_safe(self) -> Freshdesk:
        https_only(self.url, private=self.private, who="Freshdesk")
        if not self.api_key.get_secret_value():
            raise ValueError("api_key is empty: it is shown in the agent's profile settings")
        if any(len(secret.get_secret_value()) < 20 for secret in self.webhook_secrets):
            raise ValueError("each of webhook_secrets must be at least 20 characters: nothing else vouches for a webhook")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Bring the page's ticket to what it says. Raises `Undelivered` or `Undeliverable`.

        What the vendor will not take of a ticket (a status whose mandatory fields are empty) is told in the note instead. The
        note or reply comes last, so that a try that failed before it repeats nothing.
        """
        api, record = self._api(tools), page.record
        requester = page.recipient if record is not None and record.subject else self.agent
        if not requester:
            raise final("Freshdesk needs the customer's e-mail address to answer them: set it as their contact")
        ticket, news = None, list(record.news) if record is not None else []
        if record is not None and record.reference.isdecimal():
            ticket = await calls.ticket(api, record.reference)
            if ticket is None:
                news.insert(0, f"Ticket {clean(record.reference, 20)} is gone; this one takes its place.")
        if ticket is None and (record is not None or page.possible_repeat):
            ticket = await calls.find(api, requester, key_of(page))
        if ticket is None:
            made = ticket = await calls.create(api, ticket_of(page, requester, self.statuses, self._more(), self.tags))
        else:
            made, wanted = None, self._wanted(page, ticket)
            news += await calls.change(api, ticket.id, wanted) if wanted else ()
        if record is not None:
            try:
                await (self._answer if record.subject else self._note)(api, page, ticket.id, news)
            except Undeliverable:
                if made is None or record.subject:
                    raise
        return Receipt(reference=str(ticket.id), url=self._url(ticket.id))

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What people wrote in the watched tickets, and where a status contradicts us. See `alerts.channels.Polls`."""
        wanted = {int(each.reference): each for each in watched if each.reference.isdecimal()}
        if not wanted:
            return []
        api = self._api(tools)
        found: list[Reply] = []
        ours, _ = await calls.me(api)
        hooked = tools.now - HOOK_PATIENCE if self.webhook_secrets else None
        listed = await calls.tickets(api, email=self.agent, include="stats", order_by="updated_at") if len(wanted) > 1 else []
        known = {each.id: each for each in listed}
        people: dict[int, calls.Person] = {}
        try:
            for number, each in wanted.items():
                ticket = known.get(number) or await calls.ticket(api, str(number))
                if ticket is None:
                    continue
                for changed in status_reply(ticket, each, self.statuses, hooked):
                    found.append(await self._attributed(api, changed, ticket, ours.id))
                if ticket.updated_at > tools.now - NOTES_READ:
                    for line in await calls.conversations(api, number):
                        if line.user != ours.id and (each.since is None or line.at >= each.since.replace(microsecond=0)):
                            if line.user not in people:  # an account's calls are few: each is asked about once a round
                                people[line.user] = await calls.person(api, line.user, customer=line.incoming)
                            found.append(note_reply(ticket, line, people[line.user]))
        except Undelivered:  # the account's calls are used up, say: what was heard so far is not asked for again in vain
            if not found:
                raise
        return sorted(found, key=lambda reply: (reply.at, reply.event_id))

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """The change of status in a rule's webhook. Raises `Unverified` or `Unreadable`."""
        if not self.webhook_secrets:
            raise Unverified("no webhook_secrets are configured for this channel")
        if not vouched(headers, [secret.get_secret_value() for secret in self.webhook_secrets]):
            raise Unverified("the Freshdesk webhook's X-Driftpager-Secret is none of webhook_secrets")
        return replies_in(body, self.statuses, self.status_names, self.agent, now)

    async def check(self, tools: Tools) -> Checked:
        """Who the key belongs to, and whether they see tickets. See `alerts.channels.Checks`."""
        api = self._api(tools)
        agent, more = await calls.me(api)
        await calls.tickets(api, per_page="1")
        warnings = []
        if agent.email.casefold() != self.agent.casefold():
            warnings.append(
                f"the key is that of {clean(agent.email, 320)}, not of {self.agent}: our own changes would be heard as theirs"
            )
        if more.get("ticket_scope") != 1:
            warnings.append("the agent sees only some tickets: give it a scope of all tickets")
        return Checked(account=f"{clean(agent.name, 200)} <{clean(agent.email, 320)}>", warnings=tuple(warnings))

    async def ratings(self, since: datetime, tools: Tools) -> list[Rating]:
        """Satisfaction ratings. See `alerts.channels.Rates`."""
        return await surveys.ratings(self._api(tools), since)

    async def mentions(self, words: tuple[str, ...], since: datetime, tools: Tools) -> list[Mention]:
        """Open tickets of customers that hold a word. See `alerts.channels.FindsMentions`."""
        return await surveys.mentions(self._api(tools), words, since, self.agent, self.statuses, self._url)

    async def link(self, mention: str, reference: str, text: str, tools: Tools) -> None:
        """A private note in a customer's ticket. See `alerts.channels.FindsMentions`."""
        if not mention.isdecimal():
            raise final(f"Freshdesk has no ticket {clean(mention, 40)}")
        await calls.note(
            self._api(tools), int(mention), as_list([text, f"Our ticket: {reference}"] if reference else [text], MOST)
        )

    async def _attributed(self, api: JsonApi, reply: Reply, ticket: calls.Ticket, ours: int) -> Reply:
        if not self.assignee_acts or ticket.assignee in (0, ours):
            return reply
        who = await calls.person(api, ticket.assignee, customer=False)
        return replace(reply, by=who.name, user=str(who.id), email=who.email)

    def _wanted(self, page: Page, ticket: calls.Ticket) -> dict[str, object]:
        """What is to be changed of a ticket. Of a customer's it is the status alone, and only where we made it."""
        record = page.record
        if record is None:
            return {}
        status = self.statuses.wanted(record.state, ticket.status)
        changed: dict[str, object] = {"status": status} if status != ticket.status else {}
        if record.subject:
            return changed if key_of(page) in ticket.tags else {}
        return {**said(page), **changed}

    async def _note(self, api: JsonApi, page: Page, ticket: int, news: list[str]) -> None:
        """One private note with what is new of it there."""
        if page.possible_repeat and news:
            before = [_plain(each.text) for each in await calls.conversations(api, ticket)]
            news = [line for line in news if not any(_plain(clean(line)) in text for text in before)]
        if news:
            await calls.note(api, ticket, as_list(news, MOST))

    async def _answer(self, api: JsonApi, page: Page, ticket: int, news: list[str]) -> None:
        """One public reply: the text for the customer, and nothing else."""
        text = as_paragraphs(dict(page.content.facts).get("", ""), MOST)
        if not text:
            raise final("the page has no text for the customer")
        if page.possible_repeat:
            since = page.created_at - timedelta(minutes=10)  # clocks differ
            wanted = _plain(dict(page.content.facts)[""])
            if any(_plain(each.text) == wanted and each.at >= since for each in await calls.conversations(api, ticket)):
                return
        await calls.reply(api, ticket, text)

    def _more(self) -> dict[str, object]:
        """What every ticket of this account gets."""
        offered = {"type": self.type, "group_id": self.group, "custom_fields": dict(self.fields)}
        return {name: value for name, value in offered.items() if value}

    def _api(self, tools: Tools) -> JsonApi:
        return calls.api(self.url.rstrip("/"), self.api_key, tools.http, self.seconds, private=self.private)

    def _url(self, ticket: int) -> str:
        return f"{self.url.rstrip('/')}/a/tickets/{ticket}"


def _plain(text: str) -> str:
    return "".join(text.split())


CHANNEL = Freshdesk
