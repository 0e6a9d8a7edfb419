"""Intercom: a back-office ticket of our own an escalation, with notes, and comments in tickets and conversations of customers.

There is no idempotency: every ticket of ours carries its key in an attribute of its own, and is searched for by it before another
is made. The search lags, so that what an earlier try may have made is waited for. Described by Intercom's OpenAPI 2.16.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from alerts.channels import Checked, Mention, Rating, Receipt, Reply, Tools, Watched
from alerts.errors import Undeliverable, Undelivered, Unverified
from alerts.html import as_list, as_paragraphs, text_of
from alerts.intercom import calls, customers
from alerts.intercom.calls import Api, Place, Thread
from alerts.intercom.reading import replies_in, replies_of, signed
from alerts.intercom.ticket import MOST, attributes_of, category_of, key_of, wanted_category
from alerts.json_api import final, https_only
from alerts.outlets import MAIL_ADDRESS
from alerts.page import Page
from alerts.wording import clean

LAG = timedelta(minutes=1)
"""So long the search may not know a ticket that was just made. A try that was cut off is repeated no sooner either."""

Id = Field(pattern=r"^\d{1,30}$")


class Intercom(BaseModel):
    """A workspace. `url` is that of its region (`https://api.eu.intercom.io`, `https://api.au.intercom.io`); `token` an
    access token, `admin` the id of the teammate in whose name we write, and whom we do not hear.

    `ticket_type` is the id of a back-office type for our tickets, about the contact with the address `contact`: a contact of our
    own, for every ticket has one. `customer_ticket_type` is a customer type for promises; without it only customers with a ticket
    or conversation are told. Both need the text attribute `key_attribute`; `priority_attribute` is another for P1 to P4, where
    there is one; `attributes` are further ones that every ticket gets. `webhook_secrets` are the
    app's client secret, several while it is replaced: it signs webhooks.
    `workspace` is the id in the addresses of its pages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, coerce_numbers_to_str=True)

    kind: Literal["intercom"] = "intercom"
    url: str = "https://api.intercom.io"
    token: SecretStr
    admin: str = Id
    ticket_type: str = Id
    contact: str = Field(pattern=MAIL_ADDRESS)
    customer_ticket_type: str = Field(default="", pattern=r"^\d{0,30}$")
    key_attribute: str = Field(default="driftpager", min_length=1, max_length=190)
    priority_attribute: str = ""
    attributes: Mapping[str, bool | int | float | str] = Field(default_factory=dict)
    tags: tuple[str, ...] = ("driftpager",)
    webhook_secrets: tuple[SecretStr, ...] = ()
    workspace: str = Field(default="", pattern=r"^[a-z0-9]{0,40}$")
    private: bool = False
    seconds: float = Field(default=10.0, gt=0, le=25)

    address: ClassVar[str] = ""
    keeps_records: ClassVar[bool] = True
    rings: ClassVar[bool] = False
    rights: ClassVar[str] = (
        "an app of its own with: read and write tickets, read and write conversations, read one admin, read and write tags, "
        "read one user and one company. For webhooks, the topics ticket.state.updated, ticket.note.created, "
        "ticket.admin.replied and ticket.contact.replied"
    )

    @field_validator("url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="after")
    def _is_safe(self) -> Intercom:
        https_only(self.url, private=self.private, who="Intercom")
        if not self.token.get_secret_value():
            raise ValueError("token is empty: it is shown at the app, under Authentication")
        if any(not secret.get_secret_value() for secret in self.webhook_secrets):
            raise ValueError("webhook_secrets must not be empty: an empty secret would accept anybody's signature")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Bring the page's ticket to what it says. Raises `Undelivered` or `Undeliverable`.

        What the vendor will not take of a ticket (a state its type has not, a tag) is told in the note instead. The note or
        comment comes last, so that a try that failed before it repeats nothing.
        """
        api, record = self._api(tools), page.record
        place = Place.of(record.reference) if record is not None and record.reference else None
        news = list(record.news) if record is not None else []
        about = await calls.get(api, place) if place is not None else None
        if place is not None and about is None:
            news.insert(0, f"Ticket {place} is gone; this one takes its place.")
        if about is None and (record is not None or page.possible_repeat):
            about = await self._find(api, page)
        made = about is None
        if about is None:
            with _findable_next_time():
                about = await calls.create(api, self._ticket(page))
        if record is not None:
            try:
                with _findable_next_time(made=made):
                    news += await self._bring(api, page, about, made=made)
                    await (self._answer if record.subject else self._note)(api, page, about, news)
            except Undeliverable:
                if not made or record.subject:
                    raise
        return Receipt(reference=str(about.place), url=self._url(about.place))

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What people did in the watched tickets and conversations. See `alerts.channels.Polls`."""
        api, found = self._api(tools), list[Reply]()
        for each in watched:
            place = Place.of(each.reference)
            about = await calls.get(api, place) if place is not None else None
            if about is not None:
                found += replies_of(about, self.admin, each.since)
        return sorted(found, key=lambda reply: (reply.at, reply.event_id))

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """What somebody did, in a webhook. Raises `Unverified` or `Unreadable`."""
        if not self.webhook_secrets:
            raise Unverified("no webhook_secrets are configured for this channel")
        if not signed(headers, body, [secret.get_secret_value() for secret in self.webhook_secrets]):
            raise Unverified("the Intercom webhook's X-Hub-Signature fits none of webhook_secrets")
        return replies_in(body, self.admin, now)

    async def check(self, tools: Tools) -> Checked:
        """Who the token belongs to, and whether the types of tickets are there. See `alerts.channels.Checks`."""
        api = self._api(tools)
        me = await api.call("GET", "/me")
        with calls.as_described():
            account = f"{clean(str(me.body['name']), 200)} <{clean(str(me.body['email']), 320)}>"
            own = str(me.body["id"]) == self.admin
        warnings = [] if own else [f"the token is that of another teammate than {self.admin}, in whose name we write"]
        for field, ticket_type, category in (
            ("ticket_type", self.ticket_type, "Back-office"),
            ("customer_ticket_type", self.customer_ticket_type, "Customer"),
        ):
            if not ticket_type:
                continue
            found, known = await calls.attributes(api, ticket_type)
            if found != category:
                warnings.append(f"{field} is of the category {clean(found, 40)}, not {category}")
            wanted = [
                self.key_attribute,
                *([self.priority_attribute] if field == "ticket_type" and self.priority_attribute else ()),
            ]
            warnings += [f"{field} has no attribute {name!r}: add one of the type text" for name in wanted if name not in known]
        return Checked(account=account, warnings=tuple(warnings))

    async def ratings(self, since: datetime, tools: Tools) -> list[Rating]:
        """Ratings of conversations. See `alerts.channels.Rates`."""
        return await customers.ratings(self._api(tools), since)

    async def mentions(self, words: tuple[str, ...], since: datetime, tools: Tools) -> list[Mention]:
        """Conversations and tickets of customers that hold a word. See `alerts.channels.FindsMentions`."""
        return await customers.mentions(self._api(tools), words, since, self.key_attribute, self._url)

    async def link(self, mention: str, reference: str, text: str, tools: Tools) -> None:
        """A note in a customer's conversation or ticket. See `alerts.channels.FindsMentions`."""
        place = Place.of(mention)
        if place is None:
            raise final(f"Intercom has no ticket or conversation {clean(mention, 40)}")
        lines = [text, f"Our ticket: {reference}"] if reference else [text]
        await calls.say(self._api(tools), place, "note", as_list(lines, MOST))

    def _ticket(self, page: Page) -> dict[str, Any]:
        """The body of a new ticket."""
        theirs = page.record is not None and bool(page.record.subject)
        if theirs and not page.recipient:
            raise final("Intercom needs the customer's e-mail address to open a ticket for them: set it as their contact")
        if theirs and not self.customer_ticket_type:
            raise final("Intercom needs a type of tickets for customers: set customer_ticket_type")
        return {
            "ticket_type_id": self.customer_ticket_type if theirs else self.ticket_type,
            "contacts": [{"email": page.recipient if theirs else self.contact}],
            "ticket_attributes": self._attributes(page),
            "skip_notifications": True,
        }

    async def _find(self, api: Api, page: Page) -> Thread | None:
        """The page's ticket, by its key."""
        theirs = page.record is not None and bool(page.record.subject)
        ticket_type = self.customer_ticket_type if theirs else self.ticket_type
        if not ticket_type:
            return None
        _, known = await calls.attributes(api, ticket_type)
        if self.key_attribute not in known:
            raise final(
                f"Intercom's type of tickets {ticket_type} has no attribute {self.key_attribute!r}: add one of the type text"
            )
        query = {"field": f"ticket_attribute.{known[self.key_attribute]}", "operator": "=", "value": key_of(page)}
        found = await calls.search(api, "tickets", query, 1)
        if not found:
            return None
        with calls.as_described():
            place = Place.of(str(found[0]["id"]))
        return await calls.get(api, place) if place is not None else None

    async def _bring(self, api: Api, page: Page, about: Thread, *, made: bool) -> list[str]:
        """Attributes, state and tags of a ticket; lines for what was not taken. Of a customer's it is the state alone, and only
        where we made it; a conversation has none of them."""
        record = page.record
        ours = about.attributes.get(self.key_attribute) == key_of(page) or made
        if record is None or about.place.kind != "ticket" or (record.subject and not ours):
            return []
        said = []
        if not made and not record.subject:
            said.append(await calls.change(api, about.place, {"ticket_attributes": self._attributes(page)}, "attributes"))
        wanted, now = wanted_category(record.state, about.category), about.category or category_of("open")
        if wanted != now:
            said.append(await self._set(api, about, wanted))
        for tag in self.tags if made or page.possible_repeat else ():
            try:
                await calls.tag(api, about.place, tag)
            except Undeliverable as error:
                said.append(f"{error}: it has no tag {clean(tag, 60)}")
        return [line for line in said if line]

    async def _set(self, api: Api, about: Thread, category: str) -> str:
        ticket_type = about.type or self.ticket_type
        state = await calls.state(api, category, ticket_type)
        if not state:
            return f"Intercom has no state of the category {category} for this type of tickets"
        return await calls.change(api, about.place, {"ticket_state_id": state, "open": category != "resolved"}, "state")

    async def _note(self, api: Api, page: Page, about: Thread, news: list[str]) -> None:
        """One note with what is new of it there."""
        if page.possible_repeat:
            before = [_plain(text_of(part.text)) for part in about.parts]
            news = [line for line in news if not any(_plain(clean(line)) in text for text in before)]
        if news:
            await calls.say(api, about.place, "note", as_list(news, MOST))

    async def _answer(self, api: Api, page: Page, about: Thread, news: list[str]) -> None:
        """One comment: the text for the customer, and nothing else."""
        told = dict(page.content.facts).get("", "")
        text = as_paragraphs(told, MOST)
        if not text:
            raise final("the page has no text for the customer")
        since = page.created_at - timedelta(minutes=10)  # clocks differ
        before = [part for part in about.parts if part.author == self.admin and part.at >= since]
        if page.possible_repeat and any(_plain(text_of(part.text)) == _plain(text_of(text)) for part in before):
            return
        await calls.say(api, about.place, "comment", text)

    def _attributes(self, page: Page) -> dict[str, Any]:
        return attributes_of(page, self.key_attribute, self.priority_attribute, self.attributes)

    def _api(self, tools: Tools) -> Api:
        return calls.api(self.url, self.token, self.admin, tools.http, tools.now, self.seconds, private=self.private)

    def _url(self, place: Place) -> str:
        """Where a person opens it: the address of the region's inbox."""
        region = self.url.removeprefix("https://api").partition("intercom.io")[0]
        inbox = f"https://app{region if region in ('.eu.', '.au.') else '.'}intercom.com/a/inbox/{self.workspace}/inbox"
        return f"{inbox}/conversation/{place.id}" if self.workspace else ""


@contextmanager
def _findable_next_time(*, made: bool = False) -> Iterator[None]:
    """Where a ticket may be there (or is: `made`) that a failed try leaves behind: the next waits until the search shows it."""
    try:
        yield
    except Undelivered as error:
        if not (made or error.unknown):
            raise
        wait = max(error.retry_after or timedelta(), LAG)
        raise Undelivered(str(error), reason=error.reason, retry_after=wait, unknown=True) from None


def _plain(text: str) -> str:
    return "".join(text.split())


CHANNEL = Intercom
