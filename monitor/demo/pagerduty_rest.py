"""The stand-in's REST v2: incidents read, acknowledged, resolved and noted, who is on call, and what `doctor` asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from monitor.demo.pagerduty_incident import Incident
from monitor.demo.pagerduty_oncalls import entries
from monitor.demo.pagerduty_rules import rest_mistake

if TYPE_CHECKING:
    from monitor.demo.pagerduty import PagerDuty

_MOST_OFFSET = 10_000
_STATUSES = ("triggered", "acknowledged", "resolved")
Route = Callable[[Request], Awaitable[Response]]


def routes(pagerduty: PagerDuty) -> None:
    """Add the REST routes to a stand-in's application."""

    def checked(answer: Callable[[Request], Awaitable[Any]]) -> Route:
        async def route(request: Request) -> Response:
            mistake = rest_mistake(request.method, request.headers, pagerduty.tokens, pagerduty.users)
            if mistake:
                return _error(*mistake)
            try:
                if request.url.path == "/priorities" and not pagerduty.priorities:
                    return _error(402, "Account does not have the abilities to perform the action")
                return JSONResponse(await answer(request))
            except LookupError as error:
                return _error(404, str(error))
            except ValueError as error:
                return _error(400, str(error))

        return route

    async def listed(request: Request) -> Any:
        wanted = [each for each in reversed(pagerduty.incidents) if _wanted(each, request)]
        return _page(request, [incident_json(each, keyless=pagerduty.grouped) for each in wanted])

    async def shown(request: Request) -> Any:
        return {"incident": incident_json(pagerduty.find(request.path_params["id"]))}

    async def updated(request: Request) -> Any:
        wanted = _object(await request.body(), "incident")
        return {
            "incident": await _update(pagerduty, pagerduty.find(request.path_params["id"]), wanted, _user(pagerduty, request))
        }

    async def all_updated(request: Request) -> Any:
        wanted = _list(await request.body(), "incidents")
        by = _user(pagerduty, request)
        return {"incidents": [await _update(pagerduty, pagerduty.find(each.get("id", "")), each, by) for each in wanted]}

    async def noted(request: Request) -> Any:
        incident, by = pagerduty.find(request.path_params["id"]), _user(pagerduty, request)
        content = _object(await request.body(), "note").get("content")
        if not isinstance(content, str) or not content:
            raise ValueError("note.content is required")
        incident.notes.append((by, content))
        return {"note": {"id": f"PNOTE{len(incident.notes)}", "user": user_reference(by), "content": content}}

    async def updated_status(request: Request) -> Any:
        incident, by = pagerduty.find(request.path_params["id"]), _user(pagerduty, request)
        said = json.loads(await request.body())
        if not isinstance(said, dict) or set(said) != {"message"} or not isinstance(said["message"], str) or not said["message"]:
            raise ValueError("message is required")
        incident.status_updates.append((by, said["message"]))
        return {"status_update": {"id": f"PSTATUS{len(incident.status_updates)}", "message": said["message"]}}

    async def merged(request: Request) -> Any:
        target, by = pagerduty.find(request.path_params["id"]), _user(pagerduty, request)
        sources = _list(await request.body(), "source_incidents")
        await pagerduty.merge(target.id, *(str(each.get("id", "")) for each in sources), by=by)
        return {"incident": incident_json(target)}

    async def priorities(request: Request) -> Any:
        found = [{"id": f"P{name}", "type": "priority", "summary": name, "name": name} for name in pagerduty.priorities]
        return _page(request, found, "priorities")

    async def abilities(request: Request) -> Any:
        return {"abilities": ["teams", "urgencies", "service_support_hours", "advanced_reports"]}

    async def services(request: Request) -> Any:
        return _page(
            request,
            [
                {
                    "id": _id("S", name),
                    "type": "service",
                    "summary": name,
                    "name": name,
                    "status": "active",
                    "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"},
                }
                for name in dict.fromkeys(pagerduty.routing_keys.values())
            ],
            "services",
        )

    async def on_calls(request: Request) -> Any:
        return _page(request, entries(pagerduty.schedules, request.query_params, pagerduty.now()), "oncalls")

    app = pagerduty.app
    app.get("/oncalls")(checked(on_calls))
    app.get("/incidents")(checked(listed))
    app.put("/incidents")(checked(all_updated))
    app.get("/incidents/{id}")(checked(shown))
    app.put("/incidents/{id}")(checked(updated))
    app.put("/incidents/{id}/merge")(checked(merged))
    app.post("/incidents/{id}/notes")(checked(noted))
    app.post("/incidents/{id}/status_updates")(checked(updated_status))
    app.get("/priorities")(checked(priorities))
    app.get("/abilities")(checked(abilities))
    app.get("/services")(checked(services))


async def _update(pagerduty: PagerDuty, incident: Incident, wanted: dict[str, Any], by: str) -> dict[str, Any]:
    if wanted.get("type") not in ("incident", "incident_reference"):
        raise ValueError("type must be incident or incident_reference")
    status = wanted.get("status", incident.status)
    if status not in _STATUSES:
        raise ValueError("status must be triggered, acknowledged or resolved")
    if incident.status == "resolved" and status == "resolved":
        raise ValueError("Incident Already Resolved (1001)")
    if "urgency" in wanted and wanted["urgency"] not in ("high", "low"):
        raise ValueError("urgency must be high or low")
    incident.urgency = wanted.get("urgency", incident.urgency)
    if "priority" in wanted:
        incident.priority = _priority(pagerduty, wanted["priority"])
    if status != incident.status:
        await pagerduty.change(incident, status, by)
    return incident_json(incident)


def _priority(pagerduty: PagerDuty, wanted: Any) -> str:
    """The name of a priority given as a reference or by its name."""
    for name in pagerduty.priorities:
        if wanted == name or (
            isinstance(wanted, dict)
            and wanted.get("id") == f"P{name}"
            and wanted.get("type") in ("priority", "priority_reference")
        ):
            return name
    raise ValueError("priority must be one of the account's, by id and type or by name")


def incident_json(incident: Incident, *, keyless: bool = False) -> dict[str, Any]:
    """An incident as REST and webhooks show it; `keyless` without the key, where its alerts have one each."""
    by_service = {"id": _id("S", incident.service), "type": "service_reference", "summary": incident.service}
    return {
        "id": incident.id,
        "type": "incident",
        "summary": f"[#{incident.number}] {incident.title}",
        "self": f"https://api.example.com/incidents/{incident.id}",
        "html_url": f"https://acme.example.com/incidents/{incident.id}",
        "incident_number": incident.number,
        "title": incident.title,
        "created_at": _stamp(incident.created_at),
        "updated_at": _stamp(incident.changed_at),
        "status": incident.status,
        "incident_key": None if keyless else incident.key,
        "service": by_service,
        "assignments": [],
        "assigned_via": "escalation_policy",
        "last_status_change_at": _stamp(incident.changed_at),
        "last_status_change_by": user_reference(incident.changed_by)
        if incident.changed_by
        else {"id": _id("S", incident.service), "type": "service_reference", "summary": incident.service},
        "acknowledgements": [
            {
                "at": _stamp(at),
                "acknowledger": user_reference(by)
                if by
                else {"id": _id("S", incident.service), "type": "service_reference", "summary": incident.service},
            }
            for by, at in incident.acknowledgements
        ],
        "alert_counts": {
            "all": 1,
            "triggered": int(incident.status != "resolved"),
            "resolved": int(incident.status == "resolved"),
        },
        "teams": [],
        "pending_actions": [],
        "urgency": incident.urgency,
        "priority": {"id": f"P{incident.priority}", "type": "priority", "summary": incident.priority, "name": incident.priority}
        if incident.priority
        else None,
        "resolve_reason": {
            "type": "merge_resolve_reason",
            "incident": {"id": incident.merged_into, "type": "incident_reference"},
        }
        if incident.merged_into
        else None,
    }


def user_reference(name: str) -> dict[str, Any]:
    """A person, by name."""
    return {"id": _id("U", name), "type": "user_reference", "summary": name}


def _wanted(incident: Incident, request: Request) -> bool:
    query = request.query_params
    key, statuses, urgencies = query.get("incident_key"), query.getlist("statuses[]"), query.getlist("urgencies[]")
    if unknown := [status for status in statuses if status not in _STATUSES]:
        raise ValueError(f"statuses[] has no {unknown[0]}")
    since, until = (datetime.fromisoformat(query[name]) if name in query else None for name in ("since", "until"))
    return (
        (key is None or key in incident.alerts)
        and (not statuses or incident.status in statuses)
        and (not urgencies or incident.urgency in urgencies)
        and (since is None or incident.created_at >= since)
        and (until is None or incident.created_at < until)
    )


def _page(request: Request, found: Sequence[Any], name: str = "incidents") -> dict[str, Any]:
    limit, offset = int(request.query_params.get("limit", "25")), int(request.query_params.get("offset", "0"))
    if not 1 <= limit <= 100 or offset < 0 or limit + offset > _MOST_OFFSET:
        raise ValueError("limit is 1 to 100, and offset and limit together at most 10,000")
    return {
        name: found[offset : offset + limit],
        "limit": limit,
        "offset": offset,
        "more": len(found) > offset + limit,
        "total": None,
    }


def _user(pagerduty: PagerDuty, request: Request) -> str:
    return pagerduty.users[request.headers["from"]]


def _object(body: bytes, name: str) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get(name), dict):
        raise ValueError(f"the body needs an object called {name}")
    inner: dict[str, Any] = found[name]
    return inner


def _list(body: bytes, name: str) -> list[dict[str, Any]]:
    found = json.loads(body)
    values = found.get(name) if isinstance(found, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError(f"the body needs a list called {name}")
    return values


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "code": 2000 + status, "errors": [message]}}, status)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _id(letter: str, name: str) -> str:
    return "P" + letter + hashlib.sha256(name.encode()).hexdigest()[:5].upper()
