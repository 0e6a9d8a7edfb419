"""What changed in an OData service. What is gone as a whole is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.change import Direction, Finding
from schemas.document import Json
from schemas.lens import Lens
from schemas.odata.model import Holder, Offered, Operation, Service, Structure
from schemas.odata.place import Place
from schemas.odata.values import compare_returned, compare_values


def compare_services(old: Service, new: Service, lens: Lens) -> Iterator[Finding]:
    """Every edit, once."""
    root = Place(old=old, new=new, lens=lens, name="$metadata")
    if old.protocol != new.protocol:
        yield from root.find(
            "odata.protocol-changed",
            f"the service speaks OData {new.version}, was {old.version}",
            "every call has to be made in another way",
            before={"version": old.version},
            after={"version": new.version},
        )
        return
    gone = _spaces(old) - _spaces(new)
    for space in sorted(gone):
        yield from replace(root, name=space).find(
            "odata.type.removed",
            f"namespace `{space}` is gone",
            "what names a type of it is refused",
            before={"namespace": space},
            gone=True,
        )
    for name, structure in old.structures.items():
        if name.rpartition(".")[0] not in gone:
            yield from _structure(replace(root, name=name, sets=_sets(old, name)), structure)
    for name in old.enums:
        if name.rpartition(".")[0] not in gone:
            yield from _enum(replace(root, name=name))
    for name, overloads in old.operations.items():
        if name.rpartition(".")[0] not in gone:
            yield from _operation(replace(root, name=name), overloads)
    for name, offered in old.offered.items():
        yield from _offered(replace(root, name=name), offered, gone)
    for name, added in new.offered.items():
        if name not in old.offered:
            yield from replace(root, name=name).find("op.added", f"{added.holder} `{name}` is new", after={"name": name})


def _spaces(service: Service) -> set[str]:
    return {name.rpartition(".")[0] for group in (service.structures, service.enums, service.operations) for name in group} - {""}


def _sets(service: Service, name: str) -> tuple[str, ...]:
    """What at the root offers the type, or one that derives from it."""
    return tuple(
        sorted(
            each.name
            for each in service.offered.values()
            if each.holder is not Holder.IMPORT and any(one.name == name for one in service.ancestry(each.type))
        )
    )


def _structure(place: Place, old: Structure) -> Iterator[Finding]:
    new = place.new.structures.get(old.name)
    if new is None:
        kind = "entity type" if old.entity else "complex type"
        yield from place.find(
            "odata.type.removed",
            f"{kind} `{place.short}` is gone",
            f"what holds a `{place.short}` is refused, or read as something else",
            before={"type": old.name, "properties": list[Json](sorted(old.properties)[:20])},
            gone=True,
        )
        return
    if (
        (before := place.old.key(old.name)) != (after := place.new.key(old.name))
        and old.key != new.key
        and set(before) != set(after)
    ):
        yield from place.find(
            "odata.key-changed",
            f"the key of `{place.short}` is ({', '.join(after)}), was ({', '.join(before)})",
            "addresses made of the old key lead nowhere",
            before={"key": [*before]},
            after={"key": [*after]},
        )
    if old.open != new.open:
        yield from place.find(
            "object.opened" if new.open else "object.closed",
            f"`{place.short}` {'may hold' if new.open else 'holds no'} properties that are not declared",
            before={"open": old.open},
            after={"open": new.open},
        )
    ancestors = {each.name for each in place.new.ancestry(old.name)}
    if old.base and old.base not in ancestors and old.base in place.new.structures:
        yield from place.find(
            "schema.unclassified",
            f"`{place.short}` no longer derives from `{old.base}`",
            "where one of the base is expected, this one does not come any more",
            before={"base": old.base},
            after={"base": new.base},
        )
    for name, was in old.properties.items():
        at, now = place.at(name), place.new.property(old.name, name)
        if now is None:
            yield from at.find(
                "property.removed",
                f"`{at.short}` is gone",
                f"a query that names `{name}` is refused, and what we read has none",
                before={"type": was.written},
                gone=True,
            )
        else:
            yield from compare_values(at, was, now)
    for name, now in new.properties.items():
        if place.old.property(old.name, name) is None:
            needed = not now.nullable and now.default is None and now.writable and not now.many
            yield from place.at(name).find(
                "property.required-added" if needed else "property.optional-added",
                f"`{place.at(name).short}` is new{' and needs a value' if needed else ''}",
                f"a create without `{name}` is refused" if needed else "",
                after={"type": now.written, "nullable": now.nullable},
            )
    yield from _navigations(place, old)


def _navigations(place: Place, old: Structure) -> Iterator[Finding]:
    for name, before in old.navigations.items():
        at, after = place.at(name), place.new.navigation(old.name, name)
        if after is None:
            yield from at.find(
                "odata.navigation-changed",
                f"navigation `{at.short}` is gone",
                f"`$expand={name}` is refused",
                before={"target": before.written},
                gone=True,
            )
            continue
        if before.many != after.many or (before.target != after.target and not _renamed(place, before.target, after.target)):
            yield from at.find(
                "odata.navigation-changed",
                f"`{at.short}` leads to {after.written}, was {before.written}",
                "what is expanded has another shape",
                before={"target": before.written},
                after={"target": after.written},
            )
        elif before.contains != after.contains:
            yield from at.find(
                "odata.navigation-changed",
                f"`{at.short}` {'contains its entities now' if after.contains else 'no longer contains its entities'}",
                "the address of what it leads to is another",
                before={"contains": before.contains},
                after={"contains": after.contains},
            )
        elif before.nullable != after.nullable:
            yield from at.find(
                "null.added" if after.nullable else "null.removed",
                f"`{at.short}` {'may lead nowhere' if after.nullable else 'always leads somewhere'}",
                before={"nullable": before.nullable},
                after={"nullable": after.nullable},
            )


def _renamed(place: Place, old: str, new: str) -> bool:
    """Whether a type that is gone has its name in another namespace: that is told where it is gone."""
    return old not in place.new.structures and old.rpartition(".")[2] == new.rpartition(".")[2]


def _enum(place: Place) -> Iterator[Finding]:
    before, after = place.old.enums[place.name], place.new.enums.get(place.name)
    if after is None:
        yield from place.find(
            "odata.type.removed",
            f"enumeration `{place.short}` is gone",
            "its values are refused",
            before={"values": [*before]},
            gone=True,
        )
        return
    for name, value in before.items():
        at = place.at(name)
        if name not in after:
            yield from at.find(
                "enum.value-removed", f"value `{name}` of `{place.short}` is gone", f"`{name}` is refused", before=name, gone=True
            )
        elif after[name] != value:
            yield from at.find(
                "const.changed",
                f"value `{name}` of `{place.short}` is {after[name]}, was {value}",
                before=value,
                after=after[name],
            )
    for name in after:
        if name not in before:
            yield from place.at(name).find(
                "enum.value-added",
                f"value `{name}` of `{place.short}` is new",
                "a reader that maps the known values meets one more",
                after=name,
            )


def _operation(place: Place, overloads: tuple[Operation, ...]) -> Iterator[Finding]:
    now = list(place.new.operations.get(place.name, ()))
    for old in overloads:
        same = [each for each in now if each.kind is old.kind and each.bound == old.bound]
        exact = [each for each in same if set(each.parameters) == set(old.parameters)]
        new = exact[0] if exact else same[0] if len(same) == 1 and len(overloads) == 1 else None
        if new is None:
            yield from place.find(
                "op.removed",
                f"{old.kind} `{place.short}`{f' of {old.bound}' if old.bound else ''} ({', '.join(old.parameters)}) is gone",
                "calls of it will fail",
                before={"kind": str(old.kind), "bound": old.bound, "parameters": [*old.parameters]},
                gone=True,
            )
            continue
        now.remove(new)
        for name, before in old.parameters.items():
            at, after = place.at(name), new.parameters.get(name)
            if after is None:
                yield from at.find(
                    "param.removed",
                    f"parameter `{at.short}` is gone",
                    f"calls with `{name}` are refused",
                    before=before.written,
                    gone=True,
                )
            else:
                yield from compare_values(at, before, after, occurs=Direction.REQUEST)
        for name, after in new.parameters.items():
            if name not in old.parameters:
                free = after.optional or (after.nullable and new.kind == "action")
                yield from place.at(name).find(
                    "param.optional-added" if free else "param.required-added",
                    f"parameter `{place.at(name).short}` is new{'' if free else ' and needed'}",
                    "" if free else "calls of today leave it out, and are refused",
                    after=after.written,
                )
        yield from compare_returned(place, old.returns, new.returns)


def _offered(place: Place, old: Offered, gone: set[str]) -> Iterator[Finding]:
    new = place.new.offered.get(old.name)
    imported = old.holder is Holder.IMPORT
    if new is None:
        described_here = imported and old.type == old.name  # then the operation itself is gone, and told
        if not described_here:
            yield from place.find(
                "op.removed" if imported else "odata.key-changed",
                f"{old.holder} `{old.name}` is gone",
                f"every address below `{old.name}` leads nowhere",
                before={"holder": str(old.holder), "type": old.type},
                gone=True,
            )
        return
    moved = old.type.rpartition(".")[0] in gone and old.type.rpartition(".")[2] == new.type.rpartition(".")[2]
    if old.holder is not new.holder or (old.type != new.type and not moved):
        yield from place.find(
            "odata.key-changed",
            f"`{old.name}` is {new.holder} of {new.type}, was {old.holder} of {old.type}",
            f"what is read below `{old.name}` is something else",
            before={"holder": str(old.holder), "type": old.type},
            after={"holder": str(new.holder), "type": new.type},
        )
    for ability in sorted(new.lost - old.lost):
        word, _, path = ability.partition(" ")
        by = f" by `{path}`" if path else ""
        yield from replace(place, member=path, sets=(old.name,)).find(
            "odata.capability-lost",
            f"`{old.name}` no longer allows to {word}{by}",
            "such a request is refused",
            before={word: True},
            after={word: False},
        )
