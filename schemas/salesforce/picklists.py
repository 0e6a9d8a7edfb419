"""What changed in the values of a picklist, and in what they depend on."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.change import Finding
from schemas.salesforce.describe import Field, Picklist, SObject
from schemas.salesforce.place import Place


def compare_picklists(old_owner: SObject, new_owner: SObject, old: Field, new: Field, place: Place) -> Iterator[Finding]:
    """One finding a value; one for the closing of the list; one for what its values depend on."""
    if old.picklist is not None and new.picklist is not None:
        yield from _values(old.picklist, new.picklist, place)
    closed = old.flags.get("restrictedPicklist"), new.flags.get("restrictedPicklist")
    if closed == (False, True):
        yield from place.find(
            "sf.picklist.restricted",
            f"`{place.address}` takes the values of its list only",
            f"writes to `{place.address}` of any other value will be refused",
            before={"restrictedPicklist": False},
            after={"restrictedPicklist": True},
        )
    if closed == (True, False):
        yield from place.find(
            "enum.lifted",
            f"`{place.address}` takes values off its list now",
            f"reads of `{place.address}` may give a value that no list names",
            before={"restrictedPicklist": True},
            after={"restrictedPicklist": False},
        )
    yield from _dependence(old_owner, new_owner, old, new, place)


def _values(old: Picklist, new: Picklist, place: Place) -> Iterator[Finding]:
    for value, active in old.active.items():
        if active and not new.active.get(value, False):
            yield from place.find(
                "sf.picklist.value-inactive",
                f"value `{value}` of `{place.address}` is {'inactive' if value in new.active else 'gone'}",
                f"writes of `{value}` to `{place.address}` will be refused",
                before={"value": value, "active": True},
                after={"value": value, "active": False} if value in new.active else None,
            )
    for value, active in new.active.items():
        if active and not old.active.get(value, False):
            yield from place.find(
                "sf.picklist.value-added",
                f"`{place.address}` has the new value `{value}`",
                f"reads of `{place.address}` may give `{value}`",
                before={"value": value, "active": False} if value in old.active else None,
                after={"value": value, "active": True},
            )


def _dependence(old_owner: SObject, new_owner: SObject, old: Field, new: Field, place: Place) -> Iterator[Finding]:
    told = "controllerName" in old.texts and "controllerName" in new.texts
    was, now = old.texts.get("controllerName"), new.texts.get("controllerName")
    flags = old.flags.get("dependentPicklist"), new.flags.get("dependentPicklist")
    if (told and was != now) or (None not in flags and flags[0] != flags[1]):
        yield from place.find(
            "sf.field.dependent-changed",
            f"the values of `{place.address}` depend on {now or 'nothing'}, was {was or 'nothing'}",
            f"pairs of `{place.address}` and {now or was or 'its controlling field'} that we write may be refused",
            before={"controllerName": was, "dependentPicklist": flags[0]},
            after={"controllerName": now, "dependentPicklist": flags[1]},
            everywhere=True,
        )
        return
    if old.picklist is None or new.picklist is None or not (old.picklist.valid_for or new.picklist.valid_for):
        return
    before = _pairs(old_owner, old.picklist, was)
    after = _pairs(new_owner, new.picklist, now)
    # A value that came or went on either side has its own finding: compare the pairs that both could name.
    known = {pair for pair in before | after if _names(old_owner, old, was, pair) and _names(new_owner, new, now, pair)}
    lost, gained = sorted((before - after) & known), sorted((after - before) & known)
    if lost or gained:
        yield from place.find(
            "sf.field.dependent-changed",
            f"other values of `{place.address}` go with {was or 'its controlling field'}: "
            f"{len(lost)} pairs gone, {len(gained)} new",
            f"pairs of `{place.address}` and {was or 'its controlling field'} that we write may be refused",
            before={"pairs": [list(pair) for pair in lost]},
            after={"pairs": [list(pair) for pair in gained]},
            everywhere=True,
        )


def _controlling(owner: SObject, controller: str | None) -> tuple[str, ...] | None:
    """The controlling values by bit; None where the answer does not tell (then the bit itself stands for the value)."""
    field = (owner.fields or {}).get(controller or "")
    if field is None or field.picklist is None:
        return None
    if field.texts.get("type") == "boolean":
        return ("false", "true")
    return field.picklist.order


def _pairs(owner: SObject, picklist: Picklist, controller: str | None) -> set[tuple[str, str]]:
    """(controlling value, value) for each set bit: the first byte's highest bit is the first controlling value."""
    names = _controlling(owner, controller)
    pairs: set[tuple[str, str]] = set()
    for value, bitmap in picklist.valid_for.items():
        count = len(bitmap) * 8 if names is None else min(len(bitmap) * 8, len(names))
        for bit in range(count):
            if bitmap[bit >> 3] & (0x80 >> (bit & 7)):
                pairs.add((str(bit) if names is None else names[bit], value))
    return pairs


def _names(owner: SObject, field: Field, controller: str | None, pair: tuple[str, str]) -> bool:
    """Whether this side has both values of the pair at all."""
    names = _controlling(owner, controller)
    return (names is None or pair[0] in names) and field.picklist is not None and pair[1] in field.picklist.active
