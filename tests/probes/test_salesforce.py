"""The Salesforce probe against an org that checks sign-ins as strictly as the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from pydantic import ValidationError

from monitor.clock import SystemClock
from monitor.demo.salesforce import App, Org
from monitor.demo.serve import Tls, serve
from monitor.demo.vendor import Misbehave, Reply, Vendor
from monitor.egress import Egress
from probes.errors import Refused, Spent, Unfit, Unreachable, Withdrawn
from probes.probe import NotModified, Probe, Served, Session, Tools
from probes.salesforce import SalesforceProbe
from schemas.change import Impact
from schemas.compare import compare
from tests.monitor.egress.conftest import speaking
from tests.probes.conftest import NOW


class Noon(SystemClock):
    """A clock a test sets by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def app() -> App:
    return App.make()


@pytest.fixture
def clock() -> Noon:
    return Noon()


@pytest.fixture
def org(app: App, clock: Noon) -> Org:
    return Org(app, clock=clock)


@pytest.fixture
async def login(org: Org) -> AsyncIterator[str]:
    async with serve(org) as url:
        yield url


def jwt_auth(app: App, login: str, **changed: Any) -> dict[str, Any]:
    auth = {"kind": "salesforce-jwt", "login": login, "client_id": app.client_id, "user": app.user, "key": app.private_key}
    return {**auth, **changed}


def secret_auth(app: App, login: str, **changed: Any) -> dict[str, Any]:
    auth = {"kind": "salesforce-client-credentials", "login": login, "client_id": app.client_id}
    return {**auth, "client_secret": app.client_secret, **changed}


def block(auth: dict[str, Any], **changed: Any) -> SalesforceProbe:
    given = {"kind": "salesforce", "api_version": "66.0", "objects": ["Account"], "auth": auth, "private": True}
    return SalesforceProbe.model_validate({**given, **changed})


@pytest.fixture
def account(app: App, login: str) -> SalesforceProbe:
    return block(jwt_auth(app, login))


async def served(probe: Probe, tools: Tools, known: dict[str, str] | None = None) -> Served:
    fetched = await probe.fetch(tools, known or {})
    assert isinstance(fetched, Served)
    return fetched


def later(tools: Tools, by: timedelta) -> Tools:
    return replace(tools, now=tools.now + by)


# Describing


@pytest.mark.parametrize("auth", [jwt_auth, secret_auth])
async def test_an_object_is_described_as_served(app: App, org: Org, login: str, tools: Tools, auth: Any) -> None:
    fetched = await served(block(auth(app, login)), tools)
    assert json.loads(fetched.document.content) == org.describe("Account")
    assert fetched.document.source == f"{login}/services/data/v66.0/sobjects/Account/describe"
    assert fetched.document.media_type == "application/json"


async def test_an_unchanged_object_costs_a_304(org: Org, account: SalesforceProbe, tools: Tools) -> None:
    first = await served(account, tools)
    assert await account.fetch(tools, first.validators) == NotModified()
    assert org.not_modified == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda org: org.drop_field("Account", "Industry"),
        lambda org: org.shorten("Account", "VatNumber__c", 12),
        lambda org: org.deactivate("Account", "Tier__c", "Bronze"),
        lambda org: org.restrict("Account", "Industry"),
    ],
)
async def test_a_change_is_seen_through_the_condition(org: Org, account: SalesforceProbe, tools: Tools, change: Any) -> None:
    first = await served(account, tools)
    change(org)
    second = await served(account, tools, dict(first.validators))
    assert json.loads(second.document.content) == org.describe("Account")
    assert second.document.content != first.document.content
    assert await account.fetch(tools, second.validators) == NotModified()


async def test_a_second_opinion_tells_a_hidden_field_from_one_that_is_gone(app: App, org: Org, login: str, tools: Tools) -> None:
    probe = block(jwt_auth(app, login), second_opinion=True)
    first = await served(probe, tools)
    org.drop_field("Account", "VatNumber__c")
    org.hide_field("Account", "Industry")
    second = await served(probe, tools)

    assert json.loads(second.document.content) == org.describe("Account")
    findings = compare(first.document, second.document, format="salesforce").findings
    assert [(f.rule, f.address, f.impact) for f in findings] == [
        ("sf.field.hidden", "Account.Industry", Impact.BREAKING),
        ("sf.field.missing", "Account.VatNumber__c", Impact.BREAKING),
    ]


async def test_where_there_is_no_second_opinion_the_field_is_missing(app: App, org: Org, login: str, tools: Tools) -> None:
    probe = block(jwt_auth(app, login), second_opinion=True)
    first = await served(probe, tools)
    org.hide_field("Account", "Industry")
    org.allowed = org.used + 1  # the describe is the last request that the budget has
    second = await served(probe, tools)

    assert [f.rule for f in compare(first.document, second.document, format="salesforce").findings] == ["sf.field.missing"]


async def test_without_validators_the_whole_object_comes_again(account: SalesforceProbe, tools: Tools) -> None:
    first, second = await served(account, tools), await served(account, tools)
    assert first.document.content == second.document.content


async def test_validators_of_another_api_version_or_object_are_not_used(app: App, org: Org, login: str, tools: Tools) -> None:
    first = await served(block(jwt_auth(app, login)), tools)
    await served(block(jwt_auth(app, login), api_version="65.0"), tools, dict(first.validators))
    await served(block(jwt_auth(app, login), objects=["Opportunity"]), tools, dict(first.validators))
    assert org.not_modified == 0


async def test_an_answer_without_a_date_gets_its_time_of_sending_less_a_margin(app: App, tools: Tools) -> None:
    asked: list[bytes] = []

    async def undated(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        await writer.drain()

    async with speaking(undated) as url:
        probe = block(jwt_auth(app, url))
        tools.session.tokens[probe.auth.account()] = "token"
        tools.session.instance_urls[probe.auth.account()] = url
        first = await served(probe, tools)
        await served(probe, tools, dict(first.validators))
    assert b"if-modified-since: Mon, 23 Nov 2026 11:59:00 GMT\r\n" in asked[1]


def test_a_block_stands_for_one_target_an_object(app: App) -> None:
    whole = block(jwt_auth(app, "http://127.0.0.1"), objects=["Account", "Opportunity", "Invoice__c"])
    assert [(name, type(probe)) for name, probe in whole.expand()] == [
        ("Account", SalesforceProbe),
        ("Opportunity", SalesforceProbe),
        ("Invoice__c", SalesforceProbe),
    ]


# Signing in


async def test_targets_that_start_together_sign_in_once(app: App, org: Org, login: str, tools: Tools) -> None:
    targets = [probe for _, probe in block(jwt_auth(app, login), objects=["Account", "Opportunity", "Invoice__c"]).expand()]
    await asyncio.gather(*(target.fetch(tools, {}) for target in targets * 5))
    assert (org.sign_ins, len(org.describes)) == (1, 15)


async def test_targets_whose_session_expired_together_sign_in_once_more(app: App, org: Org, login: str, tools: Tools) -> None:
    targets = [probe for _, probe in block(jwt_auth(app, login), objects=["Account", "Opportunity", "Invoice__c"]).expand()]
    await asyncio.gather(*(target.fetch(tools, {}) for target in targets))
    org.expire_sessions()
    await asyncio.gather(*(target.fetch(tools, {}) for target in targets))
    assert org.sign_ins == 2


async def test_a_session_refused_even_when_new_is_a_refusal_after_one_repeat(
    org: Org, account: SalesforceProbe, tools: Tools
) -> None:
    bad = Reply(status=401, body=b'[{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]')
    org.next(bad, bad, bad)
    with pytest.raises(Refused, match="answered 401 INVALID_SESSION_ID"):
        await account.fetch(tools, {})
    assert (org.sign_ins, len(org.describes)) == (2, 2)


@pytest.mark.parametrize(
    ("auth", "changed", "code"),
    [
        (jwt_auth, {"client_id": "another"}, "invalid_client_id"),
        (jwt_auth, {"user": "nobody@example.com"}, "invalid_grant"),
        (jwt_auth, {"key": App.make().private_key}, "invalid_grant"),
        (secret_auth, {"client_secret": "s3cret-wrong"}, "invalid_client"),
        (secret_auth, {"client_id": "another"}, "invalid_client_id"),
    ],
)
async def test_wrong_credentials_are_refused_with_the_code_and_a_hint(
    app: App, login: str, tools: Tools, auth: Any, changed: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused, match=rf"^127\.0\.0\.1:\d+ refuses the sign-in with {code}; check ") as caught:
        await block(auth(app, login, **changed)).fetch(tools, {})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("skew", [timedelta(minutes=-10), timedelta(minutes=10)])
async def test_a_wrong_clock_is_refused_and_the_hint_names_the_clock(
    account: SalesforceProbe, tools: Tools, skew: timedelta
) -> None:
    with pytest.raises(Refused, match="the clock is right"):
        await account.fetch(later(tools, skew), {})


async def test_a_failed_sign_in_is_everybodys_for_a_while_and_then_tried_again(
    app: App, org: Org, login: str, tools: Tools
) -> None:
    wrong = block(jwt_auth(app, login, client_id="another"), objects=["Account", "Opportunity", "Invoice__c"])
    targets = [probe for _, probe in wrong.expand()]
    outcomes = await asyncio.gather(*(target.fetch(tools, {}) for target in targets), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Refused, Refused, Refused]
    assert org.sign_ins == 1
    with pytest.raises(Refused):
        await targets[0].fetch(later(tools, timedelta(minutes=1)), {})
    assert org.sign_ins == 2


@pytest.mark.parametrize(
    ("reply", "error", "text"),
    [
        (Reply(status=500), Unreachable, "answered 500 to the sign-in"),
        (Reply(status=429, headers={"retry-after": "9"}), Unreachable, "answered 429 to the sign-in"),
        (Reply(status=400, body=b'{"error": "temporarily_unavailable"}'), Unreachable, "answered 400 to the sign-in"),
        (Reply(status=400, body=b'{"error": "x y\\n<script>"}'), Refused, "refuses the sign-in with status 400"),
        (Reply(status=400, body=b"not json"), Refused, "refuses the sign-in with status 400"),
        (Reply(status=200, body=b"<html>Log in</html>"), Unfit, "something that is no token"),
        (Reply(status=200, body=b"[]"), Unfit, "something that is no token"),
        (Reply(status=200, body=b'{"access_token": 5, "instance_url": "https://x"}'), Unfit, "something that is no token"),
        (Reply(status=200, body=b'{"access_token": "a\\nb", "instance_url": "https://x"}'), Unfit, "something that is no token"),
        (Reply(status=200, body=b'{"access_token": "t", "instance_url": "ftp://x"}'), Unfit, "no plain host"),
        (Reply(status=200, body=b'{"access_token": "t", "instance_url": "https://u:p@x"}'), Unfit, "no plain host"),
        (Reply(status=200, body=b'{"access_token": "t", "instance_url": "https://x/path"}'), Unfit, "no plain host"),
        (Reply(status=200, body=b'{"access_token": "t", "instance_url": "http://host:port"}'), Unfit, "no URL"),
    ],
)
async def test_a_token_endpoint_that_misbehaves_is_told_apart(
    app: App, vendor: Vendor, base: str, tools: Tools, reply: Reply, error: type[Exception], text: str
) -> None:
    vendor.next("/services/oauth2/token", reply)
    with pytest.raises(error, match=text):
        await block(jwt_auth(app, base)).fetch(tools, {})


async def test_a_hanging_token_endpoint_holds_up_nobody_twice(app: App, vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.next("/services/oauth2/token", *[Misbehave.HANG] * 5)
    probe = block(jwt_auth(app, base), deadline=timedelta(milliseconds=300))
    outcomes = await asyncio.gather(*(probe.fetch(tools, {}) for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unreachable] * 5
    assert len(vendor.asked) == 1


async def test_a_cancelled_sign_in_leaves_it_to_the_next(app: App, org: Org, vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.next("/services/oauth2/token", Misbehave.HANG)
    probe = block(jwt_auth(app, base))
    first = asyncio.create_task(probe.fetch(tools, {}))
    await vendor.heard(1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    vendor.next("/services/oauth2/token", Reply(status=500))
    with pytest.raises(Unreachable, match="answered 500"):
        await probe.fetch(tools, {})


# The budget


async def test_past_the_threshold_this_answer_counts_and_the_next_requests_are_held(
    app: App, org: Org, login: str, tools: Tools
) -> None:
    org.used, org.allowed = 799, 1000
    targets = [probe for _, probe in block(jwt_auth(app, login), objects=["Account", "Opportunity"]).expand()]
    await served(targets[0], tools)
    assert next(iter(tools.session.usage.values())) == (800, 1000)
    with pytest.raises(Spent, match=r"800 of 1,000 requests used") as caught:
        await targets[1].fetch(later(tools, timedelta(minutes=5)), {})
    assert caught.value.hold == timedelta(minutes=10)
    assert list(org.describes) == ["Account"]


async def test_after_the_hold_one_request_finds_out_and_the_rest_follow(app: App, org: Org, login: str, tools: Tools) -> None:
    org.used, org.allowed = 900, 1000
    probe = block(jwt_auth(app, login))
    await served(probe, tools)
    after = later(tools, timedelta(minutes=15))
    await served(probe, after)
    with pytest.raises(Spent):
        await probe.fetch(after, {})
    org.used = 10
    final = later(after, timedelta(minutes=15))
    await served(probe, final)
    await served(probe, final)


async def test_a_304_counts_towards_the_budget(org: Org, account: SalesforceProbe, tools: Tools) -> None:
    first = await served(account, tools)
    org.used, org.allowed = 799, 1000
    assert await account.fetch(tools, first.validators) == NotModified()
    with pytest.raises(Spent):
        await account.fetch(tools, first.validators)


async def test_the_threshold_is_a_setting(app: App, org: Org, login: str, tools: Tools) -> None:
    org.used, org.allowed = 799, 1000
    probe = block(jwt_auth(app, login), stop_at_percent=95)
    await served(probe, tools)
    await served(probe, tools)


async def test_a_limit_exceeded_is_spent_for_a_quarter_of_an_hour(org: Org, account: SalesforceProbe, tools: Tools) -> None:
    await served(account, tools)
    org.allowed = org.used
    with pytest.raises(Spent, match="403 REQUEST_LIMIT_EXCEEDED") as caught:
        await account.fetch(tools, {})
    assert caught.value.hold == timedelta(minutes=15)
    used = len(org.describes)
    with pytest.raises(Spent):
        await account.fetch(later(tools, timedelta(minutes=14)), {})
    assert len(org.describes) == used


@pytest.mark.parametrize(
    ("info", "usage"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)", (25, 5000)),
        ("per-app-api-usage=17/250(appName=sample), api-usage=25/5000", (25, 5000)),
        ("per-app-api-usage=17/250(appName=sample)", None),
        ("api-usage=1/0", None),
        ("api-usage=many", None),
    ],
)
async def test_the_limit_header_is_read_in_its_forms(
    org: Org, account: SalesforceProbe, tools: Tools, info: str, usage: tuple[int, int] | None
) -> None:
    org.next(Reply(status=200, headers={"sforce-limit-info": info}, body=b"{}"))
    await served(account, tools)
    assert next(iter(tools.session.usage.values()), None) == usage


# Refusals


async def test_a_hidden_object_is_withdrawn_for_now_and_says_it_may_be_hidden(
    org: Org, account: SalesforceProbe, tools: Tools
) -> None:
    org.hidden.add("Account")
    with pytest.raises(Withdrawn, match="does not exist, or is hidden from this user") as caught:
        await account.fetch(tools, {})
    assert caught.value.lasting is False


async def test_a_retired_version_is_withdrawn_for_good(org: Org, account: SalesforceProbe, tools: Tools) -> None:
    org.retired.add("66.0")
    with pytest.raises(Withdrawn, match=r"API version 66\.0 is retired") as caught:
        await account.fetch(tools, {})
    assert caught.value.lasting is True


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "API_DISABLED_FOR_ORG", Refused),
        (403, "INSUFFICIENT_ACCESS", Refused),
        (400, "MALFORMED_ID", Unfit),
        (400, "UNSUPPORTED_API_VERSION", Withdrawn),
        (500, "UNKNOWN_EXCEPTION", Unreachable),
        (503, "SERVER_UNAVAILABLE", Unreachable),
        (414, "", Unfit),
        (302, "", Unfit),
    ],
)
async def test_other_errors_are_told_apart_by_status_and_code(
    org: Org, account: SalesforceProbe, tools: Tools, status: int, code: str, error: type[Exception]
) -> None:
    org.next(Reply(status=status, body=json.dumps([{"message": "s3cret words", "errorCode": code}]).encode()))
    with pytest.raises(error, match=rf"answered {status} ?{code}") as caught:
        await account.fetch(tools, {})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"[1]",
        b'[{"errorCode": 5}]',
        b'{"errorCode": "low er"}',
        b"<html>",
        b"\xff\xfe",
        b"[" * 5000,
    ],
)
async def test_an_error_without_a_readable_code_still_has_its_status(
    org: Org, account: SalesforceProbe, tools: Tools, body: bytes
) -> None:
    org.next(Reply(status=403, body=body))
    with pytest.raises(Refused, match="answered 403: the user may not describe Account"):
        await account.fetch(tools, {})


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><html>Log in</html>", b'[{"errorCode": "X"}]'])
async def test_a_200_that_is_no_describe_is_unfit(org: Org, account: SalesforceProbe, tools: Tools, body: bytes) -> None:
    org.next(Reply(status=200, body=body))
    with pytest.raises(Unfit):
        await account.fetch(tools, {})


async def test_an_unasked_304_is_unfit(org: Org, account: SalesforceProbe, tools: Tools) -> None:
    org.next(Reply(status=304))
    with pytest.raises(Unfit, match="answered 304"):
        await account.fetch(tools, {})


# Configuration


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"api_version": "66"}, "api_version"),
        ({"api_version": "v66.0"}, "api_version"),
        ({"objects": []}, "objects"),
        ({"objects": ["Account/describe?x="]}, "objects"),
        ({"objects": ["../limits"]}, "objects"),
        ({"private": False}, "`login` must be https"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_block_is_refused(app: App, changed: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        block(jwt_auth(app, "http://127.0.0.1:1"), **changed)


@pytest.mark.parametrize("key", ["s3cret", "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n"])
def test_a_wrong_key_is_refused_without_being_shown(app: App, key: str) -> None:
    with pytest.raises(ValidationError, match="not a private key in PEM form") as caught:
        block(jwt_auth(app, "http://127.0.0.1:1", key=key))
    assert "s3cret" not in str(caught.value)


def test_a_probe_shows_none_of_its_secrets(app: App) -> None:
    shown = repr(block(jwt_auth(app, "http://127.0.0.1:1"))) + repr(block(secret_auth(app, "http://127.0.0.1:1")))
    assert app.client_secret not in shown
    assert "PRIVATE KEY" not in shown


# The stand-in itself, where the probe never goes wrong


async def test_the_org_lists_versions_objects_and_limits(app: App, org: Org, login: str, tools: Tools) -> None:
    await block(jwt_auth(app, login)).fetch(tools, {})
    headers = {"authorization": f"Bearer {next(iter(tools.session.tokens.values()))}"}

    async def get(path: str, **sent: str) -> Any:
        return json.loads((await tools.http.request("GET", f"{login}{path}", headers=sent, private=True)).body)

    assert [each["version"] for each in await get("/services/data/")] == ["64.0", "65.0", "66.0"]
    assert (await get("/services/data/v66.0/limits", **headers))["DailyApiRequests"]["Max"] == 100_000
    listed = await get("/services/data/v66.0/sobjects", **headers)
    assert [each["name"] for each in listed["sobjects"]] == ["Account", "Opportunity", "Invoice__c"]
    assert (await get("/services/data/v66.0/limits"))[0]["errorCode"] == "INVALID_SESSION_ID"


@pytest.mark.parametrize(
    ("claims", "form", "error"),
    [
        ({"aud": "https://login.salesforce.com"}, {}, "invalid_grant"),
        ({"exp": None}, {}, "invalid_grant"),
        ({"exp": int(NOW.timestamp() * 1000)}, {}, "invalid_grant"),
        ({"exp": int(NOW.timestamp()) + 3600}, {}, "invalid_grant"),
        ({"exp": int(NOW.timestamp())}, {}, "invalid_grant"),
        ({"alg": "HS256"}, {}, "invalid_grant"),
        ({}, {"assertion": "not.a.jwt"}, "invalid_grant"),
        ({}, {"grant_type": "password"}, "unsupported_grant_type"),
        ({}, {}, None),
    ],
)
async def test_the_org_is_strict_about_assertions(
    app: App, org: Org, login: str, tools: Tools, claims: dict[str, Any], form: dict[str, str], error: str | None
) -> None:
    whole = {"iss": app.client_id, "sub": app.user, "aud": login, "exp": int(NOW.timestamp()) + 180, **claims}
    algorithm = whole.pop("alg", "RS256")
    key = app.private_key if algorithm == "RS256" else "x" * 64
    assertion = jwt.encode({name: value for name, value in whole.items() if value is not None}, key, algorithm=algorithm)
    sent = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion, **form}
    answer = await tools.http.request(
        "POST",
        f"{login}/services/oauth2/token",
        headers={"content-type": "application/x-www-form-urlencoded"},
        content=urlencode(sent).encode(),
        private=True,
    )
    assert (answer.status, json.loads(answer.body).get("error")) == (400 if error else 200, error)


async def test_a_token_for_a_host_without_tls_is_not_used(app: App, vendor: Vendor, tmp_path: Path) -> None:
    tls = Tls.make(tmp_path)
    vendor.answer = lambda asked: Reply(status=200, body=b'{"access_token": "t", "instance_url": "http://127.0.0.1:1"}')
    async with serve(vendor, tls=tls) as base, Egress(authority=tls.authority) as egress:
        with pytest.raises(Unfit, match="an instance_url that is not https"):
            await block(jwt_auth(app, base)).fetch(Tools(http=egress, session=Session(), now=NOW), {})
    assert len(vendor.asked) == 1


async def test_two_changes_within_a_second_are_told_apart(org: Org, account: SalesforceProbe, tools: Tools) -> None:
    org.drop_field("Account", "Industry")
    first = await served(account, tools)
    org.drop_field("Account", "Rating")
    assert b'"Rating"' not in (await served(account, tools, dict(first.validators))).document.content


def test_the_org_refuses_to_change_what_it_does_not_have(org: Org) -> None:
    for wrong in (lambda: org.drop_field("Account", "Nope"), lambda: org.deactivate("Account", "Tier__c", "Nope")):
        with pytest.raises(KeyError, match="Nope"):
            wrong()
