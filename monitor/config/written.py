"""The sections of `driftpager.yml` as they are written. Defaults live here and nowhere else; the reference is generated."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, FilePath, Tag, model_validator

from alerts.priority import Criticality
from monitor.config.customers import UpdateTexts
from monitor.config.noise import MaintenanceKeys, Noise, WindowKeys
from monitor.config.section import Said, Written
from monitor.config.watching import WatchKeys
from monitor.nearest import nearest
from schemas import formats
from schemas.change import Impact
from schemas.lens import Policy


def _http(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("an address that starts with https:// or http:// is needed")
    return url


def _listen(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 <= int(port) <= 65535):
        raise ValueError("HOST:PORT is needed, such as 127.0.0.1:8321")
    return address


def _format(name: str) -> str:
    if name not in formats.names():
        raise ValueError(f"{name!r} is no format; {nearest(name, formats.names())}")
    return name


def _rule(name: str) -> str:
    from schemas.rules import catalogue  # every configuration is read, few override a rule

    rules = catalogue()
    groups = {f"{'.'.join(steps[:count])}.*" for steps in (known.split(".") for known in rules) for count in range(1, len(steps))}
    if name != "*" and name not in rules and name not in groups:
        raise ValueError(f"{name!r} is no rule; {nearest(name, {*rules, *groups})} (`driftpager list rules` shows all)")
    return name


def _day(written: object) -> object:
    if not isinstance(written, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
        raise ValueError("a day is needed, such as 2027-01-31")
    return written


HttpUrl = Annotated[str, AfterValidator(_http)]
Listen = Annotated[str, AfterValidator(_listen)]
FormatName = Annotated[str, AfterValidator(_format)]
RulePattern = Annotated[str, AfterValidator(_rule)]
Day = Annotated[date, BeforeValidator(_day)]
Address = Annotated[str, Field(min_length=1, max_length=500)]
Every = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(days=31))]
Confirm = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=1))]


class Web(Written):
    """The web page, the API, `/metrics` and the webhooks."""

    listen: Listen = "127.0.0.1:8321"
    """Where to listen, as HOST:PORT."""
    url: HttpUrl | None = None
    """The address people reach it by, for the links in pages; without it pages carry no links to driftpager."""
    machines: Listen | None = None
    """A second HOST:PORT, which may be reached from other machines: `/metrics`, `/healthz`, `/readyz` and the webhooks only."""


class Probing(Written):
    """How hard to ask, and what is allowed."""

    concurrency: Annotated[int, Field(ge=1, le=1024)] = 64
    """Probes at the same time, over all vendors."""
    per_host: Annotated[int, Field(ge=1, le=256)] = 4
    """Probes at the same time to one host."""
    deadline: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=30))] = timedelta(seconds=30)
    """How long one request may take, as a whole."""
    child_over: Annotated[int, Field(ge=0)] = 256 * 1024
    """Documents over this many bytes are read and compared in a process of their own."""
    private_networks: bool = False
    """Allow targets at private and loopback addresses."""
    ca_file: FilePath | None = None
    """A PEM file of further certificate authorities to trust, such as a company's own."""


class Level(StrEnum):
    """The words for how bad a change is."""

    BREAKING = "breaking"
    RISKY = "risky"
    SAFE = "safe"

    @property
    def impact(self) -> Impact:
        return Impact[self.name]


class OverrideKeys(Written):
    """A level of your own, with its reason. The rule's own level stays beside it in every report."""

    rule: RulePattern = "*"
    """Which rule: an id (`enum.value-added`), all that begin so (`property.*`, `sf.field.*`) or `*`."""
    address: Address = "**"
    """Where, as findings print it: `*` is any text between two slashes, `**` any number of steps, as in `Account.*` and
    `schemas/payment/**`."""
    level: Level
    """What it is to us."""
    because: Said
    """Why; people will read it in every report and page."""
    until: Day | None = None
    """The last day on which it holds, in UTC (`2027-01-31`); without one it holds until it is taken out."""

    @model_validator(mode="after")
    def _about_something(self) -> OverrideKeys:
        if self.rule == "*" and self.address == "**":
            raise ValueError("an override of everything says nothing; name a 'rule', an 'address' or both")
        return self


class PolicyKeys(Written):
    """A table of levels, and where ours differ from it. The first override that is about a finding counts; those of a target
    come before those of its integration, and those before the defaults'. A change here judges anew what is known: what it
    makes worse is confirmed and may page, what it makes better leaves its escalation."""

    base: Policy | None = None
    """Which table of levels; default that of the integration, then of `defaults`, then `consumer`."""
    overrides: Annotated[tuple[OverrideKeys, ...], Field(max_length=1000)] = ()
    """Levels of your own."""


def _spelling(policy: object) -> str:
    return "settings" if isinstance(policy, dict | PolicyKeys) else "name"


PolicyWritten = Annotated[
    Annotated[Policy, Tag("name")] | Annotated[PolicyKeys, Tag("settings")],
    Discriminator(_spelling),
]
"""The name of a table, or a table with overrides."""


class Cadence(Written):
    """How often and by which measure; an integration or a target may say otherwise."""

    every: Every = timedelta(minutes=15)
    """How often to look."""
    confirm_after: Confirm = timedelta(seconds=60)
    """How long after a first sight to look again before anybody is paged."""
    policy: PolicyWritten = Policy.CONSUMER
    """Which table of levels judges a change, by its name, or with overrides as at a target."""


class Uses(Written):
    """What of the vendor's API our side really uses. A change elsewhere is recorded, and pages nobody."""

    operations: tuple[str, ...] = ()
    """`METHOD /path` as the description writes it, or GraphQL root fields such as `Query.viewer`."""
    fields: tuple[str, ...] = ()
    """Dotted names: `Account.Industry`, `payment_intent.status`; `Status.*` is all of an object."""
    objects: tuple[str, ...] = ()
    """Objects used as a whole, or in a way not known field by field."""
    soql: str | tuple[str, ...] = ()
    """Files with SOQL queries, as a glob or several, relative to this file: `queries/**/*.soql`."""
    graphql: str | tuple[str, ...] = ()
    """Files with our GraphQL operations and fragments: `src/**/*.graphql`. They are validated as a whole, too."""
    pact: str | tuple[str, ...] = ()
    """Pact files (2 to 4) of our consumer tests. They prove what is used, and never that something is not."""
    har: str | tuple[str, ...] = ()
    """HAR recordings of our calls. They prove what is used, and never that something is not; no value is kept."""


class TargetKeys(Written):
    """What every target takes beside the keys of its kind. On the integration a key holds for all its targets."""

    every: Every | None = None
    """How often to look; default `defaults.every`."""
    confirm_after: Confirm | None = None
    """How long after a first sight to look again; default `defaults.confirm_after`."""
    policy: PolicyWritten | None = None
    """Which table of levels judges a change, by its name, or with overrides of your own; default `defaults.policy`."""
    usage: Uses = Uses()
    """What of it we use."""
    format: FormatName | None = None
    """What its documents are written in; default what the kind says, else recognised."""
    paused: bool = False
    """Keep the history, fetch nothing."""


KnownAs = Annotated[str, Field(pattern=r"^[^\s\"\\][^\"\\\x00-\x1f]{1,78}[^\s\"\\]$")]
"""A word or a few, 3 to 80 characters, without quotes."""


class IntegrationKeys(Written):
    """A vendor connection. Any key of a target may stand here too (`auth`, `every`, `usage`) and then holds for each."""

    criticality: Criticality = Criticality.NORMAL
    """How much of our business stands on it."""
    owner: str = ""
    """The role that owns it."""
    runbook: HttpUrl | None = None
    """What to do when it breaks; linked from every page."""
    vendor_contact: dict[str, str] = Field(default_factory=dict)
    """How to reach the vendor: `support`, `account`, `status`, as you like; printed on every page."""
    release_windows: tuple[WindowKeys, ...] = ()
    """When the vendor releases: what changes back and forth meanwhile is told at the end, where it still stands."""
    known_as: tuple[KnownAs, ...] = Field(default=(), max_length=10)
    """Words by which customers call it in tickets they open with you (`Salesforce`). While an escalation is open, tickets that
    hold one are linked to it, in channels that can be searched, and their customers count as affected. Empty: nobody looks.
    The first one is what customers read in place of the integration's name."""


class FileKeys(Written):
    """The whole file, without the sections that hold names of your own."""

    environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")] = "production"
    """Which of your environments this daemon watches for; part of every deduplication key."""
    store: str = "sqlite:///driftpager.db"
    """Where state is kept: `sqlite:///PATH` (relative to this file) or `postgresql://...`, a reference if it has a password."""
    web: Web = Web()
    probing: Probing = Probing()
    defaults: Cadence = Cadence()
    noise: Noise = Noise()
    customer_updates: UpdateTexts = UpdateTexts()
    watch: WatchKeys = WatchKeys()
    maintenance: dict[str, MaintenanceKeys] = Field(default_factory=dict)
    """Our own windows, by name."""


class MatrixFile(Written):
    """A matrix in a file of its own."""

    file: str
    """The file, relative to this one."""
