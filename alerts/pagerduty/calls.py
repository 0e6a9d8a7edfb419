"""One call to PagerDuty through its official client: once, with a deadline, its failures in our words and without secrets.

The client is synchronous and would retry by itself, 429 for ever: `_once` takes that away as far as it can be taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pagerduty
from pydantic import SecretStr

from alerts.answers import refusal, wait_wish
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.pagerduty.webhook import merged, moment, person
from alerts.trust import trust

T = TypeVar("T")
_WHO = "PagerDuty"
_THREADS = 4
_PAGE = 100
_MOST_PAGES = 20
_SILENT = logging.Logger("pagerduty", logging.CRITICAL + 1)
"""The client logs retries that it does not make; what happened is told by our own errors."""

_BEFORE_SENDING = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What we read of an incident. `acknowledgements` are (name, id of the user, when), services left out; `changed_by` is
    (name, id), both empty for nobody. `merged`: its alerts are those of another incident now. `priority` is its name there."""

    id: str
    status: str
    created_at: datetime
    changed_at: datetime
    changed_by: tuple[str, str]
    acknowledgements: tuple[tuple[str, str, datetime], ...]
    merged: bool = False
    urgency: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How to reach one service. Every call raises `Undelivered` or `Undeliverable`."""

    routing_key: SecretStr
    token: SecretStr | None
    token_kind: str
    from_address: str
    base_url: str
    api_url: str
    ca_file: Path | None
    proxy: SecretStr | None
    seconds: float
    now: datetime

    async def send(self, action: str, dedup_key: str, event: Mapping[str, Any]) -> str:
        """Enqueue one event; the dedup key as PagerDuty repeats it."""

        def call() -> str:
            with pagerduty.EventsApiV2Client(
                self.routing_key.get_secret_value(), base_url=self.base_url, **self._options()
            ) as client:
                _once(client, self.seconds)
                return str(client.send_event(action, dedup_key=dedup_key, **event))

        said = await self._in_thread(call)
        if said != dedup_key:
            raise Undelivered(f"{_WHO} answered for another dedup key than ours", reason=Reason.SERVER, unknown=True)
        return said

    async def change(self, event: Mapping[str, Any]) -> None:
        """Enqueue one change event. There is no key to fold on: sent twice it is listed twice."""

        def call() -> None:
            with pagerduty.EventsApiV2Client(
                self.routing_key.get_secret_value(), base_url=self.base_url, **self._options()
            ) as client:
                _once(client, self.seconds)
                client.send_change_event(payload=dict(event["payload"]), links=list(event.get("links", ())))

        await self._in_thread(call)

    async def newest(self, dedup_key: str) -> Incident | None:
        """The newest incident with an alert of this dedup key, an open one before any that is over: it may have been merged.

        Asked by `incident_key`, which the vendor matches with the keys of alerts; incidents that have alerts need not show one.
        """
        answer = await self._rest(
            "GET", "/incidents", params={"incident_key": dedup_key, "sort_by": "created_at:desc", "limit": 25}
        )
        found = [_incident(each) for each in answer["incidents"]]
        return max(found, key=lambda each: (each.status != "resolved", not each.merged, each.created_at, each.id), default=None)

    async def grade(self, incident: Incident, urgency: str, priority: str) -> None:
        """Give the incident an urgency, and a priority of that name where the account has one, in the name of `from_address`."""
        wanted: dict[str, Any] = {"type": "incident_reference"}
        if incident.urgency != urgency:
            wanted["urgency"] = urgency
        if incident.priority.casefold() != priority.casefold() and (known := await self._priority(priority)):
            wanted["priority"] = {"id": known, "type": "priority_reference"}
        if len(wanted) > 1:
            await self._rest("PUT", f"/incidents/{incident.id}", json={"incident": wanted})

    async def _priority(self, name: str) -> str:
        """The id of a priority by its name in any case; empty where the account, or its plan, has none of that name."""
        try:
            answer = await self._rest("GET", "/priorities", params={"limit": _PAGE})
        except Undeliverable as error:
            if error.reason is Reason.AUTH:
                raise
            return ""  # 402: the plan knows no priorities
        return next((str(each["id"]) for each in answer["priorities"] if str(each["name"]).casefold() == name.casefold()), "")

    async def note(self, incident: str, text: str) -> None:
        """A note on the incident, in the name of `from_address`."""
        await self._rest("POST", f"/incidents/{incident}/notes", json={"note": {"content": text}})

    async def status_update(self, incident: str, text: str) -> None:
        """A status update on the incident, in the name of `from_address`: those who subscribed to it are told."""
        await self._rest("POST", f"/incidents/{incident}/status_updates", json={"message": text})

    async def on_call(self, schedule: str, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
        """The entries of `GET /oncalls` for one schedule, as they came, with each user's e-mail address.

        At most 90 days ahead, says the vendor.
        """
        wanted = {
            "schedule_ids[]": schedule,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "time_zone": "UTC",
            "include[]": "users",
            "limit": _PAGE,
        }
        found: list[Mapping[str, Any]] = []
        for number in range(_MOST_PAGES):
            answer = await self._rest("GET", "/oncalls", params=wanted | {"offset": number * _PAGE})
            found += answer["oncalls"]
            if not answer["more"]:
                return found
        raise Undelivered(f"{_WHO} has more than {len(found)} on-call entries for one schedule", reason=Reason.OTHER)

    async def _rest(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        token = self.token.get_secret_value() if self.token else ""

        def call() -> dict[str, Any]:
            with pagerduty.RestApiV2Client(
                token, default_from=self.from_address or None, auth_type=self.token_kind, base_url=self.api_url, **self._options()
            ) as client:
                _once(client, self.seconds)
                response = client.request(method, path, **arguments)
                if not response.is_success:
                    raise refusal(_WHO, response.status_code, wait_wish(response.headers, self.now))
                return _object(response)

        try:
            return await self._in_thread(call)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Undelivered(f"{_WHO}'s answer is not as described ({type(error).__name__})", reason=Reason.SERVER) from None

    def _options(self) -> dict[str, Any]:
        # No proxy or netrc of the environment: what is used is what is configured.
        proxy = self.proxy.get_secret_value() if self.proxy else None
        return {"verify": trust(self.ca_file), "trust_env": False, "proxy": proxy}

    async def _in_thread(self, call: Callable[[], T]) -> T:
        """The time-outs of sockets are not a deadline: a dripping answer is left to its thread and counts as unknown."""
        try:
            async with asyncio.timeout(2 * self.seconds):
                return await asyncio.get_running_loop().run_in_executor(_threads(), call)
        except TimeoutError:
            raise Undelivered(f"{_WHO} did not answer in time", reason=Reason.TIMEOUT, unknown=True) from None
        except pagerduty.Error as error:
            raise _failure(error, self.now) from None
        except httpx2.RequestError as error:
            raise _lost(error) from None


def _once(client: pagerduty.ApiClient, seconds: float) -> None:
    """No retries: 429 counts as retried once (less is not possible), but no attempts are allowed, so none is made."""
    client.log = _SILENT
    client.retry = {429: 1}
    client.max_http_attempts = -1
    client.max_network_attempts = 0
    client.timeout = httpx2.Timeout(seconds, connect=seconds / 2)  # type: ignore[assignment]  # because httpx2 takes it as is


def _failure(error: pagerduty.Error, now: datetime) -> Exception:
    """The client's error in our words; its own text may hold the end of a key and what the answer said."""
    response, cause = error.response, error.__cause__
    if response is not None:
        if response.is_success:
            return Undelivered(
                f"{_WHO} answered {response.status_code}, but not as described", reason=Reason.SERVER, unknown=True
            )
        return refusal(_WHO, response.status_code, wait_wish(response.headers, now))
    return _lost(cause)


def _lost(cause: BaseException | None) -> Undelivered:
    unknown = not isinstance(cause, _BEFORE_SENDING)
    if isinstance(cause, httpx2.TimeoutException):
        return Undelivered(f"{_WHO} did not answer in time", reason=Reason.TIMEOUT, unknown=unknown)
    return Undelivered(f"the connection to {_WHO} failed ({type(cause).__name__})", reason=Reason.OTHER, unknown=unknown)


def _object(response: httpx2.Response) -> dict[str, Any]:
    found = response.json()
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _incident(each: Mapping[str, Any]) -> Incident:
    acknowledgements = [(*person(one["acknowledger"]), moment(one["at"])) for one in each.get("acknowledgements") or ()]
    return Incident(
        id=str(each["id"]),
        status=str(each["status"]),
        created_at=moment(each["created_at"]),
        changed_at=moment(each.get("last_status_change_at") or each["created_at"]),
        changed_by=person(each.get("last_status_change_by") or {}),
        acknowledgements=tuple(one for one in acknowledgements if one[0]),
        merged=merged(each),
        urgency=str(each.get("urgency") or ""),
        priority=str((each.get("priority") or {}).get("summary") or ""),
    )


@cache
def _threads() -> ThreadPoolExecutor:
    """Of its own, so that a slow PagerDuty never takes the threads of anything else."""
    return ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="pagerduty")
