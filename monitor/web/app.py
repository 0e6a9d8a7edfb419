"""The web application, put together: pages, API, what machines ask for, and the guard around them."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles

from monitor.log import log
from monitor.store import StoreError
from monitor.web import api, machines, pages
from monitor.web.security import Guard, any_name, loopback_or
from monitor.web.state import State

STATIC = Path(__file__).parent / "static"
MACHINES = ("/api/", "/metrics", "/healthz", "/readyz", "/hooks/", "/static/")


def create_app(state: State, *, url: str | None = None) -> FastAPI:
    """The application over a running daemon. `url` is the address people reach it by, where that is not a loopback name.

    A GET changes nothing. Without the store the pages answer 503 and say so; the process stays up.
    """
    app = FastAPI(title="driftpager", docs_url=None, redoc_url=None, openapi_url=None)
    shown = pages.Pages(state)
    app.include_router(machines.routes(state))
    app.include_router(api.routes(state))
    app.include_router(pages.routes(state, shown))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard, names=loopback_or(url))

    @app.exception_handler(StoreError)
    async def without_store(request: Request, error: StoreError) -> Response:
        log.error("page.unreadable", because=str(error))
        if request.url.path.startswith(MACHINES):
            return JSONResponse({"error": str(error)}, status_code=503)
        return shown.page("problem.html", status=503, title="The store does not answer", text=str(error))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)
        if request.url.path.startswith(MACHINES) or error.status_code != 404:
            return PlainTextResponse(f"{error.detail}\n", status_code=error.status_code, headers=error.headers)
        return shown.page("problem.html", status=404, title="Nothing here", text="There is no page at this address.")

    return app


def create_machines(state: State) -> FastAPI:
    """What other machines may reach without signing in: counts, health, and webhooks, which prove themselves by signature.
    Nothing that a vendor or a person wrote is told here."""
    app = FastAPI(title="driftpager", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(machines.routes(state))
    app.add_middleware(Guard, names=any_name)
    return app
