"""Which customer somebody who wrote to us belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.customer import Customer
from alerts.wording import clean

PUBLIC = frozenset(
    """
    163.com aol.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com mail.ru me.com msn.com
    outlook.com proton.me protonmail.com qq.com t-online.de web.de yahoo.com yandex.ru zoho.com
    """.split()  # noqa: SIM905 - a list to read, one word after the other
)
"""Domains whose addresses say nothing of whom somebody works for."""


def named(customers: Iterable[Customer], organization: str, email: str) -> str:
    """The name of the customer of the configuration, by organization, address or domain; else the organization, the domain, or
    (where everybody may have one) the address. `organization` may be the address itself; empty where nothing is known."""
    known = tuple(customers)
    said, address = clean(organization, 120), clean(email, 320).casefold()
    said = "" if said.casefold() == address else said
    domain = _domain(address)
    own = domain if domain not in PUBLIC else ""
    return (
        next((each.name for each in known if said and each.name.casefold() == said.casefold()), "")
        or next((each.name for each in known if address and each.contact.casefold() == address), "")
        or next((each.name for each in known if own and _domain(each.contact) == own), "")
        or said
        or own
        or address
    )


def _domain(address: str) -> str:
    return address.casefold().rpartition("@")[2] if "@" in address else ""
