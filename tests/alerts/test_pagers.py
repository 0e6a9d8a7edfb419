"""incident.io and GoAlert: one alert a dedup key, opened and closed, and nothing sent that would open it anew."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from alerts.channels import Tools
from alerts.channels.goalert import GoAlert
from alerts.channels.incident_io import IncidentIo
from alerts.errors import Undeliverable
from alerts.page import Action
from monitor.demo.serve import serve
from tests.alerts.pages import KEY, content, page

TOKEN = "canary-token-4711"
INCIDENT_IO_FIELDS = {"title", "status", "deduplication_key", "description", "metadata", "source_url"}


@dataclass
class Vendor:
    """Alerts by key, opened and closed as both vendors do: an open one folds, a closed one is opened anew."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, key: str, over: bool, said: dict[str, Any]) -> None:
        known = next((each for each in self.alerts if each["key"] == key and not each["over"]), None)
        if known is not None:
            known["over"] = over
        elif not over:
            self.alerts.append({"key": key, "over": False, **said})

    @property
    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v2/alert_events/http/01GW2G3V0S59R238FAHPDS1R66")
        async def event(request: Request) -> Response:
            body = await request.body()
            said = json.loads(body)
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return Response(status_code=401)
            wrong = len(body) > 512_000 or set(said) - INCIDENT_IO_FIELDS or said["status"] not in ("firing", "resolved")
            if wrong or not said["title"] or not isinstance(said["metadata"], dict):
                return Response(status_code=422)
            self.bodies.append(body)
            self.take(said["deduplication_key"], said["status"] == "resolved", said)
            return Response(b'{"status": "success"}', status_code=202)

        @app.post("/api/v2/generic/incoming")
        async def incoming(request: Request) -> Response:
            body = await request.body()
            said = dict(parse_qsl(body.decode()))
            if said.pop("token", "") != TOKEN:
                return Response(status_code=401)
            if len(said["summary"]) > 1024 or len(said.get("details", "")) > 6144 or len(said["dedup"]) > 512:
                return Response(status_code=400)
            self.bodies.append(body)
            self.take(said["dedup"], said.get("action") == "close", said)
            return Response(status_code=204)

        return app


@asynccontextmanager
async def vendor_of(kind: str, token: str = TOKEN) -> AsyncIterator[tuple[Vendor, IncidentIo | GoAlert]]:
    vendor = Vendor()
    async with serve(vendor.app) as url:
        if kind == "goalert":
            yield vendor, GoAlert(url=url, token=SecretStr(token), private=True)
        else:
            yield vendor, IncidentIo(url=url, source="01GW2G3V0S59R238FAHPDS1R66", token=SecretStr(token), private=True)


@pytest.fixture(params=["goalert", "incident-io"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_an_alert_folds_on_its_key_and_ends_with_it(kind: str, tools: Tools) -> None:
    async with vendor_of(kind) as (vendor, channel):
        for action in (Action.TRIGGER, Action.TRIGGER, Action.ACKNOWLEDGE):
            assert (await channel.deliver(page(action), tools)).reference == KEY
        (alert,) = vendor.alerts
        assert (alert["key"], alert["over"]) == (KEY, False)
        assert page().content.summary in (alert.get("title"), alert.get("summary"))
        await channel.deliver(page(Action.RESOLVE), tools)
        assert [each["over"] for each in vendor.alerts] == [True]


async def test_an_acknowledgement_opens_nothing_that_was_closed_there(kind: str, tools: Tools) -> None:
    async with vendor_of(kind) as (vendor, channel):
        await channel.deliver(page(), tools)
        vendor.alerts[0]["over"] = True
        await channel.deliver(page(Action.ACKNOWLEDGE), tools)
        assert [each["over"] for each in vendor.alerts] == [True]
        with pytest.raises(Undeliverable, match="takes no notes"):
            await channel.deliver(page(Action.NOTE), tools)


async def test_a_resolve_for_what_is_not_open_opens_nothing(kind: str, tools: Tools) -> None:
    async with vendor_of(kind) as (vendor, channel):
        await channel.deliver(page(Action.RESOLVE), tools)
        assert vendor.alerts == []


async def test_two_megabytes_fit_and_keep_the_link(kind: str, tools: Tools) -> None:
    async with vendor_of(kind) as (vendor, channel):
        wild = content(summary="\U0001f600" * 9_000, facts=(("\u202e\ud800", "\u05d0\n" * 200_000),))
        await channel.deliver(page(content=wild), tools)
        said = vendor.bodies[0].decode()
        assert "wiki.example.com" in said
        assert len(vendor.alerts) == 1


async def test_a_revoked_token_is_said_and_never_shown(kind: str, tools: Tools) -> None:
    async with vendor_of(kind, token="canary-revoked") as (_, channel):
        with pytest.raises(Undeliverable) as caught:
            await channel.deliver(page(), tools)
    assert "refused our credentials (401)" in str(caught.value)
    assert "canary" not in f"{caught.value!r}{channel!r}"


async def test_what_it_means_can_be_routed_by_at_incident_io(tools: Tools) -> None:
    async with vendor_of("incident-io") as (vendor, channel):
        await channel.deliver(page(practice=True), tools)
    (alert,) = vendor.alerts
    assert alert["metadata"] == {
        "escalation": "e1",
        "generation": 1,
        "priority": "P1",
        "severity": "critical",
        "integration": "salesforce-production",
        "lane": "sync",
        "category": "drift",
        "practice": True,
        "since": "2026-11-23T10:00:00+00:00",
    }
    assert alert["source_url"] == "https://wiki.example.com/salesforce"
