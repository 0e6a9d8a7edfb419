"""What changed in a message: fields by number, then what excludes what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from schemas.change import Finding, Impact
from schemas.protobuf.model import Count, Field, Message, shown
from schemas.protobuf.place import Place
from schemas.protobuf.wire import Fit, Wire

_NOTHING = frozenset({None, "", "0", "false", "0.0"})


def compare_messages(owner: Place, old: Message, new: Message, wire: Wire) -> Iterator[Finding]:
    """Every edit of one message, once."""
    names = {field.name: field for field in new.fields.values()}
    for number, before in old.fields.items():
        place = replace(owner, member=before.name)
        after = new.fields.get(number)
        if after is None:
            yield from _removed(place, before, names.get(before.name), number in new.reserved)
        else:
            kept = after.name in {field.name for field in old.fields.values()} or before.name in names
            yield from compare_field(place, before, after, wire, kept=kept)
    for number, added in new.fields.items():
        if number not in old.fields:
            yield from _added(replace(owner, member=added.name), old, added)
    yield from _oneofs(owner, old, new)
    if new.deprecated and not old.deprecated:
        yield from owner.find("property.deprecated", f"`{owner.short}` is deprecated", before=False, after=True)


def _removed(place: Place, before: Field, moved: Field | None, reserved: bool) -> Iterator[Finding]:
    again = f"; field {moved.number} has its name now" if moved else ""
    yield from place.find(
        "proto.field.removed",
        f"field {before.number}, `{place.short}`, is gone{' and reserved' if reserved and not moved else ''}{again}",
        f"`{before.name}` is dropped from what we send, and never set in what we read",
        before=shown(before),
        after=shown(moved) if moved else None,
        gone=True,
        evidence=Impact.RISKY if reserved and not moved else Impact.BREAKING,
    )


def _added(place: Place, old: Message, added: Field) -> Iterator[Finding]:
    if added.number in old.reserved:
        yield from place.find(
            "proto.field.number-reused",
            f"number {added.number} was reserved, and is `{place.short}` now",
            "old data with that number is read as the new field",
            after=shown(added),
        )
    elif added.count is Count.REQUIRED:
        yield from place.find(
            "proto.field.cardinality",
            f"required field {added.number}, `{place.short}`, is new",
            f"a message without `{added.name}` does not parse any more",
            after=shown(added),
        )
    elif added.oneof and any(field.oneof == added.oneof for field in old.fields.values()):
        yield from place.find(
            "proto.oneof.member-added",
            f"`{place.short}` is new in oneof `{added.oneof}`",
            f"a reader that switches over `{added.oneof}` finds nothing set",
            after=shown(added),
        )


def compare_field(place: Place, old: Field, new: Field, wire: Wire, *, kept: bool = False) -> Iterator[Finding]:
    """Two fields of one number. `kept`: one of two different names is that of another field, so this is no renaming."""
    fit = wire.fit(old, new)
    if old.name != new.name and (kept or fit is not Fit.SAME or old.count is not new.count):
        yield from place.find(
            "proto.field.number-reused",
            f"number {old.number} of `{place.name.removeprefix(place.package + '.')}` is `{new.name}` ({new.written}) now, "
            f"was `{old.name}` ({old.written})",
            f"what one side writes as `{old.name}` the other reads as `{new.name}`",
            before=shown(old),
            after=shown(new),
            gone=True,
        )
        return
    if old.name != new.name or old.json_name != new.json_name:
        what = (old.name, new.name) if old.name != new.name else (old.json_name, new.json_name)
        yield from place.find(
            "proto.field.renamed",
            f"`{place.short}` is called `{what[1]}` now{'' if old.name != new.name else ' in JSON'}, was `{what[0]}`",
            "JSON and text of today name a field that is not there",
            before={"name": old.name, "json": old.json_name},
            after={"name": new.name, "json": new.json_name},
            gone=old.name != new.name,
        )
    yield from _count(place, old, new)
    if fit is not Fit.SAME and not (bool(old.key) != bool(new.key) and old.count is not new.count):
        outside = fit is Fit.OUTSIDE
        yield from place.find(
            "proto.field.wire-incompatible" if outside else "proto.field.type-changed",
            f"`{place.short}` is {new.written}, was {old.written}",
            f"bytes written for {old.written} {'do not parse' if outside else 'may mean another thing'} as {new.written}",
            before={"type": old.written},
            after={"type": new.written},
        )
    if old.present and not new.present and old.count is new.count and not old.oneof and fit is not Fit.OUTSIDE:
        yield from place.find(
            "proto.field.presence-lost",
            f"`{place.short}` can no longer be told apart from unset",
            "a default that is sent reads as nothing sent",
            before={"presence": "explicit"},
            after={"presence": "implicit"},
        )
    if old.default != new.default and not _NOTHING.issuperset((old.default, new.default)) and fit is Fit.SAME:
        yield from place.find(
            "default.changed",
            f"the default of `{place.short}` is {new.default or 'none'}, was {old.default or 'none'}",
            "what is left out means another value",
            before=old.default,
            after=new.default,
        )
    if new.deprecated and not old.deprecated:
        yield from place.find("property.deprecated", f"`{place.short}` is deprecated", before=False, after=True)


def _count(place: Place, old: Field, new: Field) -> Iterator[Finding]:
    if old.count is not new.count:
        yield from place.find(
            "proto.field.cardinality",
            f"`{place.short}` is {new.count}, was {old.count}",
            "a message that leaves it out does not parse at the end that requires it"
            if Count.REQUIRED in (old.count, new.count)
            else "one end writes many values where the other keeps the last, or one value in another way",
            before={"count": str(old.count)},
            after={"count": str(new.count)},
        )


def _oneofs(owner: Place, old: Message, new: Message) -> Iterator[Finding]:
    """Members that left what excludes them, and members that were put into something that does."""
    now = _renamed(old, new)
    sizes: defaultdict[str, int] = defaultdict(int)
    left: defaultdict[str, list[str]] = defaultdict(list)
    joined: defaultdict[str, list[str]] = defaultdict(list)
    for before in old.fields.values():
        sizes[before.oneof] += 1
        after = new.fields.get(before.number)
        if after is None or (after.name != before.name and after.written != before.written):
            continue
        if before.oneof and after.oneof != now.get(before.oneof, before.oneof):
            left[before.oneof].append(before.name)
        if after.oneof and now.get(before.oneof) != after.oneof:
            joined[after.oneof].append(after.name)
    known = set(now.values())
    for oneof, names in left.items():
        yield from replace(owner, member=oneof).find(
            "proto.field.cardinality",
            f"{_listed(names)} left oneof `{oneof}` of `{owner.short}`",
            "setting one no longer clears the others: more than one may be set"
            if sizes[oneof] > 1
            else f"code that asks `{oneof}` what is set finds nothing there",
            before={"oneof": oneof, "members": list(names)},
            gone=True,
        )
    for oneof, names in joined.items():
        fresh = [name for name in names if not any(name in gone for gone in left.values())]
        if fresh and (oneof in known or len(names) > 1):
            yield from replace(owner, member=oneof).find(
                "proto.field.cardinality",
                f"{_listed(fresh)} moved into oneof `{oneof}` of `{owner.short}`",
                "only the last one that is written is kept",
                after={"oneof": oneof, "members": list(fresh)},
            )


def _renamed(old: Message, new: Message) -> dict[str, str]:
    """The oneofs of the old side under their names of today: by name, else by the most members that stayed together."""
    today = {field.oneof for field in new.fields.values() if field.oneof}
    names: dict[str, str] = {}
    for oneof in dict.fromkeys(field.oneof for field in old.fields.values() if field.oneof):
        if oneof in today:
            names[oneof] = oneof
            continue
        shared: defaultdict[str, int] = defaultdict(int)
        for field in old.fields.values():
            after = new.fields.get(field.number)
            if field.oneof == oneof and after is not None and after.oneof:
                shared[after.oneof] += 1
        before = {field.oneof for field in old.fields.values()}
        best = max((each for each in shared if each not in before), key=lambda each: (shared[each], each), default=None)
        if best is not None and best not in names.values():
            names[oneof] = best
    return names


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
