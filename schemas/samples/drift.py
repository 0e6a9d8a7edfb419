"""What new answers show that the learned ones did not, as far as counts can prove it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from schemas.change import Finding, Impact
from schemas.infer import Shape, alike
from schemas.lens import Lens
from schemas.samples.place import Place, at_root

ENOUGH = 20
"""Below so many values a rate is not known, and an absence is no proof."""
SURELY_PRESENT = 0.95
OFTEN = 4
"""So often must each value of a small domain have stood there on average that a new one is news."""
BEYOND_CHANCE = 1e-6
"""So improbable must an absence by chance be to count as a removal."""
WORTH_TELLING = 0.05
"""Absences more probable than this say nothing at all."""


def compare_shapes(old: Shape, new: Shape, lens: Lens) -> Iterator[Finding]:
    """Every place where the new answers leave what was learned, once: what changed its kind claims all inside."""
    yield from _compare(old, new, at_root(lens))


def _compare(old: Shape, new: Shape, place: Place) -> Iterator[Finding]:
    known = {kind for kind in old.kinds if kind != "null"}
    if not known:
        # Only nulls, or nothing at all: there is nothing to leave.
        return
    strange = [kind for kind in new.kinds if kind != "null" and not _covered(kind, known)]
    if strange:
        # A whole number may just have been a round one, until many were.
        certain = strange != ["number"] or "integer" not in known or old.kinds["integer"] >= ENOUGH
        yield from place.find(
            "obs.type-drift" if certain else "schema.unproven",
            f"`{place.address}` is {_told(new, strange)}, was {_told(old, sorted(known))}",
            f"reads of `{place.address}` meet a kind of value never seen before",
            before={"kinds": [*sorted(known)]},
            after={"kinds": [*sorted(strange)]},
        )
    if new.kinds.get("null") and not old.kinds.get("null"):
        yield from place.find(
            "obs.null-first-seen",
            f"`{place.address}` is null for the first time, after {old.seen} values",
            f"reads of `{place.address}` may give null",
            before={"null": False},
            after={"null": True},
        )
    if old.domain and new.domain:
        yield from _values(old.domain, new.domain, place)
    if old.objects and new.objects:
        yield from _objects(*alike(old, new), place)
    if old.items is not None and new.items is not None:
        yield from _compare(old.items, new.items, place.inner("[]"))


def _values(old: Mapping[str, int], new: Mapping[str, int], place: Place) -> Iterator[Finding]:
    """New texts in a small domain: few texts that stood there often."""
    stood = sum(old.values())
    fresh = sorted(set(new) - set(old))
    if fresh and stood >= ENOUGH and stood >= OFTEN * len(old):
        known = ", ".join(f"`{text}`" for text in sorted(old))
        met = " and ".join(f"`{text}`" for text in fresh)
        yield from place.find(
            "obs.enum-first-seen",
            f"`{place.address}` is {met} for the first time, after {known} in {stood} values",
            f"code that tells the values of `{place.address}` apart meets one that it does not know",
            before={"values": [*sorted(old)]},
            after={"values": [*fresh]},
        )


def _covered(kind: str, known: set[str]) -> bool:
    return kind in known or (kind == "integer" and "number" in known)


def _told(shape: Shape, kinds: list[str]) -> str:
    return " or ".join(f"{kind} ({shape.kinds[kind]} of {shape.seen})" for kind in kinds)


def _objects(old: Shape, new: Shape, place: Place) -> Iterator[Finding]:
    if old.values is not None and new.values is not None:
        yield from _compare(old.values, new.values, place.inner(".*"))
    for name, before in old.fields.items():
        after = new.fields.get(name)
        here = place.field(name)
        if after is None:
            yield from _absent(before.seen, old.objects, new.objects, here)
        else:
            yield from _compare(before, after, here)
            yield from _rarer(before.seen, old.objects, after.seen, new.objects, here)
    for name, after in new.fields.items():
        if name not in old.fields:
            here = place.field(name)
            yield from here.find(
                "property.optional-added",
                f"`{here.address}` is seen for the first time",
                "",
                before=None,
                after={"kinds": [*sorted(after.kinds)]},
            )


def _absent(seen: int, learned: int, looked: int, place: Place) -> Iterator[Finding]:
    """A field that stood in `seen` of `learned` objects stands in none of `looked` new ones."""
    rate = seen / learned
    chance = (1 - rate) ** looked
    if chance > WORTH_TELLING:
        return
    certain = rate >= SURELY_PRESENT and chance <= BEYOND_CHANCE and min(learned, looked) >= ENOUGH
    yield from place.find(
        "obs.field-missing",
        f"`{place.address}` is in none of {looked} answers, was in {seen} of {learned}",
        f"reads of `{place.address}` will find nothing" if certain else f"reads of `{place.address}` may find nothing",
        before={"present": True},
        after={"present": False},
        evidence=Impact.BREAKING if certain else Impact.RISKY,
    )


def _rarer(seen: int, learned: int, found: int, looked: int, place: Place) -> Iterator[Finding]:
    """A field that nearly always stood there is absent too often for chance, and present all the same."""
    if min(learned, looked) < ENOUGH or seen / learned < SURELY_PRESENT or found == looked:
        return
    absence = 1 - (seen + 1) / (learned + 2)  # what is always present may have been so by luck
    missing = looked - found
    if missing / looked <= absence or _at_least(missing, looked, absence) > BEYOND_CHANCE:
        return
    yield from place.find(
        "obs.field-missing",
        f"`{place.address}` is in {found} of {looked} answers only, was in {seen} of {learned}",
        f"reads of `{place.address}` may find nothing",
        before={"present": True},
        after={"present": "sometimes"},
        evidence=Impact.RISKY,
    )


def _at_least(count: int, of: int, rate: float) -> float:
    """The chance of at least `count` hits among `of` tries, each at `rate`; `count` is over the mean, so the terms fall."""
    term = math.exp(
        math.lgamma(of + 1)
        - math.lgamma(count + 1)
        - math.lgamma(of - count + 1)
        + count * math.log(rate)
        + (of - count) * math.log1p(-rate)
    )
    total = 0.0
    for hits in range(count, of + 1):
        total += term
        if term < total * 1e-9:
            break
        term *= (of - hits) / (hits + 1) * rate / (1 - rate)
    return total
