"""A page as an e-mail: plain text and HTML, in the thread of its escalation or of the customer it is for.

The first of a thread is named in every message and was never sent, so that they hang together whichever arrived; a customer's
also names the one before. Subjects differ as what they say does. RFC 5322 (identification), 3834 (automatic), 2369 and 8058
(lists).
"""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from alerts.errors import Reason, Undeliverable
from alerts.html import as_html, as_paragraphs
from alerts.keys import page_id
from alerts.layout import as_text
from alerts.outlets import MAIL_ADDRESS
from alerts.page import Action, Page
from alerts.wording import clean, cut

MOST_CHARACTERS = 100_000
"""Of each part: servers take 10 MB and more, people read less."""
_ID = re.compile(r"<[A-Za-z0-9._-]{1,120}@[A-Za-z0-9.-]{1,250}>")


def message_of(page: Page, sender: str, now: datetime, *, unsubscribe: str = "") -> EmailMessage:
    """The message. Everything that comes from outside is one clean line before it becomes a header.

    `unsubscribe` is where a customer may ask to hear no more: an address or an https URL. Raises `Undeliverable` for a page
    without a valid recipient.
    """
    if not re.fullmatch(MAIL_ADDRESS, page.recipient) or clean(page.recipient, 320) != page.recipient:
        raise Undeliverable("the page has no valid e-mail address", reason=Reason.CLIENT)
    customer = page.record.subject if page.record is not None else ""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = page.recipient
        message["Subject"] = clean(page.content.summary, 250)
    except (ValueError, IndexError):
        raise Undeliverable("the page has no valid e-mail address", reason=Reason.CLIENT) from None
    message["Date"] = format_datetime(now)
    domain = sender.rpartition("@")[2]
    message["Message-ID"] = f"<{page_id(page.key)}@{domain}>"
    before = _before(page, domain)
    message["In-Reply-To"] = before[-1]
    message["References"] = " ".join(before)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if customer:
        _may_leave(message, unsubscribe or sender, page)
    elif page.action is Action.TRIGGER and page.priority <= 2:
        message["Importance"] = "high"
    plain, markup = _for_customer(page) if customer else (as_text(page), as_html(page, MOST_CHARACTERS))
    plain = cut(plain, MOST_CHARACTERS).encode("utf-8", "replace").decode()
    message.set_content(plain, cte=None if plain.isascii() else "base64")
    markup = markup.encode("utf-8", "replace").decode()
    whole = f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>{markup}</body></html>\n'
    message.add_alternative(whole, subtype="html", cte="base64")
    return message


def _before(page: Page, domain: str) -> tuple[str, ...]:
    """The ids this message answers, the oldest first."""
    if page.record is None or not page.record.subject:
        return (f"<escalation.{page_id(str(page.escalation))}@{domain}>",)
    root = f"<updates.{page_id(f'{page.escalation}|{page.record.subject}')}@{domain}>"
    last = page.record.reference
    return (root, last) if _ID.fullmatch(last) and last != f"<{page_id(page.key)}@{domain}>" else (root,)


def _may_leave(message: EmailMessage, where: str, page: Page) -> None:
    if where.startswith("https://"):
        message["List-Unsubscribe"] = f"<{where}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return
    subject = quote(f"unsubscribe {clean(str(page.escalation), 40)}")
    message["List-Unsubscribe"] = f"<mailto:{where}?subject={subject}>"


def _for_customer(page: Page) -> tuple[str, str]:
    """What a person approved, and nothing else."""
    text = dict(page.content.facts).get("", "")
    if not text.strip():
        raise Undeliverable("the page has no text for the customer", reason=Reason.CLIENT)
    return f"{text}\n", as_paragraphs(text, MOST_CHARACTERS)
