"""One operation against its successor: parameters, body, answers, callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schemas.engine.ledger import ERROR, REQUEST, RESPONSE, Way
from schemas.openapi import bodies, parameters
from schemas.openapi.parts import responses
from schemas.openapi.reach import success
from schemas.pointer import join

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.walk import Walk
    from schemas.openapi.description import Operation, Response
    from schemas.openapi.edit import Scribe


def compare_exchange(walk: Walk, scribe: Scribe, before: Operation, after: Operation) -> None:
    """Report what differs around the data, and push the schemas of both sides to the walk."""
    if not before.incoming:
        parameters.compare(walk, scribe, before, after)
    bodies.compare_request(walk, scribe, before, after)
    _responses(walk, scribe, before, after)
    _callbacks(walk, scribe, before, after)


def _covering(status: str, found: Mapping[str, Response]) -> str | None:
    for candidate in (status, f"{status[:1]}XX", "DEFAULT"):
        if candidate in found:
            return candidate
    return None


def _responses(walk: Walk, scribe: Scribe, before: Operation, after: Operation) -> None:
    was, now = responses(scribe.old, before), responses(scribe.new, after)
    home = f"{before.key}/responses"
    for status in was:
        if status in now and not scribe.new.swagger and walk.stays(was.raws[status], now.raws[status]):
            continue
        response, good = was[status], success(status, was)
        side = (RESPONSE if good else ERROR) if not before.incoming else REQUEST
        covering = _covering(status, now)
        if covering == "DEFAULT" and status != "DEFAULT" and success(status, ()) and not success("DEFAULT", now):
            covering = None
        if status == "DEFAULT" and covering is None and good and now:
            covering = next((other for other in now if other[:1] == "2"), None)
        if status.endswith("XX") and covering is None and any(other[:1] == status[:1] for other in now):
            for other in (other for other in now if other[:1] == status[:1]):
                bodies.compare_response(walk, scribe, before, response, now[other], Way(side), f"{home}/{other}")
            continue
        if covering is None:
            if before.incoming:
                continue
            rule = "resp.success-removed" if status[:1] == "2" or (status == "DEFAULT" and good) else "resp.error-removed"
            shape: dict[str, Any] = {
                "at": response.at,
                "gone": True,
                "where": f"{home}/{status}",
                "it": status,
                "what": status.lower(),
            }
            scribe.note(
                rule,
                [before],
                f"{before.key} no longer answers {status.lower()}",
                sides=(RESPONSE,),
                before=status.lower(),
                **shape,
            )
            continue
        bodies.compare_response(walk, scribe, before, response, now[covering], Way(side), f"{home}/{status}")
    if before.incoming:
        return
    for status in now:
        if _covering(status, was) is None:
            rule = "resp.success-added" if status[:1] in "23" or status == "DEFAULT" else "resp.error-added"
            rule = "resp.error-added" if status == "DEFAULT" and not success(status, now) else rule
            message = f"{before.key} may now answer {status.lower()}"
            scribe.note(
                rule,
                [before],
                message,
                at=now[status].at,
                where=f"{home}/{status}",
                it=status,
                what=status.lower(),
                after=status.lower(),
                sides=(RESPONSE,),
            )


def _callbacks(walk: Walk, scribe: Scribe, before: Operation, after: Operation) -> None:
    was, now = _expressions(scribe.old, before), _expressions(scribe.new, after)
    for name, (at, raw) in was.items():
        if name not in now:
            message = f"callback {name[0]} of {before.key} was removed"
            scribe.note(
                "op.webhook-removed",
                [before],
                message,
                at=at,
                gone=True,
                where=f"{before.key}/callbacks/{name[0]}",
                it=name[0],
                before=name[1],
            )
            continue
        new_at, new_raw = now[name]
        theirs = {operation.method: operation for operation in scribe.new.item(name[1], new_at, new_raw, incoming=True)}
        for operation in scribe.old.item(name[1], at, raw, incoming=True):
            if operation.method in theirs:
                compare_exchange(walk, scribe, operation, theirs[operation.method])
            else:
                message = f"callback {name[0]} of {before.key} was removed"
                scribe.note(
                    "op.webhook-removed",
                    [before],
                    message,
                    at=at,
                    gone=True,
                    where=f"{before.key}/callbacks/{name[0]}",
                    it=name[0],
                )


def _expressions(description: object, operation: Operation) -> dict[tuple[str, str], tuple[str, dict[str, Json]]]:
    from schemas.openapi.description import Description

    assert isinstance(description, Description)
    named = operation.raw.get("callbacks")
    found = {}
    for name, written in named.items() if isinstance(named, dict) else ():
        at, callback = description.book.reference(join(operation.at, "callbacks", name), written)
        for expression, item in callback.items() if isinstance(callback, dict) else ():
            item_at, raw = description.book.reference(join(at, expression), item)
            if isinstance(raw, dict) and not expression.startswith("x-"):
                found[name, expression] = (item_at, raw)
    return found
