"""Bodies and headers of one operation, request and response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schemas.engine.ledger import ERROR, REQUEST, RESPONSE, Way
from schemas.engine.same import same
from schemas.openapi.parts import FORMS, body
from schemas.rules import Level

if TYPE_CHECKING:
    from schemas.engine.walk import Walk
    from schemas.openapi.description import Media, Operation, Response
    from schemas.openapi.edit import Scribe


def loose(media_type: str) -> bool:
    """Whether scalars travel as text in this media type."""
    return media_type in FORMS or media_type.startswith("text/") or media_type.endswith(("/xml", "+xml"))


def covering(media_type: str, offered: Mapping[str, Media]) -> str | None:
    """The media type among `offered` that takes in `media_type`: itself, or the closest range around it."""
    main = media_type.partition("/")[0]
    return next((name for name in (media_type, f"{main}/*", "*/*", "*") if name in offered), None)


def covered(media_type: str, offered: Mapping[str, Media]) -> list[str]:
    """The media types among `offered` that a range takes in."""
    if not media_type.endswith("*"):
        return []
    main = media_type.partition("/")[0]
    return [name for name in offered if main == "*" or name.partition("/")[0] == main]


def compare_request(walk: Walk, scribe: Scribe, before: Operation, after: Operation) -> None:
    """The body we send; for a call that comes to us, the one we read."""
    was, now = body(scribe.old, before), body(scribe.new, after)
    if was is None and now is None:
        return
    side = RESPONSE if before.incoming else REQUEST
    shape: dict[str, Any] = {"where": f"{before.key}/requestBody", "it": "the body", "sides": (REQUEST,)}
    if was is None or not was.media:
        if now is not None and now.media and was is None and not before.incoming:
            rule = "body.required-added" if now.required else "body.optional-added"
            said = "required" if now.required else "optional"
            scribe.note(rule, [before], f"{before.key} takes a body now, which is {said}", at=now.at, **shape)
        return
    if now is None or not now.media:
        if before.incoming:
            scribe.note(
                "resp.body-removed",
                [before],
                f"{before.key} comes without a body now",
                at=was.at,
                gone=True,
                **{**shape, "sides": (RESPONSE,)},
            )
        else:
            scribe.note("body.removed", [before], f"{before.key} takes no body any more", at=was.at, gone=True, **shape)
        return
    if not before.incoming:
        if now.required and not was.required:
            scribe.note("body.required-added", [before], f"the body of {before.key} is required now", at=now.at, **shape)
        elif was.required and not now.required:
            scribe.note("body.optional-added", [before], f"the body of {before.key} is no longer required", at=now.at, **shape)
    _media(walk, scribe, before, was.media, now.media, Way(side), f"{before.key}/requestBody", was.at, now.at)


def _media(
    walk: Walk,
    scribe: Scribe,
    operation: Operation,
    was: Mapping[str, Media],
    now: Mapping[str, Media],
    way: Way,
    where: str,
    old_at: str,
    new_at: str,
) -> None:
    request, met = way.side == REQUEST, set()
    for name, media in was.items():
        match = covering(name, now)
        targets = [match] if match is not None else [] if request else covered(name, now)
        if not targets:
            rule = (
                "body.media-type-removed"
                if request
                else "resp.error-shape-changed"
                if way.side == ERROR
                else "resp.media-type-removed"
            )
            message = f"{name} is no longer {'accepted' if request else 'answered'} by {operation.key}"
            scribe.note(
                rule,
                [operation],
                message,
                at=old_at,
                gone=True,
                where=f"{where}/{name}",
                it=name,
                what=name,
                before=name,
                sides=(way.side,),
            )
            met.update(covered(name, now))  # a range that shrank to one of its types is one edit
            continue
        if not request and match not in (name, None) and way.side != ERROR:
            scribe.note(
                "resp.media-type-removed",
                [operation],
                f"{name} is only one of {match} that {operation.key} may answer now",
                at=new_at,
                where=f"{where}/{name}",
                it=name,
                what=name,
                before=name,
                after=match,
                sides=(way.side,),
                response=Level.RISKY,
            )
        for target in targets:
            met.add(target)
            here = Way(way.side, loose=loose(name))
            walk.push(media.node, now[target].node, here, now[target].at)
            if name.partition("/")[0] == "multipart" or name in FORMS:
                _encoding(scribe, operation, media, now[target], where, request=request)
    for name in now:
        if name not in was and name not in met:
            rule = "body.media-type-added" if request else "resp.media-type-added"
            message = f"{name} is {'accepted' if request else 'offered'} by {operation.key} now"
            scribe.note(
                rule, [operation], message, at=new_at, where=f"{where}/{name}", it=name, what=name, after=name, sides=(way.side,)
            )


def _encoding(scribe: Scribe, operation: Operation, old: Media, new: Media, where: str, *, request: bool) -> None:
    if not request:
        return
    known = _members(old) & _members(new)
    for name in sorted(known.intersection({*old.encoding, *new.encoding})):
        was, now = _plain(old.encoding.get(name)), _plain(new.encoding.get(name))
        if not same(was, now):
            message = f"`{name}` in the body of {operation.key} is encoded in another way"
            scribe.note(
                "body.encoding-changed",
                [operation],
                message,
                at=new.at,
                where=f"{where}/encoding/{name}",
                it=name,
                before=was,
                after=now,
                sides=(REQUEST,),
            )


def _members(media: Media) -> set[str]:
    """The names of a form's fields as written in place; those that a reference brings are not looked for."""
    listed = (raw.get("properties") for raw in media.node.raws if isinstance(raw, dict))
    return {name for properties in listed if isinstance(properties, dict) for name in properties}


def _plain(raw: Any) -> dict[str, Any]:
    """An encoding with its defaults left out."""
    told = {name: value for name, value in raw.items() if not name.startswith("x-")} if isinstance(raw, dict) else {}
    if told.get("style") == "form":
        del told["style"]
    if told.get("explode") is (told.get("style") is None):
        del told["explode"]
    if told.get("allowReserved") is False:
        del told["allowReserved"]
    return told


def compare_response(
    walk: Walk, scribe: Scribe, operation: Operation, was: Response, now: Response, way: Way, where: str
) -> None:
    """One answer: headers, media types, and the schemas below them."""
    shape: dict[str, Any] = {"where": where, "sides": (way.side,)}
    if not now.known:
        if was.known:
            scribe.note(
                "schema.ref-unresolved",
                [operation],
                f"an answer of {operation.key} refers to nothing",
                at=now.at,
                it=where,
                **shape,
            )
        return
    if was.media and not now.media:
        rule = "resp.error-shape-changed" if way.side == ERROR else "resp.body-removed"
        if way.side != REQUEST:
            scribe.note(
                rule, [operation], f"an answer of {operation.key} has no body any more", at=was.at, gone=True, it=where, **shape
            )
    elif now.media and not was.media:
        if way.side != REQUEST:
            scribe.note(
                "resp.body-added", [operation], f"an answer of {operation.key} has a body now", at=now.at, it=where, **shape
            )
    else:
        _media(walk, scribe, operation, was.media, now.media, way, where, was.at, now.at)
    if way.side == REQUEST:
        return
    _headers(walk, scribe, operation, was, now, way, where)


def _headers(walk: Walk, scribe: Scribe, operation: Operation, was: Response, now: Response, way: Way, where: str) -> None:
    for name, header in was.headers.items():
        other = now.headers.get(name)
        shape: dict[str, Any] = {"where": f"{where}/headers/{name}", "it": name, "sides": (way.side,)}
        level = Level.BREAKING if header.required else None
        if other is None:
            message = f"header {name} of an answer of {operation.key} was removed"
            scribe.note("header.removed", [operation], message, at=header.at, gone=True, response=level, **shape)
            continue
        if header.required and not other.required:
            message = f"header {name} of an answer of {operation.key} is no longer guaranteed"
            scribe.note("header.removed", [operation], message, at=other.at, response=level, **shape)
        walk.push(header.node, other.node, Way(way.side, loose=True), other.schema_at)
    for name, header in now.headers.items():
        if name not in was.headers:
            message = f"header {name} was added to an answer of {operation.key}"
            scribe.note(
                "header.added", [operation], message, at=header.at, where=f"{where}/headers/{name}", it=name, sides=(way.side,)
            )
