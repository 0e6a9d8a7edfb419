"""Whatever a help desk answers or sends us, a channel ends with a delivery error, or none: nothing else comes out of it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from alerts.channels import Post, Tools, Watched
from alerts.channels.freshdesk import Freshdesk
from alerts.channels.intercom import Intercom
from alerts.errors import DeliveryError, WebhookError
from tests.alerts.helpdesks import record, update
from tests.alerts.pages import page
from tests.alerts.stories import MONDAY

SECRET = "a-secret-of-twenty-characters"
FRESHDESK = Freshdesk(
    url="https://acme.freshdesk.com", api_key=SecretStr("k"), agent="d@example.com", webhook_secrets=(SecretStr(SECRET),)
)
INTERCOM = Intercom(
    token=SecretStr("t"),
    admin="7",
    ticket_type="31",
    customer_ticket_type="32",
    contact="d@example.com",
    webhook_secrets=(SecretStr(SECRET),),
)

AT, UNIX = "2026-11-23T10:00:00Z", int(MONDAY.timestamp())
TICKET: dict[str, Any] = {"id": 1, "status": 4, "tags": ["x"], "created_at": AT, "updated_at": AT, "subject": "acme"}
TICKET |= {"stats": {"status_updated_at": AT, "reopened_at": AT}, "requester": {"email": "a@b.c"}, "company": {"name": "B"}}
FRESHDESK_SAYS: list[tuple[str, Any]] = [
    ("/conversations", [{"id": 5, "user_id": 6, "incoming": True, "body_text": "x", "created_at": AT}]),
    ("/agents/me", {"id": 7, "ticket_scope": 1, "contact": {"name": "d", "email": "d@example.com"}}),
    ("/agents/", {"id": 6, "contact": {"name": "A", "email": "a@example.com"}}),
    ("/contacts/", {"id": 6, "name": "K", "email": "k@example.com"}),
    (
        "/satisfaction_ratings",
        [{"id": 1, "ticket_id": 1, "ratings": {"default_question": 103}, "created_at": AT, "feedback": "x"}],
    ),
    ("/tickets?", [TICKET | {"status": 2}]),
    ("/tickets", TICKET),
]
PART = {
    "id": "3",
    "part_type": "note",
    "body": "<p>x</p>",
    "created_at": UNIX,
    "author": {"type": "admin", "id": "8", "name": "A"},
}
MOVED = PART | {"previous_ticket_state": "submitted", "ticket_state": "in_progress"}
THREAD: dict[str, Any] = {"type": "ticket", "id": "1", "created_at": UNIX, "ticket_state": {"category": "submitted"}}
THREAD |= {"ticket_type": {"id": "31"}, "ticket_attributes": {"_default_title_": "acme", "driftpager": "driftpager-e1"}}
THREAD |= {"ticket_parts": {"ticket_parts": [PART, MOVED]}, "contacts": {"contacts": [{"id": "c1"}]}}
TALK: dict[str, Any] = {
    "type": "conversation",
    "id": "2",
    "created_at": UNIX,
    "source": {"body": "acme", "author": {"email": "x"}},
}
TALK |= {"conversation_rating": {"rating": 5, "remark": "x", "updated_at": UNIX}, "company": {"name": "B"}}
TALK |= {"linked_objects": {"data": [{"type": "ticket", "id": "1"}]}}
STATE = {"id": "504", "category": "resolved", "archived": False, "ticket_types": {"data": [{"id": "31"}]}}
INTERCOM_SAYS: list[tuple[str, Any]] = [
    ("/tickets/search", {"tickets": [THREAD], "pages": {"next": None}}),
    ("/conversations/search", {"conversations": [TALK], "pages": {"next": {"starting_after": "x"}}}),
    ("/ticket_states", {"data": [STATE]}),
    ("/ticket_types", {"category": "Customer", "ticket_type_attributes": {"data": [{"id": "9", "name": "driftpager"}]}}),
    ("/contacts", {"email": "k@example.com"}),
    ("/tags", {"id": "600"}),
    ("/me", {"id": "7", "name": "d", "email": "d@example.com"}),
    ("/tickets", THREAD),
]
WEBHOOKS: list[Any] = [
    {"freshdesk_webhook": {"ticket_id": 1, "ticket_status": "Closed", "triggered_event": "{status:{from:Open,to:Closed}}"}},
    {"topic": "ticket.note.created", "created_at": UNIX, "data": {"item": THREAD}},
    {"topic": "ticket.note.created", "data": {"item": {"ticket": THREAD, "ticket_part": PART}}},
]
ODD = st.sampled_from([None, True, 0, -1, 10**18, 1.5, 1e300, "", "x", "1", "<![x[", [], [None], ["x"], [[]], {}, {"x": None}])


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, the whole first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, each in inner for spot in spots(each, (*path, key)))]


def spoiled(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """The document with something else at that place; `...` leaves it out."""
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and odd is ...:
        del copy[path[0]]
    else:
        copy[path[0]] = spoiled(copy[path[0]], path[1:], None if odd is ... else odd)
    return copy


class Answers:
    """A network where each address answers as described, but for one place in one answer."""

    def __init__(self, said: list[tuple[str, Any]], status: int) -> None:
        self.said, self.status, self.asked = said, status, 0

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float, private: bool = False
    ) -> Post:
        self.asked += 1
        body = next(each for ending, each in self.said if ending in url)
        return Post(status=self.status if self.asked == 3 else 200, body=orjson.dumps(body))


CASES = [(FRESHDESK, FRESHDESK_SAYS, number) for number in range(len(FRESHDESK_SAYS))]
CASES += [(INTERCOM, INTERCOM_SAYS, number) for number in range(len(INTERCOM_SAYS))]


@settings(max_examples=40)
@given(data=st.data())
def test_no_answer_is_too_odd(data: st.DataObject) -> None:
    channel, says, number = data.draw(st.sampled_from(CASES))
    spot = data.draw(st.sampled_from(spots(says[number][1])))
    odd = data.draw(st.just(...) | ODD)
    said = [
        (end, spoiled(body, spot, odd) if n == number and (spot or odd is not ...) else body)
        for n, (end, body) in enumerate(says)
    ]
    status = data.draw(st.sampled_from([200, 200, 400, 404]))
    watched = [Watched(dedup_key="k", reference="1", state="open", since=MONDAY)]
    acts: list[Callable[[Tools], Awaitable[object]]] = [
        lambda tools: channel.deliver(page(possible_repeat=True), tools),
        lambda tools: channel.deliver(record("resolved", "x", reference="1", possible_repeat=True), tools),
        lambda tools: channel.deliver(record("open", "x"), tools),
        lambda tools: channel.deliver(update(possible_repeat=True), tools),
        lambda tools: channel.poll(watched, tools),
        channel.check,
        lambda tools: channel.ratings(MONDAY - timedelta(days=1), tools),
        lambda tools: channel.mentions(("acme",), MONDAY - timedelta(days=1), tools),
    ]

    async def all_of_them() -> None:
        for act in acts:
            with suppress(DeliveryError):
                await act(Tools(http=Answers(said, status), now=MONDAY))

    asyncio.run(all_of_them())


@pytest.mark.parametrize("channel", [FRESHDESK, INTERCOM], ids=["freshdesk", "intercom"])
async def test_answers_as_described_are_understood(channel: Freshdesk | Intercom) -> None:
    tools = Tools(
        http=Answers(FRESHDESK_SAYS if channel is FRESHDESK else INTERCOM_SAYS, 200), now=MONDAY + timedelta(minutes=10)
    )
    assert (await channel.deliver(record("open", "x"), tools)).reference == "1"
    assert len(await channel.poll([Watched(dedup_key="k", reference="1", state="open", since=MONDAY)], tools)) == 2
    assert {each.stars for each in await channel.ratings(MONDAY - timedelta(days=1), tools)} == {5}
    assert len(await channel.mentions(("acme",), MONDAY - timedelta(days=1), tools)) >= 1


@given(data=st.data())
def test_no_webhook_is_too_odd(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(WEBHOOKS))
    spot = data.draw(st.sampled_from(spots(whole)))
    body = data.draw(ODD.map(lambda odd: orjson.dumps(spoiled(whole, spot, odd))) | st.binary(max_size=40))
    signature = "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    for channel, headers in ((FRESHDESK, {"x-driftpager-secret": SECRET}), (INTERCOM, {"x-hub-signature": signature})):
        with suppress(WebhookError):
            channel.replies(headers, body, MONDAY)
