"""The sections of `driftpager.yml` as they are written. Defaults live here and nowhere else; the reference is generated."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath

from alerts.priority import Criticality
from monitor.nearest import nearest
from schemas import formats
from schemas.lens import Policy


class Written(BaseModel):
    """What all sections share: frozen, unknown keys refused, the text under a field is its description."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _http(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("an address that starts with https:// or http:// is needed")
    return url


def _listen(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 <= int(port) <= 65535):
        raise ValueError("HOST:PORT is needed, such as 127.0.0.1:8321")
    return address


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; {nearest(name, available_timezones())}")
    return name


def _format(name: str) -> str:
    if name not in formats.names():
        raise ValueError(f"{name!r} is no format; {nearest(name, formats.names())}")
    return name


HttpUrl = Annotated[str, AfterValidator(_http)]
Listen = Annotated[str, AfterValidator(_listen)]
Zone = Annotated[str, AfterValidator(_zone)]
FormatName = Annotated[str, AfterValidator(_format)]
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


class Cadence(Written):
    """How often and by which measure; an integration or a target may say otherwise."""

    every: Every = timedelta(minutes=15)
    """How often to look."""
    confirm_after: Confirm = timedelta(seconds=60)
    """How long after a first sight to look again before anybody is paged."""
    policy: Policy = Policy.CONSUMER
    """Which table of levels judges a change."""


class Uses(Written):
    """What of the vendor's API our side really uses. A change elsewhere is recorded, and pages nobody."""

    operations: tuple[str, ...] = ()
    """`METHOD /path` as the description writes it, or GraphQL root fields such as `Query.viewer`."""
    fields: tuple[str, ...] = ()
    """Dotted names: `Account.Industry`, `payment_intent.status`."""
    objects: tuple[str, ...] = ()
    """Objects used as a whole, or in a way not known field by field."""
    soql: str | tuple[str, ...] = ()
    """Files with SOQL queries, as a glob or several, relative to this file: `queries/**/*.soql`."""


class TargetKeys(Written):
    """What every target takes beside the keys of its kind. On the integration a key holds for all its targets."""

    every: Every | None = None
    """How often to look; default `defaults.every`."""
    confirm_after: Confirm | None = None
    """How long after a first sight to look again; default `defaults.confirm_after`."""
    policy: Policy | None = None
    """Which table of levels judges a change; default `defaults.policy`."""
    usage: Uses = Uses()
    """What of it we use."""
    format: FormatName | None = None
    """What its documents are written in; default what the kind says, else recognised."""
    paused: bool = False
    """Keep the history, fetch nothing."""


class IntegrationKeys(Written):
    """A vendor connection. Any key of a target may stand here too (`auth`, `every`, `usage`) and then holds for each."""

    criticality: Criticality = Criticality.NORMAL
    """How much of our business stands on it."""
    owner: str = ""
    """The role that owns it."""
    runbook: HttpUrl | None = None
    """What to do when it breaks; linked from every page."""
    vendor_contact: dict[str, str] = {}
    """How to reach the vendor: `support`, `account`, `status`, as you like; printed on every page."""


class CustomerKeys(Written):
    """Who feels it when an integration breaks."""

    tier: str = ""
    """The customer's plan or segment, in your own words."""
    high_value: bool = False
    """A high-value customer that depends on what broke sets a floor of P2."""
    zone: Zone = "UTC"
    """The time zone in which promises are rendered."""
    depends_on: tuple[str, ...] = ()
    """Integrations, or fields of them as `integration:field` (`salesforce-production:Account.Industry`)."""


class FileKeys(Written):
    """The whole file, without the sections that hold names of your own."""

    environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")] = "production"
    """Which of your environments this daemon watches for; part of every deduplication key."""
    store: str = "sqlite:///driftpager.db"
    """Where state is kept: `sqlite:///PATH` (relative to this file) or `postgresql://...`, a reference if it has a password."""
    web: Web = Web()
    probing: Probing = Probing()
    defaults: Cadence = Cadence()


class MatrixFile(Written):
    """A matrix in a file of its own."""

    file: str
    """The file, relative to this one."""
