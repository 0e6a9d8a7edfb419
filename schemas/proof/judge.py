"""Judging by inclusion: the walk says what changed, proof and counterexample say what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from schemas.change import Direction, Finding, Impact
from schemas.engine.fragment import LARGEST
from schemas.engine.ledger import REQUEST, RESPONSE, Draft, Ledger, Spot, Way
from schemas.engine.same import same, text
from schemas.engine.taint import Taint, definitions
from schemas.engine.walk import Walk
from schemas.proof import blunt
from schemas.proof.candidates import Maker
from schemas.proof.scalars import hints
from schemas.proof.within import Prover
from schemas.proof.witness import Judge, search
from schemas.rules import rule

if TYPE_CHECKING:
    from schemas.engine.view import Reader
    from schemas.lens import Lens
    from schemas.model import Node


class Answer(Enum):
    """Whether all that one place accepts, another accepts too."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer, with a value that shows it where the answer is no."""

    answer: Answer
    witness: Any = None


_LEVELS = {Answer.YES: Impact.SAFE, Answer.NO: Impact.BREAKING, Answer.UNKNOWN: Impact.RISKY}


def includes(inner: Reader, outer: Reader, a: Node, b: Node, alike: Callable[[Node, Node], bool] | None = None) -> Verdict:
    """Whether the whole document of `inner`, read at `a`, lies within that of `outer`, read at `b`.

    `alike` tells of two places whether they are written alike down to everything they refer to."""
    prover = Prover(inner, outer, alike)
    if prover.within(a, b):
        return Verdict(Answer.YES)
    maker = Maker(inner, outer, hints(inner.book.root, outer.book.root))
    found, witness = search(_tries(maker, a, b), Judge(inner.book.root), Judge(outer.book.root))
    return Verdict(Answer.NO, witness) if found else Verdict(Answer.UNKNOWN)


def _tries(maker: Maker, a: Node, b: Node) -> Iterable[Any]:
    yield from maker.aimed(a, b)
    yield from maker.samples(a)
    yield from blunt.values(maker.mine.book.root, maker.theirs.book.root)


def compare(old: Reader, new: Reader, lens: Lens) -> Iterable[Finding]:
    """One finding an edit; on each side the whole's answer decides, and the walk tells which edit is to blame."""
    if old.book.dialect == new.book.dialect and same(old.book.root, new.book.root):
        return ()  # also where references lead nowhere, of which nothing could be proven
    ledger = Ledger()
    walk = Walk(old, new, Taint(definitions(old.book.root), definitions(new.book.root)), ledger)
    before, after = old.book.node("", old.book.root), new.book.node("", new.book.root)
    if walk.clean(before, after):
        return ()
    for side in (REQUEST, RESPONSE):
        walk.push(before, after, Way(side))
    walk.run()
    answers: dict[str, Verdict] = {}

    def back(one: Node, other: Node) -> bool:
        return walk.clean(other, one)

    if lens.direction is not Direction.RESPONSE:
        answers[REQUEST] = includes(old, new, before, after, walk.clean)
    if lens.direction is not Direction.REQUEST:
        answers[RESPONSE] = includes(new, old, after, before, back)
    if len(answers) == 2 and all(verdict.answer is Answer.YES for verdict in answers.values()):
        return ()
    if not ledger.drafts:
        if not any(verdict.answer is Answer.NO for verdict in answers.values()):
            return ()  # both read the same in normal form
        walk.note("schema.unclassified", Way(REQUEST), Spot(), message="the schema changed in a way no rule knows")
    levels = {side: _blame(walk, list(ledger.drafts.values()), side, verdict, old, new) for side, verdict in answers.items()}
    for side, verdict in answers.items():
        if (
            sum(level is Impact.BREAKING for level in levels[side]) > 1
        ):  # the one value shows one of the edits, nobody knows which
            answers[side] = Verdict(verdict.answer)
    return [_finding(draft, i, levels, answers, lens) for i, draft in enumerate(ledger.drafts.values())]


def _blame(walk: Walk, drafts: list[Draft], side: str, verdict: Verdict, old: Reader, new: Reader) -> list[Impact]:
    """A level for each draft, the worst of them the answer for the whole."""
    if verdict.answer is Answer.YES:
        return [Impact.SAFE for _ in drafts]
    ceiling = _LEVELS[verdict.answer]
    found: list[Impact] = []
    provers: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
    for draft in drafts:
        table = rule(draft.rule).impact(draft.request if side == REQUEST else draft.response, used=True)
        for mark, pair in draft.pairs.items():
            if mark not in provers:
                provers[mark] = (
                    Prover(old, new, walk.clean).within(pair.old, pair.new)
                    if side == REQUEST
                    else Prover(new, old, lambda a, b: walk.clean(b, a)).within(pair.new, pair.old)
                )
        proven = bool(draft.pairs) and all(provers[mark] for mark in draft.pairs)
        found.append(Impact.SAFE if proven or table is None or table is Impact.SAFE else ceiling)
    if not any(level is ceiling for level in found):
        suspects = [i for i, draft in enumerate(drafts) if not draft.pairs or not all(provers[mark] for mark in draft.pairs)]
        for i in suspects or range(len(drafts)):
            found[i] = ceiling
    return found


def _finding(draft: Draft, index: int, levels: dict[str, list[Impact]], answers: dict[str, Verdict], lens: Lens) -> Finding:
    request = levels[REQUEST][index] if REQUEST in levels else None
    response = levels[RESPONSE][index] if RESPONSE in levels else None
    worst = max(level for level in (request, response) if level is not None)
    row = rule(draft.rule)
    hit = [side for side, level in ((REQUEST, request), (RESPONSE, response)) if level is worst]
    plain = {
        REQUEST: row.sends or "values that were valid may be refused",
        RESPONSE: row.reads or "values never seen before may come",
    }
    words = "; ".join(plain[side] for side in hit).format(it=draft.it, what=draft.what or draft.it) if worst > Impact.SAFE else ""
    shown = (
        next((answers[side].witness for side in hit if answers[side].answer is Answer.NO), None)
        if worst is Impact.BREAKING
        else None
    )
    small = shown if len(text(shown)) <= LARGEST else None
    return replace(
        draft.bare(),
        impact=worst,
        request=request,
        response=response,
        consequence=words,
        witness=small,
        operations=tuple(sorted(draft.operations)),
    )
