"""What changed in types, directives and root operations. A type that is gone claims its place in unions and hierarchies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.change import Direction, Finding
from schemas.document import Json
from schemas.graphql.inputs import ARGUMENT, DIRECTIVE_ARGUMENT, INPUT_FIELD, compare_inputs
from schemas.graphql.model import SCHEMA, Directive, Kind, Output, Type
from schemas.graphql.place import Pair, Place
from schemas.graphql.references import step
from schemas.rules import rule
from schemas.rules.found import found


def compare_schemas(pair: Pair) -> Iterator[Finding]:
    """Every edit, once. Only definitions that differ as written are looked into."""
    if pair.new.instead and not pair.old.instead:
        yield from found(
            rule("gql.introspection-off"),
            pair.lens,
            address=SCHEMA,
            message="the server refuses introspection; what it publishes as a file is compared instead",
            consequence="what it serves may differ from the file",
            before={"introspection": "answered"},
            after={"introspection": "refused"},
        )
    same_origin = type(pair.old) is type(pair.new)
    for name in pair.old.types:
        if name not in pair.new.types:
            yield from _gone(pair, name)
        elif not same_origin or pair.old.raw(name) != pair.new.raw(name):
            yield from _type(pair, pair.old.type(name), pair.new.type(name))
    known = set(pair.new.directives)
    for name in pair.old.directives:
        place = Place(pair=pair, type=f"@{name}")
        if name not in known:
            yield from place.find(
                "gql.directive.removed",
                f"directive `@{name}` is gone",
                f"operations with `@{name}` no longer validate",
                before={"directive": name},
                gone=True,
            )
        elif not same_origin or pair.old.raw(f"@{name}") != pair.new.raw(f"@{name}"):
            yield from _directive(place, pair.old.directive(name), pair.new.directive(name))
    yield from _roots(pair)


def _gone(pair: Pair, name: str) -> Iterator[Finding]:
    kind = pair.old.type(name).kind
    yield from Place(pair=pair, type=name).find(
        "gql.type.removed",
        f"`{name}`, {_article(kind)}, is gone",
        f"operations that name `{name}` or select what it held no longer validate",
        before={"kind": str(kind), "name": name},
        gone=True,
    )


def _roots(pair: Pair) -> Iterator[Finding]:
    """A root type that is gone has its finding; one that is only no longer a root has it here."""
    for operation, name in pair.old.roots.items():
        now = pair.new.roots.get(operation)
        if now != name and name in pair.new.types:
            yield from Place(pair=pair, type=name).find(
                "gql.field.type-changed" if now else "gql.field.removed",
                f"the root of {operation} operations is `{now}`, was `{name}`" if now else f"there are no {operation} operations",
                f"{operation} operations no longer validate",
                before={"operation": operation, "root": name},
                after={"operation": operation, "root": now} if now else None,
            )


def _type(pair: Pair, old: Type, new: Type) -> Iterator[Finding]:
    place = Place(pair=pair, type=old.name)
    if old.kind is not new.kind:
        yield from place.find(
            "gql.type.kind-changed",
            f"`{old.name}` is {_article(new.kind)}, was {_article(old.kind)}",
            f"selections and fragments of `{old.name}` may no longer validate",
            before={"kind": str(old.kind)},
            after={"kind": str(new.kind)},
        )
        return
    for name in new.twice:
        if name not in old.twice:
            yield from replace(place, member=name).find(
                "schema.unclassified",
                f"`{old.name}.{name}` is defined twice",
                "the vendor's document is broken here: which definition counts is the server's secret",
                after={"defined twice": name},
            )
    yield from _fields(place, old, new)
    yield from compare_inputs(old.inputs, new.inputs, INPUT_FIELD, place, new.twice)
    yield from _values(place, old, new)
    yield from _members(place, old, new)
    yield from _interfaces(place, old, new)
    yield from _facts(place, old, new)


def _article(kind: Kind) -> str:
    return {Kind.OBJECT: "an object type", Kind.INPUT: "an input type", Kind.UNION: "a union", Kind.SCALAR: "a scalar"}.get(
        kind, f"an {kind}"
    )


def _fields(owner: Place, old: Type, new: Type) -> Iterator[Finding]:
    for name, before in old.fields.items():
        place = replace(owner, member=name)
        after = new.fields.get(name)
        if after is None:
            yield from place.find(
                "gql.field.removed",
                f"`{place.address}` is gone",
                f"operations that select `{place.address}` no longer validate",
                before={"type": before.type},
                gone=True,
            )
        elif before != after and before not in new.twice.get(name, ()) and after not in old.twice.get(name, ()):
            yield from _field(place, before, after)
    for name, added in new.fields.items():
        if name not in old.fields:
            root = old.name in owner.pair.new.roots.values()
            place = replace(owner, member=name)
            yield from place.find(
                "op.added" if root else "property.optional-added",
                f"`{place.address}` is new",
                after={"type": added.type},
            )


def _field(place: Place, old: Output, new: Output) -> Iterator[Finding]:
    retyped = step(old.type, new.type)
    before: Json = {"type": old.type}
    after: Json = {"type": new.type}
    message = f"`{place.address}` is {new.type}, was {old.type}"
    if not retyped.fits:
        consequence = f"selections of `{place.address}` may no longer validate, and its value is of another kind"
        yield from place.find("gql.field.type-changed", message, consequence, before=before, after=after)
    elif retyped.looser:
        consequence = f"reads of `{place.address}` may give null"
        yield from place.find("gql.field.nullable", message, consequence, before=before, after=after)
    elif retyped.tighter:
        yield from place.find("null.removed", message, before=before, after=after, occurs=Direction.RESPONSE)
    yield from compare_inputs(old.arguments, new.arguments, ARGUMENT, place, {})
    yield from _deprecated(place, old.deprecated, new.deprecated)


def _deprecated(place: Place, old: bool | None, new: bool | None) -> Iterator[Finding]:
    if old is False and new is True:
        yield from place.find(
            "op.deprecated",
            f"`{place.address}` is deprecated",
            f"`{place.address}` may be gone one day",
            before={"deprecated": False},
            after={"deprecated": True},
        )


def _values(owner: Place, old: Type, new: Type) -> Iterator[Finding]:
    for name, deprecated in old.values.items():
        place = replace(owner, member=name)
        if name not in new.values:
            yield from place.find(
                "gql.enum.value-removed",
                f"value `{place.address}` is gone",
                f"operations that send `{name}` are refused, and reads no longer give it",
                before={"value": name},
                gone=True,
            )
        else:
            yield from _deprecated(place, deprecated, new.values[name])
    come = [name for name in new.values if name not in old.values]
    if come:
        read = owner.pair.new.reads(old.name)
        for name in come:
            place = replace(owner, member=name)
            yield from place.find(
                "enum.value-added",
                f"value `{place.address}` is new",
                f"reads of `{old.name}` may give `{name}`" if read else "",
                after={"value": name},
                occurs=Direction.BOTH if read else Direction.REQUEST,
            )


def _members(place: Place, old: Type, new: Type) -> Iterator[Finding]:
    for name in sorted(old.members - new.members):
        if name in place.pair.new.types:
            yield from place.find(
                "gql.union.member-removed",
                f"`{name}` is no longer of the union `{old.name}`",
                f"fragments on `{name}` in selections of `{old.name}` no longer validate",
                before={"member": name},
            )
    for name in sorted(new.members - old.members):
        yield from place.find(
            "gql.union.member-added",
            f"`{name}` is new in the union `{old.name}`",
            f"reads of `{old.name}` may give a `{name}`",
            after={"member": name},
        )


def _interfaces(place: Place, old: Type, new: Type) -> Iterator[Finding]:
    if old.interfaces is None or new.interfaces is None:
        return
    for name in sorted(old.interfaces - new.interfaces):
        if name in place.pair.new.types:
            yield from place.find(
                "gql.interface.removed",
                f"`{old.name}` no longer implements `{name}`",
                f"fragments on `{old.name}` in selections of `{name}`, and the reverse, no longer validate",
                before={"interface": name},
            )
    for name in sorted(new.interfaces - old.interfaces):
        yield from place.find(
            "gql.interface.added",
            f"`{old.name}` implements `{name}`",
            f"reads of `{name}` may give a `{old.name}`",
            after={"interface": name},
        )


def _facts(place: Place, old: Type, new: Type) -> Iterator[Finding]:
    if old.one_of is False and new.one_of is True:
        yield from place.find(
            "condition.added",
            f"exactly one field of `{old.name}` must be given",
            f"values of `{old.name}` with none or several fields are refused",
            before={"oneOf": False},
            after={"oneOf": True},
            occurs=Direction.REQUEST,
        )
    if old.one_of is True and new.one_of is False:
        yield from place.find(
            "condition.removed",
            f"more or less than one field of `{old.name}` may be given",
            before={"oneOf": True},
            after={"oneOf": False},
            occurs=Direction.REQUEST,
        )
    if old.specified_by and new.specified_by and old.specified_by != new.specified_by:
        yield from place.find(
            "schema.unclassified",
            f"scalar `{old.name}` follows another specification",
            f"values of `{old.name}` may be written differently",
            before={"specifiedBy": old.specified_by},
            after={"specifiedBy": new.specified_by},
        )


def _directive(place: Place, old: Directive, new: Directive) -> Iterator[Finding]:
    yield from compare_inputs(old.arguments, new.arguments, DIRECTIVE_ARGUMENT, place, {})
    lost = sorted(old.locations - new.locations) if old.locations is not None and new.locations is not None else ()
    if lost:
        yield from place.find(
            "gql.directive.removed",
            f"directive `{place.type}` is no longer allowed on {', '.join(lost)}",
            f"operations with `{place.type}` there no longer validate",
            before={"locations": list(lost)},
        )
    if old.repeatable and new.repeatable is False:
        yield from place.find(
            "gql.directive.removed",
            f"directive `{place.type}` may no longer be repeated",
            f"operations that repeat `{place.type}` no longer validate",
            before={"repeatable": True},
            after={"repeatable": False},
        )
