"""E-mail by SMTP: one message to one contact, threaded by escalation. 4xx answers are tried again, 5xx are final.

Every message has a `Message-ID` made from the page's key, so that a repeat can be seen as one (RFC 5322), and says that a
machine wrote it (`Auto-Submitted`, RFC 3834).
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import ClassVar, Literal

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.channels import Receipt, Tools
from alerts.errors import DeliveryError, Reason, Undeliverable, Undelivered
from alerts.mail import message_of
from alerts.outlets import MAIL_ADDRESS
from alerts.page import Page

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Email(BaseModel):
    """`tls` is `starttls` (port 587), `tls` (465) or `none`; a password is never sent without TLS but to this machine.

    `unsubscribe` is where a customer's mail program asks that they hear no more: an address (default: the sender) or an https
    URL that takes it in one click.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["email"] = "email"
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = Field(pattern=MAIL_ADDRESS)
    username: str = ""
    password: SecretStr | None = None
    ca_file: Path | None = None
    unsubscribe: str = Field(default="", pattern=rf"^$|^https://[!-~]+$|{MAIL_ADDRESS}")
    seconds: float = Field(default=20.0, gt=0, le=60)

    address: ClassVar[str] = "email"
    climbs: ClassVar[bool] = False
    reads_back: ClassVar[bool] = False

    @model_validator(mode="after")
    def _password_stays_private(self) -> Email:
        if self.password and self.tls == "none" and self.host not in _LOOPBACK:
            raise ValueError("a password needs tls: starttls or tls")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password go together")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """One message in one connection. Raises `Undelivered` or `Undeliverable`."""
        message = message_of(page, self.sender, tools.now, unsubscribe=self.unsubscribe)
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "tls",
            start_tls=self.tls == "starttls",
            tls_context=ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file and self.tls != "none" else None,
            username=self.username or None,
            password=self.password.get_secret_value() if self.password else None,
            timeout=self.seconds,
            local_hostname=_domain(self.sender),
        )
        handed_over = False
        try:
            await client.connect()
            handed_over = True
            await client.sendmail(self.sender, [page.recipient], message.as_bytes())
        except (aiosmtplib.SMTPException, OSError) as error:
            raise failure(error, may_have_arrived=handed_over) from None
        finally:
            client.close()
        return Receipt(reference=str(message["Message-ID"]))


def failure(error: Exception, *, may_have_arrived: bool) -> DeliveryError:
    """What an SMTP or network error means. Server texts are not repeated: they may hold addresses and more."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_code(error)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Undeliverable("the mail server lacks what is configured (TLS, sign-in or UTF-8 addresses)", reason=Reason.CLIENT)
    if isinstance(error, TimeoutError):
        return Undelivered("the mail server did not answer in time", reason=Reason.TIMEOUT, unknown=may_have_arrived)
    if isinstance(error, ssl.SSLError):
        return Undelivered("TLS with the mail server failed: check its certificate or ca_file", reason=Reason.OTHER)
    return Undelivered("the connection to the mail server failed", reason=Reason.OTHER, unknown=may_have_arrived)


def _by_code(error: aiosmtplib.SMTPResponseException) -> DeliveryError:
    code = error.code
    if isinstance(error, aiosmtplib.SMTPAuthenticationError) and code >= 500:
        return Undeliverable(f"the mail server refused our sign-in ({code})", reason=Reason.AUTH)
    what = "the recipient" if isinstance(error, aiosmtplib.SMTPRecipientRefused) else "the message"
    if 400 <= code < 500:
        return Undelivered(
            f"the mail server put {what} off ({code})", reason=Reason.RATE_LIMITED if code == 450 else Reason.SERVER
        )
    if code < 0:
        return Undelivered("the connection to the mail server failed", reason=Reason.OTHER, unknown=True)
    return Undeliverable(f"the mail server refused {what} ({code})", reason=Reason.CLIENT)


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2]


CHANNEL = Email
