"""The configuration as the rest of the program sees it: one frozen value, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.channels import Channel
from alerts.customer import Customer as Customer
from alerts.matrix import Matrix
from alerts.priority import Criticality, Priority
from alerts.silences import Silence
from alerts.updates import Texts
from monitor.config.noise import Noise
from monitor.config.policy import Ruling
from monitor.config.usage import Source
from monitor.config.watching import WatchKeys
from monitor.config.written import Cadence, Probing, Web
from monitor.watch import TargetName
from probes.probe import Probe
from schemas.lens import Lens, Policy
from schemas.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A vendor connection. `owner` is a role, empty where none is named; `vendor_contact` is label to text; `known_as` are the
    words by which customers speak of it."""

    name: str
    criticality: Criticality
    owner: str = ""
    runbook: str | None = None
    vendor_contact: Mapping[str, str] = field(default_factory=dict)
    release_windows: tuple[Silence, ...] = ()
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One watched surface. `format` None means: recognise it. `usage` is shared by all targets of one block; `sources` is the
    same use by where it is told.

    `published` is what its vendor publishes of the answers that it samples, see `Lens`.
    `rulings` are the overrides of its policy, those that have ended included; the first that is about a finding counts.
    """

    name: TargetName
    integration: str
    probe: Probe
    every: timedelta
    confirm_after: timedelta
    policy: Policy
    usage: Usage
    format: str | None
    paused: bool
    rulings: tuple[Ruling, ...] = ()
    sources: tuple[Source, ...] = ()
    published: bytes = b""

    def lens(self, now: datetime) -> Lens:
        """How its changes are looked at on the day of `now`: this is where the clock meets the policy."""
        day = now.astimezone(UTC).date()
        overrides = tuple(ruling.override for ruling in self.rulings if ruling.holds(day))
        return Lens(policy=self.policy, usage=self.usage, overrides=overrides, published=self.published, today=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything `driftpager.yml` and its escalation file say, with references resolved and defaults filled in.

    `file` is where it was read from. `store` is a URL with an absolute path, and may hold a password: it is never printed.
    `targets` are expanded (one per object) and in the order of the file; their names are unique. `windows` are those of
    maintenance and of the vendors' releases together.
    """

    file: Path
    environment: str
    store: str = field(repr=False)
    web: Web
    probing: Probing
    defaults: Cadence
    integrations: Mapping[str, Integration]
    targets: tuple[Target, ...]
    customers: tuple[Customer, ...]
    texts: Texts
    matrix: Matrix
    channels: Mapping[str, Channel]
    noise: Noise = field(default_factory=Noise)
    watch: WatchKeys = field(default_factory=WatchKeys)
    windows: tuple[Silence, ...] = ()

    @property
    def paging_floor(self) -> Priority:
        """Nothing less urgent pages."""
        return self.matrix.floor
