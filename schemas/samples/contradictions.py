"""Where answers contradict the schema that the vendor publishes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.change import Finding, Impact
from schemas.document import Json
from schemas.infer import Shape
from schemas.lens import Lens
from schemas.samples.place import Place, at_root
from schemas.samples.published import Branch, Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """One place at which the answers are not as published. `harmless`: a field that the schema does not name, nor forbid."""

    place: Place
    said: str
    published: Json
    seen: Json
    harmless: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return self.place.address, repr(self.published), repr(self.seen)

    def finding(self) -> Iterator[Finding]:
        return self.place.find(
            "obs.undocumented",
            f"`{self.place.address}` {self.said}",
            "" if self.harmless else f"code that trusts the published schema may fail on `{self.place.address}`",
            self.published,
            self.seen,
            evidence=Impact.SAFE if self.harmless else Impact.RISKY,
        )


def contradictions(shape: Shape, published: Published, lens: Lens) -> Iterator[Contradiction]:
    """Every contradiction once, at its outermost place. A count is told, and is no part of what it is."""
    yield from _value(shape, [published.schema], published, at_root(lens, *published.operations))


def _value(shape: Shape, schemas: Sequence[Any], published: Published, place: Place) -> Iterator[Contradiction]:
    """`schemas` all hold for the value."""
    branches = published.branches(schemas)
    if branches is not None:
        yield from _branches(shape, branches, published, place)


def _branches(shape: Shape, branches: list[Branch], published: Published, place: Place) -> Iterator[Contradiction]:
    strange = [kind for kind in shape.kinds if not any(branch.allows(kind) for branch in branches)]
    if strange:
        told = " or ".join(f"{kind} ({shape.kinds[kind]} of {shape.seen})" for kind in strange)
        types = sorted({kind for branch in branches for kind in branch.types or ()})
        yield Contradiction(
            place=place,
            said=f"is {told}, and {' or '.join(types) or 'nothing'} as published",
            published={"types": [*types]},
            seen={"kinds": [*strange]},
        )
    objects = [branch for branch in branches if branch.allows("object")]
    if shape.objects and objects:
        yield from _object(shape, objects, published, place)
    # Only where one alternative can be a list is it known what its items must be.
    lists = [branch for branch in branches if branch.allows("array")]
    if shape.items is not None and len(lists) == 1 and lists[0].items:
        yield from _value(shape.items, lists[0].items, published, place.inner("[]"))


def _object(shape: Shape, branches: list[Branch], published: Published, place: Place) -> Iterator[Contradiction]:
    for name in sorted(frozenset.intersection(*(branch.required for branch in branches))):
        stood = shape.fields[name].seen if name in shape.fields else 0
        if stood < shape.objects and shape.values is None:
            here = place.field(name)
            said = f"is absent in {shape.objects - stood} of {shape.objects} answers, and required as published"
            yield Contradiction(place=here, said=said, published={"required": True}, seen={"present": False})
    for name, member in shape.fields.items():
        here = place.field(name)
        naming = [branch.properties[name] for branch in branches if name in branch.properties]
        others = [branch for branch in branches if name not in branch.properties]
        naming += [branch.rest for branch in others if branch.rest]
        if naming:
            # An open alternative that does not name the field takes anything there.
            if all(branch.closed or branch.rest for branch in others):
                yield from _any_of(member, naming, published, here)
        elif all(branch.closed for branch in others):
            said = "is there, and the published object is closed"
            yield Contradiction(place=here, said=said, published={"closed": True}, seen={"present": True})
        elif any(branch.properties for branch in others):
            said = "is there, and not in the published schema"
            yield Contradiction(place=here, said=said, published=None, seen={"present": True}, harmless=True)
    if shape.values is not None and all(branch.rest for branch in branches):
        yield from _any_of(shape.values, [branch.rest for branch in branches], published, place.inner(".*"))


def _any_of(shape: Shape, choices: list[Sequence[Any]], published: Published, place: Place) -> Iterator[Contradiction]:
    """Each of `choices` is a list of schemas that all hold; one choice has to."""
    found: list[Branch] = []
    for schemas in choices:
        branches = published.branches(schemas)
        if branches is None:
            return
        found.extend(branches)
    yield from _branches(shape, found, published, place)
