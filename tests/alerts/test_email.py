"""E-mail against a real SMTP server over STARTTLS."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.channels import Tools
from alerts.channels.email import Email, message_of
from alerts.errors import Undeliverable, Undelivered
from alerts.page import Action
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
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert "What changed: Account.Industry was removed" in text
    assert "Runbook: https://wiki.example.com/salesforce" in text


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
    message = message_of(page(recipient="ana@example.com", content=said), "driftpager@example.com", tools)
    parsed = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert parsed["Subject"] == said.summary
    assert max(len(line) for line in message.as_bytes().splitlines()) < 998


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"username": "u"}, "go together"),
        ({"username": "u", "password": "canary", "tls": "none", "host": "mail.example.com"}, "needs tls"),
        ({"sender": "no address"}, "sender"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], because: str) -> None:
    with pytest.raises(ValidationError, match=because) as caught:
        Email.model_validate({"host": "mail.example.com", "sender": "a@example.com"} | wrong)
    assert "canary" not in str(caught.value)
