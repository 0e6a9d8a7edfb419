"""Who acts: `--as CONTACT`, else whoever is logged in."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.exits import Misused
from monitor.nearest import nearest

if TYPE_CHECKING:
    from monitor.config import Config

F = TypeVar("F", bound=Callable[..., Any])


def as_option(function: F) -> F:
    """`--as`, given to the command as `by`."""
    told = "Who you are, as escalation.yml names you; by default the contact with your login name."
    return click.option("--as", "by", metavar="CONTACT", help=told)(function)


def contact(config: Config, named: str | None, login: str | None = None) -> str:
    """The contact that acts. Raises `Misused` for an unknown one, and where a login leads to no contact.

    A login leads to the contact of that name, or to the one whose e-mail address starts with it.
    """
    contacts = config.matrix.contacts
    if named is not None:
        if named not in contacts:
            raise Misused(f"there is no contact {named!r}; {nearest(named, contacts)}")
        return named
    who = _login() if login is None else login
    if who in contacts:
        return who
    by_address = [name for name, each in contacts.items() if each.email.partition("@")[0] == who]
    if len(by_address) == 1:
        return by_address[0]
    raise Misused(f"say who you are with --as CONTACT: the login {who!r} is no contact (valid: {', '.join(contacts)})")


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a user without a name
        return str(os.getuid())
