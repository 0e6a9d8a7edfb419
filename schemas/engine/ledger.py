"""Where findings gather: each edit once, however many ways lead to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from schemas.change import Direction, Finding, Impact, Source, Use
from schemas.engine.fragment import fragment, hash_of
from schemas.rules import Level, rule
from schemas.rules.policy import adjust

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.walk import Pair
    from schemas.lens import Lens

REQUEST, RESPONSE, ERROR = "request", "response", "error"
FLIPPED = {REQUEST: RESPONSE, RESPONSE: REQUEST, ERROR: REQUEST}


_OPPOSITES = {"not.tightened": "not.loosened", "not.loosened": "not.tightened"}


class Way(NamedTuple):
    """How a walk came to a place: `side` is request, response or error (the body of an error status, which only error
    handling reads); `loose` is true where values travel as text (parameters, headers, forms, XML)."""

    side: str
    loose: bool = False

    @property
    def flipped(self) -> Way:
        return Way(FLIPPED[self.side], self.loose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where an edit is on both sides, as pointers (empty where a side has nothing), and what stands there."""

    old_at: str = ""
    new_at: str = ""
    before: Json = None
    after: Json = None


@dataclass(slots=True, kw_only=True)
class Draft:
    """A finding in the making: `sides` collects the ways that lead to it, `pairs` the places that were being compared."""

    rule: str
    address: str
    pointer: str
    gone: bool
    message: str
    it: str
    what: str
    members: tuple[str, ...]
    before: Json
    after: Json
    request: Level
    response: Level
    guaranteed: bool
    pairs: dict[tuple[tuple[str, ...], tuple[str, ...]], Pair] = field(default_factory=dict)
    sides: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)

    def impacts(self, *, used: bool) -> dict[str, Impact]:
        """The impact on each side that a way leads to and the rule speaks of."""
        row, found = rule(self.rule), {}
        for side in sorted(self.sides):
            impact = row.impact(self.request if side == REQUEST else self.response, used=used)
            if impact is not None:
                found[side] = min(impact, Impact.RISKY) if side == ERROR else impact
        return found

    def worst(self) -> Impact:
        """The worst of its impacts, were all of it used."""
        return max(self.impacts(used=True).values(), default=Impact.SAFE)

    def bare(self, line: int | None = None) -> Finding:
        """The finding without any verdict; `line` is where its pointer leads to."""
        return Finding(
            rule=self.rule,
            impact=Impact.SAFE,
            address=self.address,
            message=self.message,
            members=self.members,
            before=fragment(self.before),
            after=fragment(self.after),
            source=Source(pointer=self.pointer, line=line),
            before_hash=hash_of(self.before),
            after_hash=hash_of(self.after),
        )


class Ledger:
    """The drafts, by rule and address. `reach` names the operations that a pointer is reached by on a side."""

    def __init__(self) -> None:
        self.drafts: dict[tuple[str, str], Draft] = {}

    def note(self, draft: Draft, sides: Iterable[str]) -> None:
        """Record an edit; the same edit seen again only adds its sides."""
        key = (draft.rule, draft.address)
        if draft.rule in _OPPOSITES and key not in self.drafts:
            opposite = self.drafts.get((_OPPOSITES[draft.rule], draft.address))
            if opposite is not None:  # what one kind of value loses and another gains by one edit
                opposite.request = opposite.response = Level.BREAKING
                draft, key = opposite, (opposite.rule, opposite.address)
        kept = self.drafts.setdefault(key, draft)
        kept.sides.update(sides)
        kept.operations.update(draft.operations)
        kept.pairs.update(draft.pairs)
        kept.guaranteed = kept.guaranteed or draft.guaranteed

    def findings(
        self,
        lens: Lens,
        reach: Callable[[str, str], Iterable[str]],
        line: Callable[[str], int | None],
        show: Callable[[Draft, str], Json],
    ) -> Iterator[Finding]:
        """The findings as `lens` asks for them. `line` tells where a pointer leads to, `show` finds a value that the edit
        lets through or refuses on a side."""
        for draft in self.drafts.values():
            finding = _finding(draft, lens, reach, line)
            if finding is None:
                continue
            if finding.impact > Impact.SAFE and draft.pairs:
                side = REQUEST if finding.request is finding.impact else RESPONSE
                finding = replace(finding, witness=show(draft, side))
            yield finding


def _finding(
    draft: Draft, lens: Lens, reach: Callable[[str, str], Iterable[str]], line: Callable[[str], int | None]
) -> Finding | None:
    row = rule(draft.rule)
    bare = draft.bare(line(draft.pointer))
    used = False
    if lens.usage:
        everywhere = draft.operations.union(*(reach(draft.pointer, side) for side in draft.sides))
        used = lens.usage.of(replace(bare, operations=tuple(sorted(everywhere)))) in (Use.USED, Use.COARSE)
    impacts = draft.impacts(used=used)
    adjusted = {side: adjust(lens.policy, row, side, impact, guaranteed=draft.guaranteed) for side, impact in impacts.items()}
    request = adjusted.get(REQUEST) if lens.direction is not Direction.RESPONSE else None
    answers = (
        [adjusted[side] for side in (RESPONSE, ERROR) if side in adjusted] if lens.direction is not Direction.REQUEST else []
    )
    response = max(answers) if answers else None
    if request is None and response is None:
        return None
    worst = max(impact for impact in (request, response) if impact is not None)
    rule_id = row.id
    if draft.sides <= {ERROR} and worst > Impact.SAFE and row.impact(draft.response, used=used) is Impact.BREAKING:
        rule_id = "resp.error-shape-changed"
    hit = {side for side, impact in adjusted.items() if impact is worst and (side == REQUEST) in _asked(lens.direction)}
    operations = sorted(draft.operations.union(*(reach(draft.pointer, side) for side in sorted(hit))))
    words = [text for side, text in ((REQUEST, row.sends), (RESPONSE, row.reads), (ERROR, row.reads)) if side in hit and text]
    plain = [text for text in (row.sends, row.reads) if text]
    consequence = "; ".join(dict.fromkeys(words or plain[:1])) if worst > Impact.SAFE or row.notice else ""
    return replace(
        bare,
        rule=rule_id,
        impact=worst,
        consequence=consequence.format(it=draft.it, what=draft.what or draft.it),
        request=request,
        response=response,
        operations=tuple(operations),
        notice=row.notice and worst is Impact.SAFE,
    )


def _asked(direction: Direction) -> tuple[bool, ...]:
    return {Direction.REQUEST: (True,), Direction.RESPONSE: (False,), Direction.BOTH: (True, False)}[direction]
