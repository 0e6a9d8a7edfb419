"""One page as every medium shows it, beside this file; `python -m tests.alerts.media` writes them anew, to be read first."""

from __future__ import annotations

import json
from pathlib import Path

from alerts.channels.webhook import body_of
from alerts.html import as_html
from alerts.jira.adf import description_of
from alerts.jira.wiki import description_of as wiki_description_of
from alerts.layout import as_markdown, as_text
from alerts.mail import message_of as mail_of
from alerts.page import Action, Link, Page, Record
from alerts.pagerduty.event import event_of
from alerts.slack.blocks import message
from alerts.teams.card import message_of as card_of
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY

FOLDER = Path(__file__).parent
LINK = "https://drift.example.com/escalations/e1"
CAUSE = "Account.Industry was removed"
ALSO = 'Account.Type may be "Hold" [enum.value-added]'


def an_escalation(**changes: object) -> Page:
    """What a person gets at three in the morning."""
    said = content(
        facts=(
            (
                "What changed",
                f'2 changes: 1 breaking, 1 risky\n{CAUSE} [property.removed]\nAccount.Type may be "Hold" [enum.value-added]',
            ),
            ("What it means for us", "reads of Account.Industry will fail"),
            ("Affected customers", "2: Kite Logistics, Globex & Sons <ops>"),
            ("Since", "2026-11-23 10:00 UTC"),
            ("Escalation", "e1, generation 1"),
        ),
        links=(
            Link(text="The change and what to do", href=LINK),
            Link(text="Runbook", href="https://wiki.example.com/salesforce"),
        ),
    )
    return page(**({"content": said, "recipient": "ana@example.com"} | changes))  # type: ignore[arg-type]  # because a test changes what it likes


def recorded(**changes: object) -> Page:
    """The same as a record is brought there."""
    return an_escalation(action=Action.RECORD, record=Record(state="open", news=("ana: we look at it",)), **changes)


def in_every_medium(page: Page, record: Page) -> dict[str, str]:
    """File name to what stands in it."""
    mail = mail_of(page, "driftpager@example.com", MONDAY)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return {
        "text.txt": as_text(page),
        "markdown.md": as_markdown(page),
        "mail.txt": plain.get_content().replace("\r\n", "\n"),
        "mail.html": html.get_content().replace("\r\n", "\n"),
        "help-desk.html": as_html(page, 60_000) + "\n",
        "slack.json": _json(message(record, pressable=True)),
        "teams.json": _json(json.loads(card_of(record))),
        "jira.adf.json": _json(description_of(record, "driftpager-e1")),
        "jira.wiki.txt": wiki_description_of(record, "driftpager-e1") + "\n",
        "pagerduty.json": _json(event_of(page, "https://drift.example.com")),
        "webhook.json": _json(json.loads(body_of(page, MONDAY))),
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
