"""What one row of the rule catalogue is, and how a policy and a direction look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.change import Direction, Impact
from schemas.lens import Lens, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How bad a change is per direction (None: does not apply there), and overall: the worse of both."""

    request: Impact | None
    response: Impact | None

    @property
    def impact(self) -> Impact:
        return max((side for side in (self.request, self.response) if side is not None), default=Impact.SAFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of change, and what it means for what we send (`request`) and what we read (`response`).

    `because` is the reason a reader of the finding may ask for. `where_used`: the levels hold only where declared usage
    touches the change, and are safe elsewhere. `notice`: a safe change worth telling. `about_data`: `strict-codegen`
    makes its risky verdicts breaking. `widens`: the response only grows, so `lenient-reader` takes one level off.
    """

    id: str
    request: Impact | None
    response: Impact | None
    because: str
    where_used: bool = False
    notice: bool = False
    about_data: bool = True
    widens: bool = False

    def judge(self, lens: Lens, *, touched: bool = False, occurs: Direction = Direction.BOTH) -> Verdict | None:
        """The verdict in the lens's direction and policy; None where the rule says nothing in that direction.

        `touched` tells whether declared usage touches the change, and matters to `where_used` rules only. `occurs` is
        where the changed thing occurs at all: a read-only field never in a request.
        """
        looked_at = (lens.direction, occurs)
        request = self._level(self.request, lens, touched) if Direction.RESPONSE not in looked_at else None
        response = self._level(self.response, lens, touched) if Direction.REQUEST not in looked_at else None
        if response is not None and self.widens and lens.policy is Policy.LENIENT_READER:
            response = Impact(max(response - 1, Impact.SAFE))
        if request is None and response is None:
            return None
        return Verdict(request=request, response=response)

    def _level(self, level: Impact | None, lens: Lens, touched: bool) -> Impact | None:
        if level is not None and self.where_used and not touched:
            return Impact.SAFE
        if level is Impact.RISKY and self.about_data and lens.policy is Policy.STRICT_CODEGEN:
            return Impact.BREAKING
        return level


def table(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """The rules by id; a repeated id is a programming error and raises `ValueError` at import."""
    rows: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in rows:
            raise ValueError(f"rule {rule.id} stands twice in its table")
        rows[rule.id] = rule
    return MappingProxyType(rows)
