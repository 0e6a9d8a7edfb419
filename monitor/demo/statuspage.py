"""A stand-in for Statuspage: the incidents of one page, kept, shown and closed, as strict about a request as the vendor is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

STATUSES = frozenset({"investigating", "identified", "monitoring", "resolved"})
IMPACTS = frozenset({"none", "minor", "major", "critical"})
COMPONENTS = frozenset({"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"})
_KINDS: Mapping[str, type] = {
    "name": str,
    "status": str,
    "impact_override": str,
    "body": str,
    "deliver_notifications": bool,
    "metadata": dict,
    "component_ids": list,
    "components": dict,
}


class Statuspage:
    """`incidents` by id, each as the vendor shows it, with `updates` and the `mailed` ones among them. `lose_answers` takes so
    many writes without answering, `busy` refuses so many with 420."""

    def __init__(self, *, page: str, key: str, components: frozenset[str] = frozenset()) -> None:
        self.page, self.key, self.components = page, key, components
        self.incidents: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.lose_answers = 0
        self.busy = 0
        self.app = FastAPI()
        base = "/v1/pages/{page}"
        for method, path, answer in (
            ("GET", base, self._shown),
            ("GET", f"{base}/incidents", self._list),
            ("POST", f"{base}/incidents", self._create),
            ("GET", f"{base}/incidents/{{id}}", self._get),
            ("PATCH", f"{base}/incidents/{{id}}", self._update),
        ):
            self.app.add_api_route(path, answer, methods=[method], response_model=None)

    async def _shown(self, request: Request, page: str) -> Response:
        return self._refused(request, page) or JSONResponse({"id": page, "name": "Example status"})

    async def _list(self, request: Request, page: str) -> Response:
        newest_first = list(reversed(self.incidents.values()))
        return self._refused(request, page) or JSONResponse([_public(each) for each in newest_first])

    async def _get(self, request: Request, page: str, id: str) -> Response:
        if (refused := self._refused(request, page)) is not None:
            return refused
        found = self.incidents.get(id)
        return JSONResponse(_public(found)) if found else JSONResponse({"error": "Not found"}, status_code=404)

    async def _create(self, request: Request, page: str) -> Response:
        return await self._write(request, page, None)

    async def _update(self, request: Request, page: str, id: str) -> Response:
        return await self._write(request, page, id)

    async def _write(self, request: Request, page: str, id: str | None) -> Response:
        if (refused := self._refused(request, page)) is not None:
            return refused
        if id is not None and id not in self.incidents:
            return JSONResponse({"error": "Not found"}, status_code=404)
        body = await request.json()
        if wrong := self._wrong(body, new=id is None):
            return JSONResponse({"error": [wrong]}, status_code=422)
        incident = self._keep(body["incident"], id)
        if self.lose_answers:
            self.lose_answers -= 1
            return Response(status_code=504)
        return JSONResponse(_public(incident), status_code=201 if id is None else 200)

    def _keep(self, said: dict[str, Any], id: str | None) -> dict[str, Any]:
        name = id or f"incident{len(self.incidents) + 1}"
        known = self.incidents.setdefault(name, {"id": name, "shortlink": f"https://stspg.example.com/{name}", "updates": []})
        known |= {name: value for name, value in said.items() if name not in {"body", "deliver_notifications"}}
        mailed = said.get("deliver_notifications", True)
        known["updates"].append({"status": known["status"], "body": said.get("body", ""), "mailed": mailed})
        return known

    def _refused(self, request: Request, page: str) -> Response | None:
        self.requests.append((request.method, request.url.path))
        if request.headers.get("authorization") != f"OAuth {self.key}":
            return JSONResponse({"error": "Could not authenticate"}, status_code=401)
        if page != self.page:
            return JSONResponse({"error": "Not found"}, status_code=404)
        if self.busy:
            self.busy -= 1
            return JSONResponse({"error": "Too many requests"}, status_code=420, headers={"Retry-After": "60"})
        return None

    def _wrong(self, body: Any, *, new: bool) -> str:
        """What the vendor would not take, in words; empty for a sound request."""
        if not isinstance(body, dict) or set(body) != {"incident"} or not isinstance(body["incident"], dict):
            return "incident is missing"
        said = body["incident"]
        for name, value in said.items():
            if type(value) is not _KINDS.get(name):
                return f"{name} is unknown or of another type"
        if new and not said.get("name"):
            return "Name can't be blank"
        if said.get("status", "investigating") not in STATUSES or said.get("impact_override", "none") not in IMPACTS:
            return "status or impact_override is not included in the list"
        strange = set(said.get("component_ids", ())) | set(said.get("components", {})) - self.components
        if strange - self.components or set(said.get("components", {}).values()) - COMPONENTS:
            return "Component is invalid"
        return ""


def _public(incident: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in incident.items() if name != "updates"}
