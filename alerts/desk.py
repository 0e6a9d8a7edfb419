"""What a transition may look at besides the escalation and the event: the matrix in force, the channels, the words, the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.calendars.duty import Calendars
from alerts.customer import Customer
from alerts.matrix import Matrix
from alerts.outlets import Outlets
from alerts.updates import Texts
from alerts.wording import About


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`now` is aware UTC, `calendars` what is known of the matrix's feeds. `confirm_after` is how long a first sight waits for
    its confirmation.

    `page_within` is how long a P1 or P2 page may take before the fallback pages, `reopen_within` how long a resolved
    escalation is reopened by the same cause, `fall_after` how long less must be left before the priority falls by itself,
    `digest_after` how long causes that join are gathered before those who were paged hear of them.
    `customers` are the configured ones by name, `texts` what they read.
    """

    matrix: Matrix
    outlets: Outlets
    about: About
    now: datetime
    confirm_after: timedelta = timedelta(seconds=60)
    page_within: timedelta = timedelta(seconds=120)
    read_back_after: timedelta = timedelta(seconds=90)
    reopen_within: timedelta = timedelta(hours=72)
    fall_after: timedelta = timedelta(minutes=30)
    digest_after: timedelta = timedelta(minutes=5)
    calendars: Calendars = field(default_factory=dict)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    texts: Texts = field(default_factory=Texts)
