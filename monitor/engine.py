"""What the running daemon holds: the configuration of the moment, the store, the clock, and its ways to the outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - only the type: the instance is given in
from typing import TYPE_CHECKING

from alerts.priority import Priority
from monitor.clock import Clock
from monitor.judge import Judge
from monitor.watch import TargetName
from probes.probe import Session
from schemas.document import Document

if TYPE_CHECKING:
    from monitor.config import Config, Target
    from monitor.egress import Egress
    from monitor.metrics import Metrics
    from monitor.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The shape of the last `answers` answers, and of the newer half of them, None before there is one."""

    answers: int
    older: Document
    newer: Document | None


@dataclass(slots=True, kw_only=True)
class Engine:
    """One daemon's hands. `config` is replaced whole by a reload; everything else lives as long as the daemon.

    `sessions` are the vendors' tokens and budgets by integration, in memory only. `recent` is what the last answers of a
    sampled target add up to: evidence for the next verdict, gathered anew after a restart.
    `graded` is the priority last given to the incident of a (channel, dedup key).
    """

    config: Config
    store: Store
    clock: Clock
    rng: Random
    egress: Egress
    judge: Judge
    metrics: Metrics
    sessions: dict[str, Session] = field(default_factory=dict)
    recent: dict[TargetName, Recent] = field(default_factory=dict)
    graded: dict[tuple[str, str], Priority] = field(default_factory=dict)

    def session(self, integration: str) -> Session:
        """The integration's session, made on first use."""
        return self.sessions.setdefault(integration, Session())

    def target(self, name: TargetName) -> Target | None:
        """The configured target of that name; None when the configuration no longer has it."""
        return next((target for target in self.config.targets if target.name == name), None)
