"""What changed in an Avro schema: fields by name, types by what may be read as what, each pair of definitions once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from schemas.avro.model import (
    Definition,
    Enum,
    Field,
    Fixed,
    Listed,
    Name,
    Named,
    OneOf,
    Plain,
    Record,
    Schema,
    Type,
    last,
    shown,
)
from schemas.avro.place import Place
from schemas.change import Finding
from schemas.lens import Lens
from schemas.rules import Level

_WIDER = {"int": ("long", "float", "double"), "long": ("float", "double"), "float": ("double",)}
"""What a reader may take a number for (Avro 1.11, schema resolution)."""
_SIZES = {"int": "long", "float": "double"}
_TEXTS = frozenset({"string", "bytes"})


def compare_schemas(old: Schema, new: Schema, lens: Lens) -> Iterator[Finding]:
    """Every edit, once."""
    yield from _Walk(old, new, lens).run()


class _Walk:
    def __init__(self, old: Schema, new: Schema, lens: Lens) -> None:
        self.old, self.new, self.lens = old, new, lens
        self.met: set[tuple[Name, Name]] = set()
        self.waiting: deque[tuple[Name, Name]] = deque()

    def run(self) -> Iterator[Finding]:
        root = Place(old=self.old, new=self.new, lens=self.lens, name="", label=self.old.event or "(schema)")
        yield from self._types(root, self.old.root, self.new.root)
        while self.waiting:
            before, after = self.waiting.popleft()
            yield from self._definition(self.old.definitions[before], self.new.definitions[after])

    def _definition(self, old: Definition, new: Definition) -> Iterator[Finding]:
        place = Place(old=self.old, new=self.new, lens=self.lens, name=old.name, label=old.label)
        if last(old.name) != last(new.name) and old.name not in new.aliases:
            yield from place.find(
                "avro.type.renamed",
                f"`{last(old.name)}` is called `{last(new.name)}` now",
                "records are resolved by their names: a reader with the schema of today refuses them",
                before={"name": last(old.name)},
                after={"name": last(new.name)},
            )
        if isinstance(old, Record) and isinstance(new, Record):
            yield from self._record(place, old, new)
        elif isinstance(old, Enum) and isinstance(new, Enum):
            yield from _enum(place, old, new)
        elif isinstance(old, Fixed) and isinstance(new, Fixed) and old.size != new.size:
            yield from place.find(
                "type.changed",
                f"`{place.address}` has {new.size} bytes, had {old.size}",
                "a value of another size is refused",
                before={"size": old.size},
                after={"size": new.size},
            )
        elif isinstance(old, Fixed) and isinstance(new, Fixed):
            yield from _logical(place, (old.logical, old.digits), (new.logical, new.digits))

    def _record(self, place: Place, old: Record, new: Record) -> Iterator[Finding]:
        renamed = {alias: field for field in new.fields.values() for alias in field.aliases if field.name not in old.fields}
        for name, field in old.fields.items():
            at, now, moved = place.at(name), new.fields.get(name), renamed.get(name)
            if now is None:
                yield from at.find(
                    "property.removed",
                    f"`{at.address}` is gone{f', it is called `{moved.name}` now' if moved else ''}",
                    "what we send under the old name is taken, and what we read has only the new one" if moved else "",
                    before={"name": name, "type": shown(field.type)},
                    after={"name": moved.name} if moved else None,
                    gone=True,
                    sends=Level.SAFE if moved else None,
                )
                if moved is not None:
                    yield from self._field(at, field, moved)
            else:
                yield from self._field(at, field, now)
        taken = {field.name for alias, field in renamed.items() if alias in old.fields}
        for name, field in new.fields.items():
            if name in old.fields or name in taken:
                continue
            at = place.at(name)
            needed = not field.default and not _nullable(field.type)
            yield from at.find(
                "property.required-added" if needed else "property.optional-added",
                f"`{at.address}` is new{' and has no default' if needed else ''}",
                "an event without it is refused" if needed else "",
                after={"name": name, "type": shown(field.type)},
            )

    def _field(self, at: Place, old: Field, new: Field) -> Iterator[Finding]:
        yield from self._types(at, old.type, new.type)
        if bool(old.default) != bool(new.default):
            needed = not new.default and not _nullable(new.type)
            if needed or (new.default and not _nullable(old.type)):
                yield from at.find(
                    "property.became-required" if needed else "property.became-optional",
                    f"`{at.address}` has {'no default any more' if needed else 'a default now'}",
                    "an event without it is refused" if needed else "",
                    before={"default": [*old.default]},
                    after={"default": [*new.default]},
                    reads=Level.SAFE,  # every event that we read has it, whatever its sender left out
                )
        elif old.default != new.default:
            yield from at.find(
                "default.changed",
                f"the default of `{at.address}` is another one",
                before={"default": [*old.default]},
                after={"default": [*new.default]},
            )

    def _types(self, at: Place, old: Type, new: Type) -> Iterator[Finding]:
        if isinstance(old, OneOf) or isinstance(new, OneOf):
            yield from self._unions(at, _branches(old), _branches(new))
        elif (lost := _unknown(new) or _unknown(old)) is not None:
            if last(shown(old)) != last(shown(new)):
                yield from at.find(
                    "schema.ref-unresolved",
                    f"`{at.address}` is `{lost.named}`, which nothing defines",
                    "whether the data is another one cannot be told",
                    before={"type": shown(old)},
                    after={"type": shown(new)},
                )
        elif isinstance(old, Named) and isinstance(new, Named) and self._same_kind(old, new):
            if (old.name, new.name) not in self.met:
                self.met.add((old.name, new.name))
                self.waiting.append((old.name, new.name))
        elif isinstance(old, Listed) and isinstance(new, Listed) and old.keyed == new.keyed:
            yield from self._types(at.within("{}" if old.keyed else "[]"), old.of, new.of)
        elif isinstance(old, Plain) and isinstance(new, Plain):
            yield from _plain(at, old, new)
        else:
            yield from _another(at, old, new)

    def _same_kind(self, old: Named, new: Named) -> bool:
        return type(self.old.definitions[old.name]) is type(self.new.definitions[new.name])

    def _unions(self, at: Place, old: tuple[Type, ...], new: tuple[Type, ...]) -> Iterator[Finding]:
        """Null first, which may hide a change of what it stands beside; then branches by what they are called in the data."""
        before, after = [each for each in old if not _is_null(each)], [each for each in new if not _is_null(each)]
        if len(before) < len(old) and len(after) == len(new):
            yield from at.find(
                "null.removed",
                f"`{at.address}` may no longer be null",
                "an event with null in its place is refused",
                before={"null": True},
                after={"null": False},
            )
        elif len(before) == len(old) and len(after) < len(new):
            yield from at.find(
                "null.added",
                f"`{at.address}` may be null",
                "null arrives where none ever could",
                before={"null": False},
                after={"null": True},
            )
        if len(before) == len(after) == 1:
            yield from self._types(at, before[0], after[0])
            return
        known, now = (
            {self._branch(each, self.old): each for each in before},
            {self._branch(each, self.new): each for each in after},
        )
        for branch, each in known.items():
            if branch in now:
                yield from self._types(at, each, now[branch])
            else:
                yield from at.find(
                    "union.branch-removed",
                    f"`{at.address}` may no longer be {shown(each)}",
                    "an event that has it is refused",
                    before={"type": shown(each)},
                )
        for branch, each in now.items():
            if branch not in known:
                yield from at.find(
                    "union.branch-added",
                    f"`{at.address}` may be {shown(each)} as well",
                    "a reader meets what it does not know",
                    after={"type": shown(each)},
                )

    def _branch(self, each: Type, side: Schema) -> str:
        if isinstance(each, Named):
            return last(each.name)
        if isinstance(each, Listed):
            return "map" if each.keyed else "array"
        return shown(each) if isinstance(each, Plain) and each.kind == "unknown" else each.kind if isinstance(each, Plain) else ""


def _enum(place: Place, old: Enum, new: Enum) -> Iterator[Finding]:
    known, now = frozenset(old.symbols), frozenset(new.symbols)
    gone, fresh = [each for each in old.symbols if each not in now], [each for each in new.symbols if each not in known]
    if gone:
        yield from place.find(
            "enum.value-removed",
            f"{', '.join(f'`{each}`' for each in gone[:5])} of `{place.address}` {'is' if len(gone) == 1 else 'are'} gone",
            "an event with such a value is refused",
            before=[*gone[:50]],
        )
    if fresh:
        yield from place.find(
            "enum.value-added",
            f"{', '.join(f'`{each}`' for each in fresh[:5])} of `{place.address}` {'is' if len(fresh) == 1 else 'are'} new",
            f"a reader that does not know it takes `{old.default}` for it"
            if old.default
            else "a reader that does not know it fails",
            after=[*fresh[:50]],
        )


def _plain(at: Place, old: Plain, new: Plain) -> Iterator[Finding]:
    if old.kind == new.kind:
        yield from _logical(at, (old.logical, old.digits), (new.logical, new.digits))
        return
    told = f"`{at.address}` is {shown(new)}, was {shown(old)}"
    before, after = {"type": shown(old)}, {"type": shown(new)}
    if {old.kind, new.kind} == _TEXTS:
        consequence = "a reader of Avro takes one for the other; what is generated from the schema, and JSON, do not"
        risky = Level.RISKY
        yield from at.find("format.changed", told, consequence, before={**before}, after={**after}, sends=risky, reads=risky)
    elif new.kind in _WIDER.get(old.kind, ()):
        widened = "format.widened" if _SIZES.get(old.kind) == new.kind else "type.widened"
        yield from at.find(widened, told, "a value may come that does not fit", before={**before}, after={**after})
    elif old.kind in _WIDER.get(new.kind, ()):
        narrowed = "format.narrowed" if _SIZES.get(new.kind) == old.kind else "type.narrowed"
        yield from at.find(narrowed, told, "a value that does not fit is refused", before={**before}, after={**after})
    else:
        yield from _another(at, old, new)


def _another(at: Place, old: Type, new: Type) -> Iterator[Finding]:
    yield from at.find(
        "type.changed",
        f"`{at.address}` is {shown(new)}, was {shown(old)}",
        "what one side writes the other does not read",
        before={"type": shown(old)},
        after={"type": shown(new)},
    )


def _logical(at: Place, old: tuple[str, tuple[int, int] | None], new: tuple[str, tuple[int, int] | None]) -> Iterator[Finding]:
    if old == new:
        return
    before, after = {"logicalType": old[0] or None}, {"logicalType": new[0] or None}
    if old[0] != new[0]:
        row = "format.added" if not old[0] else "format.removed" if not new[0] else "format.changed"
        told = f"`{at.address}` stands for {new[0] or 'nothing but itself'}, stood for {old[0] or 'nothing but itself'}"
        yield from at.find(row, told, "the same number means something else", before={**before}, after={**after})
    elif old[1] is None or new[1] is None or old[1][1] != new[1][1]:
        told = f"`{at.address}` has another scale"
        was, now = [*(old[1] or ())], [*(new[1] or ())]
        yield from at.find("format.changed", told, "every amount is read as another one", before=[*was], after=[*now])
    else:
        row = "limit.max-raised" if new[1][0] > old[1][0] else "limit.max-lowered"
        told = f"`{at.address}` has {new[1][0]} digits, had {old[1][0]}"
        yield from at.find(row, told, before={"precision": old[1][0]}, after={"precision": new[1][0]})


def _branches(type: Type) -> tuple[Type, ...]:
    return type.branches if isinstance(type, OneOf) else (type,)


def _is_null(type: Type) -> bool:
    return isinstance(type, Plain) and type.kind == "null"


def _unknown(type: Type) -> Plain | None:
    return type if isinstance(type, Plain) and type.kind == "unknown" else None


def _nullable(type: Type) -> bool:
    return any(_is_null(each) for each in _branches(type))
