"""The stand-in as its people see it: every incident with all that was sent, and buttons to take, give back or close it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.demo.pagerduty_incident import Incident

if TYPE_CHECKING:
    from monitor.demo.pagerduty import PagerDuty

_ACTS = {"acknowledged": "Acknowledge", "unacknowledged": "Give back", "resolved": "Resolve"}
_POSSIBLE = {"triggered": ("acknowledged", "resolved"), "acknowledged": ("unacknowledged", "resolved"), "resolved": ()}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2430;background:#f5f6f8}
article{background:#fff;border:1px solid #d9dde4;border-left:6px solid #9aa3b2;border-radius:6px}
article{padding:1rem 1.25rem;margin:1rem 0}
article.triggered{border-left-color:#c62828}article.acknowledged{border-left-color:#b26a00}
article.resolved{border-left-color:#2e7d32}
h2{font-size:1.1rem;margin:0 0 .25rem}dl{display:grid;grid-template-columns:12rem 1fr;gap:.25rem 1rem;margin:.75rem 0}
dt{color:#5a6475}dd{margin:0;white-space:pre-line;overflow-wrap:anywhere}form{display:inline}button{font:inherit;margin-right:.5rem}
small{color:#5a6475}
"""


def routes(pagerduty: PagerDuty) -> None:
    """Add the page to a stand-in's application."""

    async def shown() -> Response:
        listed = "".join(_article(each, pagerduty.users) for each in reversed(pagerduty.incidents))
        return HTMLResponse(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>PagerDuty stand-in</title><style>{_STYLE}</style>"
            f"<h1>PagerDuty stand-in</h1>{listed or '<p>No incidents yet.</p>'}</html>"
        )

    async def acted(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        incident, what, by = pagerduty.find(request.path_params["id"]), form.get("what", ""), form.get("by", "")
        if what not in _POSSIBLE[incident.status] or by not in pagerduty.users.values():
            return HTMLResponse("an incident in that state takes no such action, or not of that person", 400)
        await pagerduty.change(incident, what, by)
        return RedirectResponse("/", 303)

    pagerduty.app.get("/")(shown)
    pagerduty.app.post("/people/{id}")(acted)


def _article(incident: Incident, users: dict[str, str]) -> str:
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(str(text))}</dd>" for label, text in incident.details.items())
    links = " · ".join(
        f'<a href="{escape(link["href"])}" rel=noreferrer>{escape(link.get("text", link["href"]))}</a>' for link in incident.links
    )
    by = "".join(f"<option>{escape(name)}</option>" for name in dict.fromkeys(users.values()))
    buttons = "".join(f'<button name=what value="{act}">{_ACTS[act]}</button>' for act in _POSSIBLE[incident.status])
    act = f'<form method=post action="/people/{incident.id}"><select name=by>{by}</select> {buttons}</form>' if buttons else ""
    who = f" by {escape(incident.changed_by)}" if incident.changed_by else ""
    return (
        f'<article class="{incident.status}"><h2>#{incident.number} {escape(incident.title)}</h2>'
        f"<small>{incident.status}{who} · {incident.urgency} urgency · {escape(f'{incident.service} · {incident.key}')}</small>"
        f"<dl>{facts}</dl><p>{links}</p>{act}</article>"
    )
