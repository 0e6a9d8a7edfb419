"""The pages for people: a few templates over the views, each whole without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib.metadata import version
from typing import Annotated, Any

import jinja2
from fastapi import APIRouter, Query, Response
from starlette.responses import HTMLResponse

from alerts.page import EscalationId
from alerts.wording import clean, fit_to_open, worst_first
from monitor.kpis import DEFAULT_SPAN, kpis, rows
from monitor.watch import TargetName
from monitor.web import views, wording
from monitor.web.state import State


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        clean=clean,
        coded=wording.coded,
        stamp=wording.stamp,
        fragment=wording.fragment,
        size=wording.size,
        use=wording.use,
        worst_first=worst_first,
    )
    made.tests["openable"] = fit_to_open
    return made


class Pages:
    """The templates, with the words they use. Everything is escaped; `coded` alone makes markup, around what it escaped."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._version = version("driftpager")
        self._templates = _templates()

    def page(self, name: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """The template with its facts, at the time of the daemon's clock."""
        now = self._state.clock.now()
        ready, reasons = self._state.ready()
        text = self._templates.get_template(name).render(
            now=now,
            ago=lambda moment: wording.ago(moment, now),
            ahead=lambda moment: wording.ahead(moment, now),
            next_step=lambda deadline: wording.next_step(deadline, now),
            environment=self._state.config.environment,
            version=self._version,
            ready=ready,
            reasons=reasons,
            **facts,
        )
        return HTMLResponse(text, status_code=status)


def routes(state: State, pages: Pages) -> APIRouter:
    """`/`, `/kpis`, `/escalations/{id}` and `/targets/{name}`. Reading only."""
    router = APIRouter()

    @router.get("/")
    async def overview() -> Response:
        async with state.store.read() as tx:
            found = await views.overview(tx)
        return pages.page("overview.html", view=found)

    @router.get("/kpis")
    async def figures(days: Annotated[int, Query(ge=1, le=3660)] = DEFAULT_SPAN.days) -> Response:
        now = state.clock.now()
        async with state.store.read() as tx:
            found = await kpis(tx, state.config.matrix, now - timedelta(days=days), now)
        return pages.page("kpis.html", view=found, rows=list(rows(found)), days=days)

    @router.get("/escalations/{id}")
    async def escalation(id: str) -> Response:
        async with state.store.read() as tx:
            found = await views.escalation(tx, EscalationId(id), state.config.integrations)
        if found is None:
            return pages.page(
                "problem.html", status=404, title="No such escalation", text=f"There is no escalation {clean(id, 80)}."
            )
        return pages.page("escalation.html", view=found)

    @router.get("/targets/{name:path}")
    async def target(name: str) -> Response:
        async with state.store.read() as tx:
            found = await views.target(tx, TargetName(name), state.config.integrations)
        if found is None:
            return pages.page("problem.html", status=404, title="No such target", text=f"No target is called {clean(name, 200)}.")
        return pages.page("target.html", view=found)

    return router
