"""What changed in packages, messages, enums, extensions and services. What is gone as a whole is told once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from schemas.change import Direction, Finding
from schemas.lens import Lens
from schemas.protobuf.fields import compare_field, compare_messages
from schemas.protobuf.model import Enum, Message, Method, Schema, Service, shown
from schemas.protobuf.place import Pair, Place
from schemas.protobuf.reach import edges
from schemas.protobuf.wire import Fit, Wire
from schemas.reach import Reach


def compare_schemas(old: Schema, new: Schema, lens: Lens) -> Iterator[Finding]:
    """Every edit, once."""
    pair, wire = Pair(old=old, new=new, lens=lens, reach=Reach(partial(edges, old))), Wire(old, new)
    lost = [name for name in new.unread if name not in old.unread]
    for name in lost:
        yield from _unread(pair, name)
    if lost:
        old = replace(old, **_seen(old, new))
    gone = old.packages - new.packages
    for package in sorted(gone):
        yield from _package(pair, package)
    for name, message in old.messages.items():
        if message.package not in gone:
            yield from _message(pair, message, new.messages.get(name), wire)
    for name, enum in old.enums.items():
        if enum.package not in gone:
            yield from _enum(pair, enum, new.enums.get(name))
    for key, (name, extension) in old.extensions.items():
        place = Place(pair=pair, name=name)
        if key in new.extensions:
            yield from compare_field(place, extension, new.extensions[key][1], wire)
        elif name.rpartition(".")[0] not in gone and key[0] in new.messages.keys() | ({key[0]} - old.messages.keys()):
            yield from place.find(
                "proto.type.removed",
                f"extension {extension.number} of `{key[0]}`, `{name}`, is gone",
                "what is sent in it is kept by nobody, and never set in what we read",
                before=shown(extension),
                gone=True,
            )
    for name, service in old.services.items():
        if service.package not in gone:
            yield from _service(pair, service, new.services.get(name), wire)
    for name, service in new.services.items():
        if name not in old.services and service.package not in new.packages - old.packages:
            calls = tuple(sorted(f"{name}/{method}" for method in service.methods))
            place = Place(pair=pair, name=name, package=service.package)
            yield from place.find("op.added", f"service `{place.short}` is new", after={"service": name}, operations=calls)


def _unread(pair: Pair, name: str) -> Iterator[Finding]:
    because = pair.new.unread[name]
    yield from Place(pair=pair, name=name).find(
        "schema.ref-unresolved",
        f"`{name}` is imported, and is not to be had{f': {because}' if because else ''}",
        "what stands in it cannot be compared; no compiler takes the files as they are",
        after={"part": name},
        occurs=Direction.BOTH,
        operations=(),
    )


def _seen(old: Schema, new: Schema) -> dict[str, Any]:
    """The old schema's definitions without those of imported files that the new one lacks: they may be gone, or not."""
    return {
        "messages": {name: each for name, each in old.messages.items() if name in new.messages or name not in old.parts},
        "enums": {name: each for name, each in old.enums.items() if name in new.enums or name not in old.parts},
        "services": {name: each for name, each in old.services.items() if name in new.services or name not in old.parts},
        "extensions": {key: each for key, each in old.extensions.items() if key in new.extensions or each[0] not in old.parts},
    }


def _package(pair: Pair, package: str) -> Iterator[Finding]:
    calls = tuple(sorted(name for name, _ in pair.old.operations() if name.startswith(f"{package}.")))
    moved = sorted(each for each in pair.new.packages - pair.old.packages if _same_names(pair, package, each))
    yield from Place(pair=pair, name=package or "(no package)").find(
        "proto.type.removed",
        f"package `{package or '(none)'}` is gone{f', what it held is in `{moved[0]}` now' if len(moved) == 1 else ''}",
        "every name in it changes: calls are answered with UNIMPLEMENTED, generated code no longer compiles",
        before={"package": package},
        after={"package": moved[0]} if len(moved) == 1 else None,
        gone=True,
        occurs=Direction.BOTH,
        operations=calls,
    )


def _same_names(pair: Pair, old: str, new: str) -> bool:
    def names(schema: Schema, package: str) -> set[str]:
        groups: tuple[Mapping[str, Message | Enum | Service], ...] = (schema.messages, schema.enums, schema.services)
        return {name[len(package) :].lstrip(".") for group in groups for name, each in group.items() if each.package == package}

    return bool(names(pair.old, old)) and names(pair.old, old) <= names(pair.new, new)


def _message(pair: Pair, old: Message, new: Message | None, wire: Wire) -> Iterator[Finding]:
    place = Place(pair=pair, name=old.name, package=old.package)
    if new is not None:
        yield from compare_messages(place, old, new, wire)
    elif not old.outer or old.outer in pair.new.messages:
        moved = _moved(pair, old, wire)
        yield from place.find(
            "proto.type.removed",
            f"message `{place.short}` is gone{f'; `{moved}` has the same content' if moved else ''}",
            f"code that names `{place.short}` no longer compiles, and what carries it by name (Any, JSON) is not read",
            before={"message": old.name, "fields": [shown(field) for field in old.fields.values()][:20]},
            after={"message": moved} if moved else None,
            gone=True,
        )


def _moved(pair: Pair, old: Message, wire: Wire) -> str:
    """The one new message with the same content, if there is exactly one and the content tells something."""
    if len(old.fields) < 2:
        return ""
    fresh = (name for name in pair.new.messages if name not in pair.old.messages)
    same = [name for name in fresh if wire.messages(old.name, name) is Fit.SAME]
    return same[0] if len(same) == 1 else ""


def _enum(pair: Pair, old: Enum, new: Enum | None) -> Iterator[Finding]:
    place = Place(pair=pair, name=old.name, package=old.package)
    if new is None:
        if not old.outer or old.outer in pair.new.messages:
            yield from place.find(
                "proto.type.removed",
                f"enum `{place.short}` is gone",
                f"code that names `{place.short}` no longer compiles",
                before={"enum": old.name, "values": len(old.values)},
                gone=True,
            )
        return
    numbers = {name: number for number, names in new.values.items() for name in names}
    known = {name for names in old.values.values() for name in names}
    for number, names in old.values.items():
        now = new.values.get(number, ())
        lost = [name for name in names if numbers.get(name) != number]
        for name in lost:
            at = Place(pair=pair, name=old.name, package=old.package, member=name)
            stays = [each for each in now if each in names or each not in known]
            if name not in numbers and stays:
                yield from at.find(
                    "proto.field.renamed",
                    f"value {number} of `{place.short}` is called `{stays[0]}` now, was `{name}`",
                    "JSON and text of today name a value that is not there",
                    before={"name": name, "number": number},
                    after={"name": stays[0], "number": number},
                    gone=True,
                )
            else:
                moved = numbers.get(name)
                yield from at.find(
                    "proto.enum.number-changed",
                    f"`{at.short}` is gone, was {number}" if moved is None else f"`{at.short}` is {moved}, was {number}",
                    f"{number}, sent or stored until now, means {f'`{now[0]}`' if now else 'no value that is known'}",
                    before={"name": name, "number": number},
                    after=None if moved is None else {"name": name, "number": moved},
                    gone=moved is None,
                )
    for number, names in new.values.items():
        if number not in old.values and not known.intersection(names):
            at = Place(pair=pair, name=old.name, package=old.package, member=names[0])
            yield from at.find(
                "enum.value-added",
                f"`{at.short}` = {number} is new",
                f"a reader that maps the known values of `{place.short}` meets one more",
                after={"name": names[0], "number": number},
            )
    for name in sorted(new.deprecated_values - old.deprecated_values):
        if name in known:
            at = Place(pair=pair, name=old.name, package=old.package, member=name)
            yield from at.find("property.deprecated", f"`{at.short}` is deprecated", before=False, after=True)


def _service(pair: Pair, old: Service, new: Service | None, wire: Wire) -> Iterator[Finding]:
    place = Place(pair=pair, name=old.name, package=old.package)
    if new is None:
        calls = tuple(sorted(f"{old.name}/{name}" for name in old.methods))
        yield from place.find(
            "proto.rpc.removed",
            f"service `{place.short}` is gone, with {len(calls)} calls",
            "every call of it is answered with UNIMPLEMENTED",
            before={"service": old.name, "calls": [*sorted(old.methods)]},
            gone=True,
            occurs=Direction.BOTH,
            operations=calls,
        )
        return
    for name, method in old.methods.items():
        yield from _method(pair, old, method, new.methods.get(name), wire)
    for name in new.methods:
        if name not in old.methods:
            call = f"{old.name}/{name}"
            yield from Place(pair=pair, name=call, package=old.package).find(
                "op.added", f"`{name}` of `{place.short}` is new", after={"call": call}, operations=(call,)
            )


def _method(pair: Pair, service: Service, old: Method, new: Method | None, wire: Wire) -> Iterator[Finding]:
    call = f"{service.name}/{old.name}"
    place, only = Place(pair=pair, name=call, package=service.package), (call,)
    if new is None:
        yield from place.find(
            "proto.rpc.removed",
            f"`{place.short}` is gone",
            f"calls of `{place.short}` are answered with UNIMPLEMENTED",
            before={"call": call, "sends": old.sends, "answers": old.answers},
            gone=True,
            operations=only,
        )
        return
    if old.shape != new.shape:
        yield from place.find(
            "proto.rpc.stream-changed",
            f"`{place.short}` is {new.shape}, was {old.shape}",
            f"a client that waits for {old.shape} fails, or waits for ever",
            before={"kind": old.shape},
            after={"kind": new.shape},
            operations=only,
        )
    for what, before, after in (("takes", old.sends, new.sends), ("answers with", old.answers, new.answers)):
        renamed = before not in pair.new.messages and wire.messages(before, after) is Fit.SAME and before in pair.old.messages
        unseen = bool(pair.new.unread) and before.endswith(f".{after}")
        if before != after and not renamed and not unseen:
            yield from place.find(
                "proto.rpc.type-changed",
                f"`{place.short}` {what} `{after}`, was `{before}`",
                f"bytes of `{before}` are read as `{after}`, or the reverse",
                before={what: before},
                after={what: after},
                operations=only,
            )
    if new.deprecated and not old.deprecated:
        yield from place.find("op.deprecated", f"`{place.short}` is deprecated", before=False, after=True, operations=only)
