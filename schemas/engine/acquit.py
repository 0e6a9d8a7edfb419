"""Edits without effect: what provably accepts all it did, or nothing it did not, is not held against that side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.change import Impact
from schemas.proof.within import Prover
from schemas.rules import Level

if TYPE_CHECKING:
    from schemas.engine.ledger import Draft, Ledger
    from schemas.engine.walk import Walk
    from schemas.model import Node

_JUDGED = frozenset(("condition", "const", "contains", "enum", "limit", "not", "null", "object", "pattern", "type", "union"))
"""Subjects of rules that speak of which values fit, and of nothing else."""
_TOLD = frozenset(("const", "enum"))
"""Those among them that hold something against a side that gets less: they go altogether or not at all."""
_SMALL = frozenset(("condition", "contains", "limit", "not", "pattern"))
_UNPROVEN = "schema.unproven"
_STEPS = 300
"""Steps of proof that one edit may take; what needs more stays as the rules judged it."""
_ALL_STEPS = 30_000
"""Steps for all edits of two documents together."""


def acquit(walk: Walk, ledger: Ledger) -> None:
    """Lower each edit to safe on the sides where the places it was found in provably let nothing worse through, and forget
    it where they accept exactly what they did. An edit found in many places is acquitted in all of them or not at all."""
    tighter = _Bench(Prover(walk.old, walk.new, walk.clean))
    wider = _Bench(Prover(walk.new, walk.old, lambda one, other: walk.clean(other, one)))
    for key, draft in list(ledger.drafts.items()):
        if not _may_be_acquitted(walk, draft):
            continue
        pairs = [(pair.old, pair.new) for pair in draft.pairs.values()]
        sends = all(tighter.proven(old, new) for old, new in pairs)
        reads = all(wider.proven(new, old) for old, new in pairs)
        if sends and reads:
            del ledger.drafts[key]
        elif draft.rule.partition(".")[0] in _TOLD:
            continue
        elif sends:
            draft.request = Level.SAFE
        elif reads:
            draft.response = Level.SAFE
        if tighter.spent + wider.spent > _ALL_STEPS:
            return


class _Bench:
    """Proofs in one order of the documents, counted."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.spent = 0

    def proven(self, inner: Node, outer: Node) -> bool:
        """Whether all that `inner` accepts, `outer` provably accepts too."""
        self.prover.allow(_STEPS)
        answer = self.prover.within(inner, outer)
        self.spent += self.prover.steps
        return answer


def _may_be_acquitted(walk: Walk, draft: Draft) -> bool:
    """Whether values alone decide, and the answer is worth a proof: types and unions lie in large places, and one without
    harm costs nobody anything. A new kind of object stays new, however much an open one beside it would take in."""
    subject = "" if draft.rule == _UNPROVEN else draft.rule.partition(".")[0]
    if not draft.pairs or (subject and subject not in _JUDGED):
        return False
    if subject == "union" and any("object" in walk.new.view(pair.new).facets for pair in draft.pairs.values()):
        return False
    return subject in _SMALL or draft.worst() > Impact.SAFE
