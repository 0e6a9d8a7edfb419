"""The signed webhook: what it signs, what it says, and what an answer means."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr, ValidationError

from alerts.channels import Tools
from alerts.channels.webhook import MOST_BYTES, Webhook, signature
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.page import Action
from monitor.demo.serve import serve
from monitor.egress import Egress
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY
from tests.conftest import RealData

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass
class Endpoint:
    """A real endpoint that verifies as the specification says, and answers as told."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def channel(self) -> Webhook:
        return Webhook(url=SecretStr(f"{self.url}/hook"), secret=SecretStr(SECRET), private=True, seconds=5)

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Endpoint]:
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.heard.append((dict(request.headers), await request.body()))
            return Response(status_code=self.status, headers=self.headers)

        async with serve(app) as self.url:
            yield self


async def test_what_arrives_is_signed_over_id_time_and_the_exact_body(tools: Tools) -> None:
    async with Endpoint().up() as endpoint:
        await endpoint.channel.deliver(page(), tools)
    ((headers, body),) = endpoint.heard
    assert headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))
    expected = signature(SECRET, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected
    said = json.loads(body)
    assert (said["type"], said["data"]["dedup_key"], said["data"]["priority"]) == ("page.trigger", page().dedup_key, 1)
    assert said["data"]["facts"][0] == {"label": "What changed", "text": "Account.Industry was removed"}


async def test_while_a_secret_is_replaced_both_sign_the_newer_first(tools: Tools) -> None:
    old = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
    async with Endpoint().up() as endpoint:
        await endpoint.channel.model_copy(update={"old_secrets": (SecretStr(old),)}).deliver(page(), tools)
    ((headers, body),) = endpoint.heard
    expected = [signature(each, headers["webhook-id"], headers["webhook-timestamp"], body) for each in (SECRET, old)]
    assert headers["webhook-signature"].split(" ") == expected
    with pytest.raises(ValidationError, match="24 to 64 bytes"):
        Webhook(url=SecretStr("https://a.example"), secret=SecretStr(SECRET), old_secrets=(SecretStr("whsec_short"),))


async def test_a_second_try_has_the_same_id_and_a_new_time(tools: Tools) -> None:
    later = Tools(http=tools.http, now=MONDAY + timedelta(minutes=5))
    async with Endpoint().up() as endpoint:
        first = await endpoint.channel.deliver(page(), tools)
        second = await endpoint.channel.deliver(page(attempts=1), later)
    assert first.reference == second.reference
    assert [headers["webhook-timestamp"] for headers, _ in endpoint.heard] == [
        str(int(MONDAY.timestamp())),
        str(int(MONDAY.timestamp()) + 300),
    ]


async def test_pages_of_other_actions_have_other_ids(tools: Tools) -> None:
    async with Endpoint().up() as endpoint:
        references = {(await endpoint.channel.deliver(page(action), tools)).reference for action in Action}
    assert len(references) == len(Action)


def test_published_signature_vectors_are_reproduced(real_data: RealData) -> None:
    vectors = json.loads(real_data("signing/webhook-signature-vectors.json"))["vectors"]
    ours = [each for each in vectors if each["scheme"] == "standard-webhooks v1"]
    assert len(ours) == 2
    for vector in ours:
        headers, body = vector["headers"], vector["body"].encode()
        made = signature(vector["secret"], headers["webhook-id"], headers["webhook-timestamp"], body)
        assert made in headers["webhook-signature"].split()


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, None, None),
        (302, Undeliverable, Reason.CLIENT),
        (401, Undeliverable, Reason.AUTH),
        (404, Undeliverable, Reason.CLIENT),
        (408, Undelivered, Reason.TIMEOUT),
        (410, Undeliverable, Reason.CLIENT),
        (429, Undelivered, Reason.RATE_LIMITED),
        (502, Undelivered, Reason.SERVER),
        (503, Undelivered, Reason.SERVER),
    ],
)
async def test_only_2xx_is_success(tools: Tools, status: int, kind: Any, reason: Reason | None) -> None:
    async with Endpoint(status=status, headers={"location": "/elsewhere"}).up() as endpoint:
        if kind is None:
            await endpoint.channel.deliver(page(), tools)
        else:
            with pytest.raises(kind) as caught:
                await endpoint.channel.deliver(page(), tools)
            assert caught.value.reason is reason
    assert len(endpoint.heard) == 1


async def test_a_server_that_says_when_is_believed(tools: Tools) -> None:
    async with Endpoint(status=503, headers={"Retry-After": "120"}).up() as endpoint:
        with pytest.raises(Undelivered) as caught:
            await endpoint.channel.deliver(page(), tools)
    assert (caught.value.retry_after, caught.value.unknown) == (timedelta(seconds=120), False)


async def test_a_huge_page_is_cut_to_20_kilobytes_and_keeps_its_summary(tools: Tools) -> None:
    long = content(facts=tuple((f"label {n}", "日本" * 50_000) for n in range(20)))
    async with Endpoint().up() as endpoint:
        await endpoint.channel.deliver(page(content=long), tools)
    ((_, body),) = endpoint.heard
    assert len(body) <= MOST_BYTES
    assert json.loads(body)["data"]["summary"] == long.summary


async def test_a_private_address_needs_an_explicit_setting() -> None:
    async with Endpoint().up() as endpoint, Egress() as http:
        public_only = endpoint.channel.model_copy(update={"private": False})
        with pytest.raises(Undeliverable):
            await public_only.deliver(page(), Tools(http=http, now=MONDAY))
        await endpoint.channel.deliver(page(), Tools(http=http, now=MONDAY))
    assert len(endpoint.heard) == 1


@pytest.mark.parametrize("wrong", [{"secret": "whsec_c2hvcnQ="}, {"secret": "whsec_%%%"}, {"url": "ftp://example.com/c4nary"}])
def test_a_wrong_setting_is_refused_without_telling_it(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Webhook.model_validate({"url": "https://example.com", "secret": SECRET} | wrong)
    assert next(iter(wrong.values())) not in str(caught.value)
