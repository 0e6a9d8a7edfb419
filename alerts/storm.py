"""A vendor renames everything: one escalation with a true count, of which only the worst causes are kept one by one.

`joined` adds causes to those known, `kept` bounds them. What is not kept is counted by target, in `Escalation.beyond`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from alerts.escalation import Cause

MOST_CAUSES = 200
"""More than anybody reads. Each is stored again with every event, so this bounds time and memory as well."""

Beyond = tuple[tuple[str, int], ...]

_WORST_FIRST = {"breaking": 0, "risky": 1, "safe": 2}
_USED_FIRST = {"used": 0, "coarse": 1, "undeclared": 2, "unused": 3}


def joined(
    known: Sequence[Cause], beyond: Beyond, more: Sequence[Cause], more_beyond: Beyond
) -> tuple[tuple[Cause, ...], Beyond]:
    """All of both, one cause a (key, target): a second edit of the same field replaces what is said of it, in its old place.

    `more` with `more_beyond` is all there is to say of its targets, so that nothing is counted twice.
    """
    fresh = {(cause.key, cause.target): cause for cause in more}
    by_place = {(cause.key, cause.target): cause for cause in known} | fresh
    counts = dict(beyond)
    uncounted, there, said = dict(more_beyond), _by_target(by_place.values()), _by_target(fresh.values())
    for target in said.keys() | uncounted.keys():
        counts[target] = max(said[target] + uncounted.get(target, 0) - there[target], 0)
    return tuple(by_place.values()), _sorted(counts)


def kept(causes: Sequence[Cause], beyond: Beyond = (), most: int = MOST_CAUSES) -> tuple[tuple[Cause, ...], Beyond]:
    """At most `most` of the causes, the rest counted. One of each (rule, impact, use) comes first: that is what the matrix
    matches on, so no lane hears less of it; then the worst."""
    if len(causes) <= most:
        return tuple(causes), _sorted(dict(beyond))
    ranked = sorted(range(len(causes)), key=lambda index: (*_weight(causes[index]), index))
    first: dict[tuple[str, str, str], int] = {}
    for index in ranked:
        first.setdefault((causes[index].rule, causes[index].impact, causes[index].use), index)
    chosen = set(list(dict.fromkeys((*first.values(), *ranked)))[:most])
    spilled = _by_target(cause for index, cause in enumerate(causes) if index not in chosen)
    return tuple(cause for index, cause in enumerate(causes) if index in chosen), _sorted(Counter(dict(beyond)) + spilled)


def _by_target(causes: Iterable[Cause]) -> Counter[str]:
    return Counter(cause.target for cause in causes)


def _sorted(counts: Mapping[str, int]) -> Beyond:
    return tuple(sorted((target, count) for target, count in counts.items() if count > 0))


def _weight(cause: Cause) -> tuple[int, int]:
    return _WORST_FIRST.get(cause.impact, 3), _USED_FIRST.get(cause.use, 4)
