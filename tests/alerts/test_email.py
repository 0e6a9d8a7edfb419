"""E-mail against a real SMTP server over STARTTLS."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.channels import Tools
from alerts.channels.email import Email
from alerts.errors import Undeliverable, Undelivered
from alerts.mail import message_of
from alerts.page import Action, Page, PageId, Record
from monitor.demo.serve import Tls
from tests.alerts.far_ends import email
from tests.alerts.pages import content, page


async def received(tls: Tls, tools: Tools, *actions: Action, **changes: Any) -> list[EmailMessage]:
    async with email.far_end(tls) as far:
        for action in actions:
            await far.channel.deliver(page(action, recipient="ana@example.com", **changes), tools)
    parsed = [message_from_bytes(raw, policy=policy.default) for raw in far.took]
    assert all(isinstance(each, EmailMessage) for each in parsed)
    return parsed  # type: ignore[return-value]  # because the default policy makes EmailMessage, checked above


async def test_a_page_is_one_readable_message_that_says_a_machine_wrote_it(tls: Tls, tools: Tools) -> None:
    (message,) = await received(tls, tools, Action.TRIGGER)
    assert message["To"] == "ana@example.com"
    assert message["Subject"] == page().content.summary
    assert message["Auto-Submitted"] == "auto-generated"
    text, _ = parts(message)
    assert "What changed: Account.Industry was removed" in text
    assert "Runbook: https://wiki.example.com/salesforce" in text


def parts(message: EmailMessage) -> tuple[str, str]:
    """The plain part and the HTML one."""
    plain, markup = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert markup is not None
    return plain.get_content(), markup.get_content()


def update(number: int, reference: str = "", **changes: Any) -> Page:
    said = content(summary=f"Salesforce: update {number}", facts=(("", f"Hello Acme,\n\nwe are at it, {number}."),), links=())
    record = Record(state="acknowledged", subject="Acme", reference=reference, news=("x",))
    values: dict[str, Any] = {"key": f"k{number}", "id": PageId(f"p{number}"), "content": said, "record": record}
    return page(Action.NOTE, recipient="it@acme.example", priority=1, **(values | changes))


async def test_it_reads_as_text_and_as_html(tls: Tls, tools: Tools) -> None:
    wild = content(summary="<b>x</b>", facts=(("What changed", "<img src=x onerror=alert(1)>"),))
    (message,) = await received(tls, tools, Action.TRIGGER, content=wild)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain, markup = parts(message)
    assert "What changed: <img src=x onerror=alert(1)>" in plain
    assert "&lt;img src=x onerror=alert(1)&gt;" in markup
    assert '<a href="https://wiki.example.com/salesforce">Runbook</a>' in markup
    assert "<img" not in markup


async def test_a_customers_updates_form_a_thread_of_their_own_that_they_may_leave(tls: Tls, tools: Tools) -> None:
    async with email.far_end(tls) as far:
        last = ""
        for number in (1, 2, 3):
            last = (await far.channel.deliver(update(number, last), tools)).reference
        await far.channel.deliver(
            update(1, content=content(facts=(("", "x"),)), record=Record(state="x", subject="Other")), tools
        )
        await far.channel.deliver(page(recipient="ana@example.com"), tools)
    first, second, third, other, ours = (message_from_bytes(raw, policy=policy.default) for raw in far.took)
    root = first["References"]
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"].split() == [root, first["Message-ID"]]
    assert third["References"].split() == [root, second["Message-ID"]]
    assert len({root, other["References"], ours["References"]}) == 3
    assert first["List-Unsubscribe"] == "<mailto:driftpager@example.com?subject=unsubscribe%20e1>"
    assert (ours["List-Unsubscribe"], first["Importance"], ours["Importance"]) == (None, None, "high")


def test_a_customer_reads_what_was_approved_and_nothing_else(tools: Tools) -> None:
    said = content(summary="Salesforce: resolved", facts=(("", "It is over."), ("What changed", "secret")))
    it = update(1, content=said, possible_repeat=True)
    message = message_of(it, "a@example.com", tools.now, unsubscribe="https://acme.example/leave?id=1")
    plain, markup = parts(message)
    assert plain.strip() == "It is over."
    assert "<p>It is over.</p>" in markup
    assert "secret" not in message.as_string()
    assert message["List-Unsubscribe"] == "<https://acme.example/leave?id=1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(Undeliverable, match="no text for the customer"):
        message_of(update(1, content=content()), "a@example.com", tools.now)


@pytest.mark.parametrize("reference", ["<a@b.c>\r\nBcc: x@example.com", "OPS-12", "<a b@c>", "<\u202e@b>"])
def test_a_reference_that_is_no_message_id_becomes_no_header(tools: Tools, reference: str) -> None:
    message = message_of(update(2, reference), "a@example.com", tools.now)
    assert message["In-Reply-To"] == message["References"]
    assert message["Bcc"] is None


def test_two_megabytes_are_cut_and_keep_what_counts(tools: Tools) -> None:
    said = content(facts=tuple((f"Fact {number}", "\U0001f600" * 400_000) for number in range(5)))
    message = message_of(page(recipient="ana@example.com", content=said), "a@example.com", tools.now)
    assert len(message.as_bytes()) < 1_500_000
    for part in parts(message):
        assert "Account.Industry was removed" in part
        assert "https://wiki.example.com/salesforce" in part


async def test_messages_of_one_escalation_form_a_thread_and_a_repeat_has_the_same_id(tls: Tls, tools: Tools) -> None:
    first, again, resolved = await received(tls, tools, Action.TRIGGER, Action.TRIGGER, Action.RESOLVE)
    assert first["Message-ID"] == again["Message-ID"] != resolved["Message-ID"]
    assert first["References"] == resolved["References"] == resolved["In-Reply-To"]


async def test_a_possible_repeat_and_practice_are_said(tls: Tls, tools: Tools) -> None:
    (message,) = await received(tls, tools, Action.TRIGGER, possible_repeat=True, practice=True)
    body = message.get_body()
    assert body is not None
    assert "Possible repeat" in body.get_content()
    assert "practice" in body.get_content()


async def test_line_breaks_from_outside_never_become_headers(tls: Tls, tools: Tools) -> None:
    evil = content(summary="x\r\nBcc: all@example.com\r\n\r\nhello", facts=(("a\r\nb", "c\r\n.\r\nd"),))
    (message,) = await received(tls, tools, Action.TRIGGER, content=evil)
    assert message["Bcc"] is None
    assert message["Subject"] == "x Bcc: all@example.com hello"


@pytest.mark.parametrize("recipient", ["", "ana@example.com\r\nBcc: x@example.com", "ana@example.com\x00", "<>", "a, b"])
async def test_a_recipient_that_is_no_address_is_given_up_before_anything_is_sent(tls: Tls, tools: Tools, recipient: str) -> None:
    async with email.far_end(tls) as far:
        with pytest.raises(Undeliverable):
            await far.channel.deliver(page(recipient=recipient), tools)
    assert far.took == []


async def test_an_unknown_certificate_authority_is_refused(tls: Tls, tools: Tools) -> None:
    async with email.far_end(tls) as far:
        assert isinstance(far.channel, Email)
        stranger = far.channel.model_copy(update={"ca_file": None})
        with pytest.raises(Undelivered):
            await stranger.deliver(page(recipient="ana@example.com"), tools)
    assert far.took == []


def test_non_ascii_text_survives(tools: Tools) -> None:
    said = content(summary="Größe wurde entfernt 日本", facts=(("Was", "Straße" * 300),))
    message = message_of(page(recipient="ana@example.com", content=said), "driftpager@example.com", tools.now)
    parsed = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert parsed["Subject"] == said.summary
    assert max(len(line) for line in message.as_bytes().splitlines()) < 998


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"username": "u"}, "go together"),
        ({"username": "u", "password": "canary", "tls": "none", "host": "mail.example.com"}, "needs tls"),
        ({"sender": "no address"}, "sender"),
        ({"unsubscribe": "http://acme.example/leave"}, "unsubscribe"),
        ({"unsubscribe": "https://acme.example/\r\nBcc: x@example.com"}, "unsubscribe"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], because: str) -> None:
    with pytest.raises(ValidationError, match=because) as caught:
        Email.model_validate({"host": "mail.example.com", "sender": "a@example.com"} | wrong)
    assert "canary" not in str(caught.value)
