"""A stand-in for PagerDuty: takes events as strictly as the real one, keeps incidents, and people can act on them.

It answers Events v2 (`/v2/enqueue`) and the part of REST v2 that driftpager uses, sends v3 webhooks, shows its incidents as
a web page, records what it received, and can be made to fail. Serve it over TLS (`monitor.demo.serve`): the official client
insists on it. Long, as it is one account with one state.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from monitor.clock import Clock, SystemClock
from monitor.demo import pagerduty_page, pagerduty_rest
from monitor.demo.calling import NEVER, Post, never, post
from monitor.demo.pagerduty_incident import Incident as Incident
from monitor.demo.pagerduty_incident import Trouble as Trouble
from monitor.demo.pagerduty_oncalls import OnCall
from monitor.demo.pagerduty_rules import MOST_BYTES, change_mistakes, event_mistakes
from monitor.demo.received import Received as Received


class PagerDuty:
    """`app` is the ASGI application. `routing_keys` maps an integration key to its service's name; `users` an address to a name.

    `webhook` is (url, signing secrets) of one subscription. `received` holds every request, `incidents` every incident,
    `changes` every change event,
    `sent` the (status, body) of every webhook. With `grouped`, alerts of one service join its open incident, and incidents
    show no key of their own, as the vendor's description says of incidents with alerts.
    """

    def __init__(
        self,
        *,
        routing_keys: Mapping[str, str],
        tokens: frozenset[str] = frozenset(),
        users: Mapping[str, str] | None = None,
        webhook: tuple[str, tuple[str, ...]] | None = None,
        clock: Clock | None = None,
        post: Post = post,
        priorities: tuple[str, ...] = ("P1", "P2", "P3", "P4"),
        grouped: bool = False,
    ) -> None:
        self.routing_keys = dict(routing_keys)
        self.tokens = tokens
        self.users = dict(users or {"ana@example.com": "Ana"})
        self.webhook = webhook
        self.priorities = priorities
        self.grouped = grouped
        self.received: list[Received] = []
        self.incidents: list[Incident] = []
        self.changes: list[Mapping[str, Any]] = []
        self.schedules: dict[str, list[OnCall]] = {}
        self.sent: list[tuple[int, bytes]] = []
        self._clock = clock or SystemClock()
        self._post = post
        self._troubles: deque[tuple[Trouble, int]] = deque()
        self._throttled_until: datetime | None = None
        self._sending: set[asyncio.Task[int]] = set()
        self._events = 0
        self.app = FastAPI(openapi_url=None)
        self.app.middleware("http")(self._record)
        self.app.post("/v2/enqueue")(self._enqueue)
        self.app.post("/v2/change/enqueue")(self._enqueue_change)
        pagerduty_rest.routes(self)
        pagerduty_page.routes(self)

    # What goes wrong

    def fail(self, how: Trouble, *, times: int = 1, retry_after: int = 0) -> None:
        """The next `times` requests fail this way; `retry_after` (seconds) goes with 429."""
        self._troubles.extend([(how, retry_after)] * times)

    def throttle(self, seconds: float) -> None:
        """Every request for so long, by the clock, is answered 429 and told to wait for the rest of it."""
        self._throttled_until = self._clock.now() + timedelta(seconds=seconds)

    def recover(self) -> None:
        """Nothing fails any more."""
        self._troubles.clear()
        self._throttled_until = None

    # What people see and do

    def open(self, key: str = "") -> list[Incident]:
        """Incidents that are not resolved, all or of one dedup key."""
        return [each for each in self.incidents if each.status != "resolved" and (not key or each.alerts.get(key, False))]

    def now(self) -> datetime:
        """What time it is there."""
        return self._clock.now()

    def find(self, key_or_id: str) -> Incident:
        """The newest incident of a dedup key, or the one of an id. Raises LookupError."""
        for each in reversed(self.incidents):
            if key_or_id == each.id or key_or_id in each.alerts:
                return each
        raise LookupError(f"no incident for {key_or_id}")

    async def acknowledge(self, key_or_id: str, by: str = "Ana") -> int:
        """A person acknowledges; the status our webhook was answered with (0: none is configured or it failed)."""
        return await self.change(self.find(key_or_id), "acknowledged", by)

    async def unacknowledge(self, key_or_id: str, by: str = "") -> int:
        """The acknowledgement is taken back, by a person or by its own time-out."""
        return await self.change(self.find(key_or_id), "unacknowledged", by)

    async def resolve(self, key_or_id: str, by: str = "") -> int:
        """Somebody, or the service's auto-resolve, resolves."""
        return await self.change(self.find(key_or_id), "resolved", by)

    async def merge(self, target: str, *sources: str, by: str = "Ana") -> None:
        """A person merges incidents into an open one: it has their alerts, and they are resolved without being closed."""
        kept = self.find(target)
        if kept.status == "resolved":
            raise ValueError("open incidents cannot be merged into a resolved one")
        for source in sources:
            gone = self.find(source)
            alerts = dict(gone.alerts)
            gone.merged_into = kept.id
            kept.alerts |= alerts
            await self.change(gone, "resolved", by)

    async def change(self, incident: Incident, what: str, by: str) -> int:
        """Bring an incident into another state and tell the subscriber."""
        self.alter(incident, what, by)
        return await self._announce(incident, what, by)

    def alter(self, incident: Incident, what: str, by: str) -> None:
        """The state alone, as `acknowledged`, `unacknowledged`, `resolved` or `triggered`."""
        now = self._clock.now()
        incident.status = "triggered" if what == "unacknowledged" else what
        incident.changed_at, incident.changed_by = now, by
        if what == "resolved":
            incident.alerts = dict.fromkeys(incident.alerts, False)
        incident.acknowledgements = [*incident.acknowledgements, (by, now)] if what == "acknowledged" else []

    async def settle(self) -> None:
        """Wait until every webhook under way has been answered."""
        while self._sending:
            await asyncio.wait(self._sending)

    # Events v2

    async def _enqueue(self, request: Request) -> Response:
        body = await request.body()
        trouble, wait = self._troubles.popleft() if self._troubles else (None, 0)
        if trouble is Trouble.RATE_LIMITED:
            return JSONResponse({"status": "throttle exceeded"}, 429, {"Retry-After": str(wait)} if wait else None)
        if trouble is Trouble.SERVER_ERROR:
            return JSONResponse({"message": "Internal Server Error"}, 500)
        if trouble is Trouble.UNREADABLE:
            return Response("<html>Sign in</html>", 202, media_type="text/html")
        if trouble is Trouble.LOST:
            return await never(request)
        mistakes, event = self._read(request, body)
        if mistakes:
            return JSONResponse({"status": "invalid event", "message": "Event object is invalid", "errors": mistakes}, 400)
        key = event.get("dedup_key") or f"given-{len(self.received)}"
        if trouble is not Trouble.SWALLOW:
            self._take(event, key)
        if trouble is Trouble.HANG:
            return await never(request)
        said = "another" if trouble is Trouble.ANOTHER_KEY else key
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": said}, 202)

    async def _enqueue_change(self, request: Request) -> Response:
        mistakes, event = self._read(request, await request.body(), change_mistakes)
        if not mistakes and event["routing_key"].startswith("R"):
            mistakes = ["a ruleset's routing key takes no change events"]
        if mistakes:
            return JSONResponse({"status": "invalid event", "message": "Event object is invalid", "errors": mistakes}, 400)
        self.changes.append(event)
        return JSONResponse({"status": "success", "message": "Change event processed"}, 202)

    def _read(
        self, request: Request, body: bytes, mistakes_in: Callable[[Any], Iterator[str]] = event_mistakes
    ) -> tuple[list[str], dict[str, Any]]:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return ["Content-Type must be application/json"], {}
        if len(body) > MOST_BYTES:
            return [f"the body has {len(body)} bytes, at most {MOST_BYTES} are taken"], {}
        try:
            event = json.loads(body)
        except ValueError:
            return ["the body is no JSON"], {}
        mistakes = list(mistakes_in(event))
        if not mistakes and event["routing_key"] not in self.routing_keys:
            mistakes = ["Invalid routing key"]
        return mistakes, event

    def _take(self, event: Mapping[str, Any], key: str) -> None:
        service = self.routing_keys[event["routing_key"]]
        found = [each for each in self.open(key) if each.service == service]
        action = event["event_action"]
        together = [each for each in self.open() if each.service == service] if self.grouped else []
        if action == "trigger" and (found or together):
            incident = (found or together)[-1]
            incident.triggers += 1
            incident.alerts[key] = True
        elif action == "trigger":
            self._later(self._create(service, key, event), "triggered")
        elif found:
            self._settle_alert(found[-1], key, action)
        # An unknown or closed key is silently dropped, as the real one does.

    def _settle_alert(self, incident: Incident, key: str, action: str) -> None:
        if action == "resolve":
            incident.alerts[key] = False
            if any(incident.alerts.values()):
                return
        done = "acknowledged" if action == "acknowledge" else "resolved"
        self.alter(incident, done, "")
        self._later(incident, done)

    def _create(self, service: str, key: str, event: Mapping[str, Any]) -> Incident:
        number, now = len(self.incidents) + 1, self._clock.now()
        incident = Incident(
            id=f"Q{number:013}",
            number=number,
            service=service,
            key=key,
            alerts={key: True},
            title=event["payload"]["summary"],
            severity=event["payload"]["severity"],
            created_at=now,
            changed_at=now,
            urgency="high" if event["payload"]["severity"] in ("critical", "error") else "low",
            details=event["payload"].get("custom_details", {}),
            links=event.get("links", []),
        )
        self.incidents.append(incident)
        return incident

    # Webhooks v3

    def _later(self, incident: Incident, what: str) -> None:
        task = asyncio.ensure_future(self._announce(incident, what, ""))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _announce(self, incident: Incident, what: str, by: str) -> int:
        if self.webhook is None:
            return 0
        url, secrets = self.webhook
        self._events += 1
        body = json.dumps({"event": self._event(incident, what, by)}).encode()
        signatures = ",".join("v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets)
        headers = {
            "Content-Type": "application/json",
            "X-PagerDuty-Signature": signatures,
            "X-Webhook-Id": f"wh-{self._events:06}",
            "User-Agent": "PagerDuty-Webhook/V3.0",
        }
        status = await self._post(url, headers, body)
        self.sent.append((status, body))
        return status

    def _event(self, incident: Incident, what: str, by: str) -> dict[str, Any]:
        return {
            "id": f"01EVENT{self._events:019}",
            "event_type": f"incident.{what}",
            "resource_type": "incident",
            "occurred_at": incident.changed_at.isoformat().replace("+00:00", "Z"),
            "agent": pagerduty_rest.user_reference(by) if by else None,
            "client": None,
            "data": pagerduty_rest.incident_json(incident, keyless=self.grouped),
        }

    # What came in

    async def _record(self, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        body = await request.body()
        status = 0
        left = (self._throttled_until - self._clock.now()).total_seconds() if self._throttled_until else 0.0
        try:
            response = await handle(request) if left <= 0 else _too_many(left)
            status = response.status_code if response.status_code != NEVER else 0
            return response
        finally:
            self.received.append(
                Received(
                    method=request.method,
                    path=request.url.path,
                    query=request.url.query,
                    headers=dict(request.headers),
                    body=body,
                    status=status,
                )
            )


def _too_many(left: float) -> Response:
    return JSONResponse({"status": "throttle exceeded"}, 429, {"Retry-After": str(ceil(left))})
