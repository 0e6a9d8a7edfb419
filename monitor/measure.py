"""What a document of a target is judged by today: its baseline, the lens, and what people accepted beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NewType

from monitor.watch import Baseline, TargetName, Waiver
from schemas.change import Finding
from schemas.fingerprint import digest, finding_id
from schemas.lens import Lens

if TYPE_CHECKING:
    from monitor.config import Target
    from monitor.store import Transaction

Sight = NewType("Sight", str)
"""What was judged by what: baseline, measure and content. The same sight again repeats its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A change of any part is another measure: what was judged by the one before is judged anew.

    `waivers` are those that count. `decisions` grows with whatever a person decides about the target: what was accepted and
    taken back again is not what it was before, for its drift was closed meanwhile.
    """

    baseline: Baseline
    lens: Lens
    waivers: tuple[Waiver, ...] = ()
    decisions: str = ""

    @property
    def name(self) -> str:
        """Stands for the whole measure at the head of each sight."""
        return f"{self.baseline.id}:{digest(self.lens.hash, self.decisions, *(str(waiver.id) for waiver in self.waivers))}"

    def sight(self, content: str) -> Sight:
        """Content judged by this measure."""
        return Sight(f"{self.name}:{content}")

    def made(self, sight: str) -> bool:
        """Whether a sight was judged by this measure."""
        return sight.startswith(f"{self.name}:")

    def standing(self, target: TargetName, findings: Iterable[Finding]) -> list[Finding]:
        """Those that nobody accepted."""
        return [each for each in findings if not any(waiver.covers(finding_id(target, each), each) for waiver in self.waivers)]


async def measure_of(tx: Transaction, target: Target, now: datetime) -> Measure | None:
    """The measure of a target at a moment; None before it has a baseline."""
    baseline = await tx.baselines.current(target.name)
    if baseline is None:
        return None
    waivers = await tx.waivers.against(baseline)
    return Measure(
        baseline=baseline,
        lens=target.lens(now),
        waivers=tuple(waiver for waiver in waivers if waiver.stands(now)),
        decisions=f"{await tx.baselines.decisions(target.name)}-{sum(waiver.undone_at is not None for waiver in waivers)}",
    )


def only_measured_anew(before: str, sight: Sight) -> bool:
    """Whether two sights differ in nothing but the lens and what was accepted: the vendor did nothing."""
    old, new = before.split(":"), sight.split(":")
    return len(old) == len(new) == 3 and (old[0], old[2]) == (new[0], new[2]) and old[1] != new[1]
