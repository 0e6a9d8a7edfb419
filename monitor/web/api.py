"""The pages' facts as JSON. Reading only: whatever changes something goes through the command line, which knows who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Annotated, TypeVar

import orjson
from fastapi import APIRouter, HTTPException, Query, Response

from alerts.escalation import State as EscalationState
from alerts.page import EscalationId
from monitor.kpis import DEFAULT_SPAN, kpis
from monitor.store import Transaction
from monitor.watch import TargetName
from monitor.web import views
from monitor.web.state import State

Read = TypeVar("Read")

KEPT_IN = frozenset({"recipient", "triggered", "validators"})
"""Fields that lead to a person's address or a channel's key; nobody who reads needs them."""


def routes(state: State) -> APIRouter:
    """Everything under `/api/`. Times are RFC 3339 in UTC; an unknown thing is a 404."""
    router = APIRouter(prefix="/api")

    async def read(ask: Callable[[Transaction], Awaitable[Read]]) -> Read:
        async with state.store.read() as tx:
            return await ask(tx)

    @router.get("/overview")
    async def overview() -> Response:
        return _json(await read(views.overview))

    @router.get("/kpis")
    async def figures(days: Annotated[int, Query(ge=1, le=3660)] = DEFAULT_SPAN.days) -> Response:
        now = state.clock.now()
        return _json(await read(lambda tx: kpis(tx, state.config.matrix, now - timedelta(days=days), now)))

    @router.get("/promises")
    async def promises() -> Response:
        return _json(await read(lambda tx: tx.promises.open()))

    @router.get("/targets")
    async def targets() -> Response:
        return _json(await read(lambda tx: tx.targets.all()))

    @router.get("/targets/{name:path}")
    async def target(name: str) -> Response:
        return _found(await read(lambda tx: views.target(tx, TargetName(name), state.config.integrations)), "target")

    @router.get("/escalations")
    async def escalations(standing: Annotated[EscalationState | None, Query(alias="state")] = None) -> Response:
        wanted = None if standing is None else {standing}
        return _json(await read(lambda tx: tx.escalations.list(wanted)))

    @router.get("/escalations/{id}")
    async def escalation(id: str) -> Response:
        found = await read(lambda tx: views.escalation(tx, EscalationId(id), state.config.integrations))
        return _found(found, "escalation")

    return router


def _found(value: object, what: str) -> Response:
    if value is None:
        raise HTTPException(404, f"no such {what}")
    return _json(value)


def _json(value: object) -> Response:
    return Response(orjson.dumps(plain(value), option=orjson.OPT_UTC_Z), media_type="application/json")


def plain(value: object) -> object:
    """The value in JSON's own types, ready to be written: enums by their words, mappings with words for keys,
    lengths of time in seconds."""
    match value:
        case Enum():
            return str(value)
        case timedelta():
            return value.total_seconds()
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name not in KEPT_IN}
        case Mapping():
            return {str(plain(key)): plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case _:
            return value
