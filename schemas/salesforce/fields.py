"""What changed in the fields of one object. A removed field and a changed type claim what follows from them."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.change import Direction, Finding, Impact
from schemas.document import Json
from schemas.lens import Lens
from schemas.salesforce.describe import SIZES, Field, SObject
from schemas.salesforce.picklists import compare_picklists
from schemas.salesforce.place import Place

_KEYS = ("externalId", "idLookup", "unique")
_QUERY = ("aggregatable", "filterable", "groupable", "sortable")
_OTHER = ("encrypted", "htmlFormatted")
_OTHER_TEXTS = ("compoundFieldName", "extraTypeInfo", "mask", "maskType", "referenceTargetField")


def compare_fields(
    old: SObject, new: SObject, lens: Lens, *, claimed: frozenset[str], hidden: frozenset[str]
) -> Iterator[Finding]:
    """Every edit of the fields, once. `claimed` are the access flags that the whole object lost, `hidden` (in lower case) the
    fields that are there and not shown to our user."""
    was, now = old.fields or {}, new.fields or {}
    for name, before in was.items():
        after = now.get(name)
        if after is None:
            place = _place(old, before, before, lens)
            kept_from_us = name.lower() in hidden
            yield from place.find(
                "sf.field.hidden" if kept_from_us else "sf.field.missing",
                f"`{place.address}` is hidden from our user, and exists" if kept_from_us else f"`{place.address}` is gone",
                f"reads {'and writes ' if before.writable else ''}of `{place.address}` will fail"
                + (": its administrator can show it again" if kept_from_us else ""),
                before=_gist(before),
                everywhere=True,
            )
        elif before != after:
            yield from _field(old, new, before, after, _place(new, before, after, lens), claimed)
    for name, added in now.items():
        if name not in was:
            required = added.required and new.flags.get("createable", True)
            place = _place(new, added, added, lens)
            yield from place.find(
                "property.required-added" if required else "property.optional-added",
                f"`{place.address}` is new" + (" and required on create" if required else ""),
                f"creates of `{new.name}` without it will be refused" if required else "",
                after=_gist(added),
                everywhere=True,
            )


def _place(owner: SObject, old: Field, new: Field, lens: Lens) -> Place:
    """A field goes by its name, and in a query by its relationship."""
    names = [old.name, old.texts.get("relationshipName")]
    return Place(
        address=f"{owner.name}.{old.name}",
        members=tuple(f"{owner.name}.{name}" for name in names if name),
        pointer=f"{owner.pointer}/fields/{new.index}",
        lens=lens,
        occurs=Direction.BOTH if old.writable else Direction.RESPONSE,
    )


def _gist(field: Field) -> Json:
    """What a reader of the finding wants to know of a whole field."""
    gist: dict[str, Json] = {"name": field.name, "type": field.texts.get("type")}
    gist.update({key: field.sizes[key] for key in ("length", "precision", "scale") if field.sizes.get(key)})
    return gist


def _field(
    old_owner: SObject, new_owner: SObject, old: Field, new: Field, place: Place, claimed: frozenset[str]
) -> Iterator[Finding]:
    retyped = [key for key in ("type", "soapType") if _texts_differ(old, new, key)]
    if retyped:
        yield from place.find(
            "sf.field.type-changed",
            f"`{place.address}` is {new.texts.get('type')} ({new.texts.get('soapType')}), "
            f"was {old.texts.get('type')} ({old.texts.get('soapType')})",
            f"reads of `{place.address}` will give another kind of value, and writes of the old kind may be refused",
            before={key: old.texts[key] for key in retyped},
            after={key: new.texts[key] for key in retyped},
            everywhere=True,
        )
    else:
        # These follow from the type: where it changed, they are no news.
        yield from _sizes(old, new, place)
        yield from _keys(old, new, place)
        yield from _query(old, new, place)
        yield from _reference(old, new, place)
        yield from compare_picklists(old_owner, new_owner, old, new, place)
        yield from _others(old, new, place)
    yield from _presence(new_owner, old, new, place)
    yield from _writing(old, new, place, claimed)
    yield from _default(old, new, place)
    if old.flags.get("deprecatedAndHidden") is False and new.flags.get("deprecatedAndHidden") is True:
        yield from place.find(
            "sf.field.retiring",
            f"`{place.address}` is deprecated and hidden",
            f"newer API versions will lack `{place.address}`",
            before={"deprecatedAndHidden": False},
            after={"deprecatedAndHidden": True},
            everywhere=True,
        )


def _texts_differ(old: Field, new: Field, key: str) -> bool:
    return key in old.texts and key in new.texts and old.texts[key] != new.texts[key]


def _lost(old: Field, new: Field, flags: tuple[str, ...]) -> list[str]:
    return [flag for flag in flags if old.flags.get(flag) is True and new.flags.get(flag) is False]


def _gained(old: Field, new: Field, flags: tuple[str, ...]) -> list[str]:
    return [flag for flag in flags if old.flags.get(flag) is False and new.flags.get(flag) is True]


def _sizes(old: Field, new: Field, place: Place) -> Iterator[Finding]:
    both = [key for key in SIZES if key in old.sizes and key in new.sizes]
    for rule, word, keys, consequence in (
        (
            "sf.field.shortened",
            "shorter",
            [key for key in both if new.sizes[key] < old.sizes[key]],
            f"writes to `{place.address}` of what fitted until now will be refused",
        ),
        (
            "sf.field.lengthened",
            "longer",
            [key for key in both if new.sizes[key] > old.sizes[key]],
            f"values of `{place.address}` may overflow a fixed column on our side",
        ),
    ):
        if keys:
            told = [key for key in keys if key != "byteLength"] or keys
            steps = ", ".join(f"{key} {old.sizes[key]} -> {new.sizes[key]}" for key in told)
            yield from place.find(
                rule,
                f"`{place.address}` is {word}: {steps}",
                consequence,
                before={key: old.sizes[key] for key in keys},
                after={key: new.sizes[key] for key in keys},
            )


def _keys(old: Field, new: Field, place: Place) -> Iterator[Finding]:
    lost = _lost(old, new, _KEYS)
    folded = old.flags.get("caseSensitive"), new.flags.get("caseSensitive")
    if None not in folded and folded[0] != folded[1] and any(new.flags.get(key) for key in _KEYS):
        lost.append("caseSensitive")
    if lost:
        yield from place.find(
            "sf.key-lost",
            f"`{place.address}` changed as a key: {', '.join(f'{key} is now {_word(new, key)}' for key in lost)}",
            f"upserts and look-ups by `{place.address}` will be refused or match other records",
            before={key: old.flags[key] for key in lost},
            after={key: new.flags[key] for key in lost},
            everywhere=True,
        )
    elif None not in folded and folded[0] != folded[1]:
        yield from _unclassified(place, "caseSensitive", folded[0], folded[1])
    if _gained(old, new, ("unique",)):
        yield from place.find(
            "sf.field.unique-gained",
            f"`{place.address}` must be unique now",
            f"writes to `{place.address}` of a value that another record has will be refused",
            before={"unique": False},
            after={"unique": True},
        )


def _word(field: Field, key: str) -> str:
    return "true" if field.flags[key] else "false"


def _query(old: Field, new: Field, place: Place) -> Iterator[Finding]:
    lost = _lost(old, new, _QUERY)
    if lost:
        yield from place.find(
            "sf.query-lost",
            f"`{place.address}` is no longer {' or '.join(lost)}",
            f"queries that filter, sort or group by `{place.address}` will be refused",
            before=dict.fromkeys(lost, True),
            after=dict.fromkeys(lost, False),
            everywhere=True,
        )


def _reference(old: Field, new: Field, place: Place) -> Iterator[Finding]:
    targets = old.reference_to, new.reference_to
    moved = None not in targets and targets[0] != targets[1]
    named = old.texts.get("relationshipName")
    renamed = named is not None and _texts_differ(old, new, "relationshipName")
    if moved or renamed:
        was, now = sorted(old.reference_to or ()), sorted(new.reference_to or ())
        steps = [f"it refers to {', '.join(now) or 'nothing'}, was {', '.join(was) or 'nothing'}"] if moved else []
        steps += [f"its relationship is {new.texts['relationshipName'] or 'gone'}, was {named}"] if renamed else []
        # A field that leads to several objects gains one whenever somebody adds an object: nothing of ours fails.
        one_more = not renamed and len(was) > 1 and set(was) < set(now)
        yield from place.find(
            "sf.reference.changed",
            f"`{place.address}` leads elsewhere: {'; '.join(steps)}",
            f"ids in `{place.address}` may be of one more object"
            if one_more
            else f"paths through `{place.address}` may fail, and its ids may be of another object",
            before={"referenceTo": list(was), "relationshipName": named},
            after={"referenceTo": list(now), "relationshipName": new.texts.get("relationshipName")},
            everywhere=True,
            evidence=Impact.RISKY if one_more else Impact.BREAKING,
        )
    elif _gained(old, new, ("polymorphicForeignKey",)) or _lost(old, new, ("polymorphicForeignKey",)):
        yield from _unclassified(
            place, "polymorphicForeignKey", old.flags["polymorphicForeignKey"], new.flags["polymorphicForeignKey"]
        )


def _presence(owner: SObject, old: Field, new: Field, place: Place) -> Iterator[Finding]:
    if new.required and not old.required and owner.flags.get("createable", True):
        yield from place.find(
            "sf.field.became-required",
            f"`{place.address}` is required on create",
            f"creates of `{owner.name}` without `{place.address}` will be refused",
            before={key: old.flags.get(key) for key in ("createable", "defaultedOnCreate", "nillable")},
            after={key: new.flags.get(key) for key in ("createable", "defaultedOnCreate", "nillable")},
            everywhere=True,
        )
    elif _lost(old, new, ("nillable",)) and old.writable:
        # Leaving it out still works, so it is not required; whether an explicit null is refused, the answer does not tell.
        yield from place.find(
            "schema.unclassified",
            f"`{place.address}` is no longer nillable, though a create may leave it out",
            f"writes of an explicit null to `{place.address}` may be refused",
            before={"nillable": True},
            after={"nillable": False},
        )
    if _gained(old, new, ("nillable",)):
        yield from place.find(
            "null.added",
            f"`{place.address}` may be null now",
            f"reads of `{place.address}` may give null",
            before={"nillable": False},
            after={"nillable": True},
        )


def _writing(old: Field, new: Field, place: Place, claimed: frozenset[str]) -> Iterator[Finding]:
    lost = [flag for flag in _lost(old, new, ("createable", "updateable")) if flag not in claimed]
    computed = _gained(old, new, ("autoNumber", "calculated"))
    if lost or computed:
        how = [f"no longer {flag}" for flag in lost] + [{"autoNumber": "numbered by itself"}.get(f, f) for f in computed]
        yield from place.find(
            "sf.field.write-lost",
            f"`{place.address}` is {' and '.join(how)}",
            f"writes to `{place.address}` will be refused",
            before={**dict.fromkeys(lost, True), **dict.fromkeys(computed, False)},
            after={**dict.fromkeys(lost, False), **dict.fromkeys(computed, True)},
        )


def _default(old: Field, new: Field, place: Place) -> Iterator[Finding]:
    was, now = _defaults(old), _defaults(new)
    gone = [value for value in was[1] if new.picklist is None or not new.picklist.active.get(value, False)]
    if was != now and not gone:
        yield from place.find(
            "default.changed",
            f"`{place.address}` has another default",
            f"creates that leave `{place.address}` out get another value",
            before={"default": was[0], "picklist": list(was[1])},
            after={"default": now[0], "picklist": list(now[1])},
        )


def _defaults(field: Field) -> tuple[Json, tuple[str, ...]]:
    picked = field.picklist.default if field.picklist is not None else frozenset()
    return list(field.default), tuple(sorted(picked))


def _others(old: Field, new: Field, place: Place) -> Iterator[Finding]:
    for flag in (*_lost(old, new, _OTHER), *_gained(old, new, _OTHER)):
        yield from _unclassified(place, flag, old.flags[flag], new.flags[flag])
    for key in _OTHER_TEXTS:
        if _texts_differ(old, new, key):
            yield from _unclassified(place, key, old.texts[key], new.texts[key])


def _unclassified(place: Place, key: str, before: Json, after: Json) -> Iterator[Finding]:
    return place.find(
        "schema.unclassified",
        f"`{place.address}` has another {key}",
        f"what we read from or write to `{place.address}` may change its meaning",
        before={key: before},
        after={key: after},
        everywhere=True,
    )
