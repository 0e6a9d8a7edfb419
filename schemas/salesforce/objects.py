"""What changed in the objects of two describe answers: objects, access, record types, child relationships, and fields."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.change import Finding
from schemas.lens import Lens
from schemas.salesforce.describe import OBJECT_FLAGS, OTHER_OBJECT_FLAGS, Describe, SObject
from schemas.salesforce.fields import compare_fields
from schemas.salesforce.place import Place

_ACCESS = {
    "queryable": "queries of",
    "createable": "creates of",
    "updateable": "updates of",
    "deletable": "deletes of",
}


def compare_answers(old: Describe, new: Describe, lens: Lens) -> Iterator[Finding]:
    """Everything that changed, each edit once. Objects that only the new answer has are nobody's yet."""
    for name, before in old.objects.items():
        after = new.objects.get(name)
        if after is not None:
            yield from _object(before, after, lens, new.hidden)
            continue
        place = Place(address=name, members=(name,), pointer=before.pointer, lens=lens)
        instead = f": the answer describes {', '.join(sorted(new.objects))}" if new.whole else ""
        yield from place.find(
            "sf.object.missing",
            f"`{name}` is gone{instead}",
            f"every query of `{name}` and every write to it will fail",
            before={"name": name},
        )


def _object(old: SObject, new: SObject, lens: Lens, hidden: frozenset[str]) -> Iterator[Finding]:
    place = Place(address=old.name, members=(old.name,), pointer=new.pointer, lens=lens)
    lost = [flag for flag in OBJECT_FLAGS if old.flags.get(flag) is True and new.flags.get(flag) is False]
    if lost:
        yield from place.find(
            "sf.object.access-lost",
            f"`{old.name}` is no longer {' or '.join(lost)}",
            f"{' and '.join(_ACCESS[flag] for flag in lost)} `{old.name}` will be refused",
            before=dict.fromkeys(lost, True),
            after=dict.fromkeys(lost, False),
        )
    for flag in OTHER_OBJECT_FLAGS:
        if old.flags.get(flag) is True and new.flags.get(flag) is False:
            yield from place.find(
                "schema.unclassified",
                f"`{old.name}` is no longer {flag}",
                f"calls that rely on `{old.name}` being {flag} may be refused",
                before={flag: True},
                after={flag: False},
            )
    if old.flags.get("deprecatedAndHidden") is False and new.flags.get("deprecatedAndHidden") is True:
        yield from place.find(
            "sf.field.retiring",
            f"`{old.name}` is deprecated and hidden",
            f"newer API versions will lack `{old.name}`",
            before={"deprecatedAndHidden": False},
            after={"deprecatedAndHidden": True},
        )
    yield from _record_types(old, new, place)
    yield from _children(old, new, lens)
    if old.fields is not None and new.fields is not None:
        yield from compare_fields(old, new, lens, claimed=frozenset(lost), hidden=hidden)


def _record_types(old: SObject, new: SObject, place: Place) -> Iterator[Finding]:
    if old.record_types is None or new.record_types is None:
        return
    for name, before in old.record_types.items():
        after = new.record_types.get(name)
        if before.usable and not (after is not None and after.usable):
            yield from place.find(
                "sf.record-type.missing",
                f"record type `{name}` of `{old.name}` is {'gone' if after is None else 'inactive or not available'}",
                f"`{old.name}` records of type `{name}` can no longer be created",
                before={"developerName": name, "usable": True},
                after=None if after is None else {"developerName": name, "usable": False},
            )
    was = sorted(name for name, row in old.record_types.items() if row.default)
    now = sorted(name for name, row in new.record_types.items() if row.default)
    # A default that cannot be used any more has its finding already.
    if was and now and was != now and all(name in new.record_types and new.record_types[name].usable for name in was):
        yield from place.find(
            "default.changed",
            f"the default record type of `{old.name}` is {', '.join(now)}, was {', '.join(was)}",
            f"`{old.name}` records created without a record type get another one",
            before={"defaultRecordType": list(was)},
            after={"defaultRecordType": list(now)},
        )


def _children(old: SObject, new: SObject, lens: Lens) -> Iterator[Finding]:
    if old.children is None or new.children is None:
        return
    renamed = {(row.child, row.field): row.name for row in new.children.values() if row.name not in old.children}
    for name, before in old.children.items():
        after = new.children.get(name)
        if after == before:
            continue
        address = f"{old.name}.{name}"
        place = Place(address=address, members=(address,), pointer=f"{new.pointer}/childRelationships", lens=lens)
        instead = renamed.get((before.child, before.field))
        if after is not None:
            message = (
                f"child relationship `{address}` leads to `{after.child}.{after.field}`, was `{before.child}.{before.field}`"
            )
        elif instead is not None:
            message = f"child relationship `{address}` is now called `{instead}`"
        else:
            message = f"child relationship `{address}` is gone"
        shown = after if after is not None else new.children.get(instead or "")
        yield from place.find(
            "sf.child-relationship.changed",
            message,
            f"sub-queries over `{address}` will fail",
            before={"relationshipName": name, "childSObject": before.child, "field": before.field},
            after=None if shown is None else {"relationshipName": shown.name, "childSObject": shown.child, "field": shown.field},
        )
