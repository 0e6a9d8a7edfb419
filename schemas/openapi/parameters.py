"""The parameters of one operation: which came and went, and how each is written on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.engine.ledger import REQUEST, Way
from schemas.engine.same import same
from schemas.openapi.parts import parameters
from schemas.rules import Level

if TYPE_CHECKING:
    from schemas.engine.walk import Walk
    from schemas.model import View
    from schemas.openapi.description import Operation, Parameter
    from schemas.openapi.edit import Scribe

_LOOSE = Way(REQUEST, loose=True)


def compare(walk: Walk, scribe: Scribe, before: Operation, after: Operation) -> None:
    """Report parameters that came, went or changed, and push their schemas."""
    was, now = parameters(scribe.old, before), parameters(scribe.new, after)
    gone = {key: parameter for key, parameter in was.items() if key not in now}
    come = {key: parameter for key, parameter in now.items() if key not in was}
    for key, parameter in list(gone.items()):
        moved = next((other for other, theirs in come.items() if theirs.name.lower() == parameter.name.lower()), None)
        if moved is not None:
            new = come.pop(moved)
            del gone[key]
            message = f"`{parameter.name}` of {before.key} is expected in {new.location} now, was {parameter.location}"
            _note(scribe, "param.location-changed", before, new, message, old=parameter)
            walk.push(parameter.node, new.node, _LOOSE, new.schema_at)
    for parameter in gone.values():
        level = Level.BREAKING if parameter.location == "path" else None
        message = f"`{parameter.name}` ({parameter.location}) of {before.key} was removed"
        _note(scribe, "param.removed", before, None, message, old=parameter, request=level)
    for parameter in come.values():
        rule = "param.optional-added"
        if parameter.required:
            rule = "header.required-added" if parameter.location == "header" else "param.required-added"
        said = "required" if parameter.required else "optional"
        _note(scribe, rule, before, parameter, f"{said} `{parameter.name}` ({parameter.location}) of {before.key} was added")
    for key, parameter in was.items():
        if key in now:
            _both(walk, scribe, before, parameter, now[key])


def _note(
    scribe: Scribe,
    rule: str,
    operation: Operation,
    new: Parameter | None,
    message: str,
    *,
    old: Parameter | None = None,
    request: Level | None = None,
) -> None:
    named = new or old
    assert named is not None
    shared = named.at.startswith("/components/") or named.at.startswith("/parameters/")
    scribe.note(
        rule,
        [operation],
        message,
        at=named.at,
        gone=new is None,
        where=""
        if shared and old is not None and new is not None
        else f"{operation.key}/parameters/{named.location}/{named.name}",
        it=named.name,
        before=old.raw if old else None,
        after=new.raw if new else None,
        sides=(REQUEST,),
        request=request,
        members=(f"{operation.key}.{named.name}",),
    )


def _both(walk: Walk, scribe: Scribe, operation: Operation, old: Parameter, new: Parameter) -> None:
    if same(old.raw, new.raw) and old.media == new.media and walk.clean(old.node, new.node):
        return
    said = f"`{new.name}` ({new.location}) of {operation.key}"
    if new.required and not old.required:
        _note(scribe, "param.became-required", operation, new, f"{said} is required now", old=old)
    elif old.required and not new.required:
        _note(scribe, "param.became-optional", operation, new, f"{said} is no longer required", old=old)
    if new.deprecated and not old.deprecated:
        _note(scribe, "param.deprecated", operation, new, f"{said} is deprecated now", old=old)
    for word in ("allowEmptyValue", "allowReserved"):
        if old.told(word) != new.told(word):
            _note(scribe, "schema.unclassified", operation, new, f"{word} of {said} changed", old=old)
    before, after = walk.old.view(old.node), walk.new.view(new.node)
    if (old.media is None) != (new.media is None):
        _note(scribe, "param.style-changed", operation, new, f"{said} is written as {new.media or 'plain text'} now", old=old)
        return
    if old.media is not None:
        if old.media != new.media:
            _note(
                scribe, "param.style-changed", operation, new, f"{said} is written as {new.media} now, was {old.media}", old=old
            )
        walk.push(old.node, new.node, Way(REQUEST), new.schema_at)
        return
    if _swapped(walk, scribe, operation, old, new, before, after):
        return
    if (old.style, old.explode) != (new.style, new.explode) and _shows(old, new, before, after):
        now, was = (f"{one.style}{', exploded' if one.explode else ''}" for one in (new, old))
        message = f"{said} is written in style {now} now, was {was}"
        _note(scribe, "param.style-changed", operation, new, message, old=old)
    walk.push(old.node, new.node, _LOOSE, new.schema_at)


def _shows(old: Parameter, new: Parameter, before: View, after: View) -> bool:
    """Whether the style makes a difference for what can be sent: for scalars only some do.

    A deepObject has one spelling, exploded or not; so has a list in the style `simple`.
    """
    if old.style == new.style == "deepObject":
        return False
    if old.style == new.style == "simple" and "object" not in before.facets and "object" not in after.facets:
        return False
    if ("array" in before.facets or "object" in before.facets) and ("array" in after.facets or "object" in after.facets):
        return True
    plain = ("form", "simple", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject")
    return old.style != new.style and (old.style not in plain or new.style not in plain)


def _swapped(walk: Walk, scribe: Scribe, operation: Operation, old: Parameter, new: Parameter, before: View, after: View) -> bool:
    """A scalar that became a list or the reverse; True if that tells the whole change."""
    was_list, is_list = set(before.facets) == {"array"}, set(after.facets) == {"array"}
    scalar_before, scalar_after = not before.facets.keys() & {"array", "object"}, not after.facets.keys() & {"array", "object"}
    if not (was_list and scalar_after) and not (scalar_before and is_list):
        return False
    if is_list and _same_on_the_wire(new, before):
        items: Any = next(iter(after.facets["array"]))
        if not items.prefix and (items.low is None or items.low.value <= 1) and (items.high is None or items.high.value >= 1):
            walk.push(old.node, items.rest, _LOOSE, new.schema_at)
            return True
    words = "a list now, was a single value" if is_list else "a single value now, was a list"
    _note(
        scribe, "param.scalar-array-swap", operation, new, f"`{new.name}` ({new.location}) of {operation.key} is {words}", old=old
    )
    return True


def _same_on_the_wire(new: Parameter, before: View) -> bool:
    """Whether one value is written the same as a list of one: always if exploded, else if it cannot hold the separator."""
    if new.style == "form" and new.explode:
        return True
    if new.style not in ("form", "simple"):
        return False
    listed = [facet.values.value for facet in before.facets.get("string", ()) if facet.values]
    if "string" not in before.facets:
        return True
    return len(listed) == len(before.facets["string"]) and not any(
        "," in str(value) for values in listed for value in values.values()
    )
