"""Whatever a vendor does wrong, its target says so, its history stays as it was, and the healthy vendor beside it still pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from textwrap import indent

import httpx
import pytest

from monitor import paging
from monitor.config import load
from monitor.demo.pagerduty import Trouble
from monitor.demo.vendor import Misbehave, Reply
from monitor.watch import TargetName
from tests.acceptance.test_main_job import BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

HEALTHY = """
healthy:
  criticality: core
  targets:
    api: {{kind: http, url: "{url}/schema.graphql", format: graphql, usage: {{fields: [Account.industry]}}}}
"""
ACME = """
acme:
  criticality: core
  targets:
    api: {{kind: http, url: "{url}/api", format: openapi}}
"""
OPENAPI = json.dumps(
    {
        "openapi": "3.1.0",
        "info": {"title": "Accounts", "version": "1"},
        "paths": {
            "/accounts": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "all",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}},
                        }
                    }
                }
            }
        },
        "components": {
            "schemas": {"Account": {"type": "object", "properties": {"id": {"type": "string"}, "pad": {"type": "string"}}}}
        },
    }
).encode()
assert len(OPENAPI) > 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the vendor serves instead of its document, and what the target says then."""

    wrong: Misbehave | Reply
    state: str
    because: str


def unreadable(wrong: Misbehave | Reply | bytes | str, because: str) -> Case:
    if isinstance(wrong, str):
        wrong = wrong.encode()
    if isinstance(wrong, bytes):
        wrong = Reply(status=200, headers={"content-type": "application/json"}, body=wrong)
    return Case(wrong=wrong, state="unreadable", because=because)


def unreachable(wrong: Misbehave | Reply, because: str) -> Case:
    return Case(wrong=wrong, state="unreachable", because=because)


DEEP = '{"openapi": "3.1.0", "paths": ' + '{"a":' * 2000 + "1" + "}" * 2001
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{new}: &{new} [{','.join(['*' + old] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

CASES: Mapping[str, Case] = {
    "login-page": unreadable(Misbehave.LOGIN_PAGE, "web page"),
    "empty": unreadable(Misbehave.EMPTY, "empty body"),
    "truncated": unreadable(Misbehave.TRUNCATE, "cut short"),
    "half-a-gzip": unreadable(Misbehave.CUT_GZIP, "cut short"),
    "gzip-bomb": unreadable(Misbehave.GZIP_BOMB, "unpacks to more than the 65536 bytes"),
    "endless": unreadable(Misbehave.ENDLESS, "more than the 65536 bytes"),
    "500-mb": unreadable(Misbehave.ANNOUNCE_HUGE, "524,288,000 bytes"),
    "no-gzip-at-all": unreadable(Misbehave.NOT_GZIP, "not the gzip it is said to be"),
    "packed-unasked": unreadable(Misbehave.UNASKED_ENCODING, "'br', which was not asked for"),
    "cut-json": unreadable(OPENAPI[:-20], "not valid JSON: unexpected end of data at line 1"),
    "other-json": unreadable("[1, 2, 3]", "expected `openapi` or `swagger`"),
    "bad-yaml": unreadable("openapi: 3.1.0\npaths: [", "not valid YAML"),
    "yaml-bomb": unreadable("openapi: 3.1.0\n" + BOMB, "alias bomb"),
    "too-deep": unreadable(DEEP, "nested deeper than"),
    "hangs": unreachable(Misbehave.HANG, "no whole answer within 0.5 s"),
    "drips": unreachable(Misbehave.DRIP, "no whole answer within 0.5 s"),
    "hangs-up": unreachable(Misbehave.HANG_UP, "hung up without an answer"),
    "fails": unreachable(Reply(status=500), "500"),
    "slow-down": unreachable(Reply(status=429), "429"),
}


async def test_a_vendor_that_misbehaves_is_told_in_one_line_and_the_healthy_one_still_pages(quick: World) -> None:
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    quick.vendor.publish("/sdl", BEFORE, media_type="text/plain")
    for name in CASES:
        quick.vendor.publish(f"/{name}", OPENAPI)
    blocks = [
        f'{name}: {{kind: http, url: "{quick.url}/{name}", format: openapi, max_bytes: 65536, deadline: 500ms}}' for name in CASES
    ]
    blocks.append(f'sdl: {{kind: http, url: "{quick.url}/sdl", format: graphql}}')
    careless = "careless:\n  criticality: core\n  targets:\n" + indent("\n".join(blocks), "    ")
    quick.configure(HEALTHY.format(url=quick.url) + careless)
    async with quick.inside():
        await quick.until_all("ok")
        for name, case in CASES.items():
            quick.vendor.publish(f"/{name}", OPENAPI, always=case.wrong)
        quick.vendor.publish("/sdl", b"type Query { a: }")
        told = {name: (await quick.until_is(f"careless/{name}", case.state)).because for name, case in CASES.items()}
        assert {name: because for name, because in told.items() if CASES[name].because not in because} == {}
        assert [name for name, because in told.items() if "\n" in because or len(because) > 200] == []
        assert "not a GraphQL schema" in (await quick.until_is("careless/sdl", "unreadable")).because

        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_paged()
        assert "Account.industry" in quick.pagerduty.incidents[0].title

        assert [await quick.snapshots(f"careless/{name}") for name in (*CASES, "sdl")] == [1] * (len(CASES) + 1)
        assert [await quick.drift(f"careless/{name}") for name in (*CASES, "sdl")] == [[]] * (len(CASES) + 1)
        for name in CASES:
            quick.vendor.publish(f"/{name}", OPENAPI, always=None)
        quick.vendor.publish("/sdl", BEFORE)
        for name in (*CASES, "sdl"):
            await quick.until_is(f"careless/{name}", "ok")
    assert [each.integration for each in await quick.escalations()] == ["healthy"]


async def test_a_reference_to_nowhere_is_one_finding_and_references_in_circles_are_none(quick: World) -> None:
    dangling = json.loads(OPENAPI)
    del dangling["components"]["schemas"]["Account"]
    circular = json.loads(OPENAPI)
    circular["components"]["schemas"]["Account"]["properties"]["parent"] = {"$ref": "#/components/schemas/Account"}
    circular["components"]["schemas"]["Node"] = {"$ref": "#/components/schemas/Other"}
    circular["components"]["schemas"]["Other"] = {"$ref": "#/components/schemas/Node"}
    for path in ("/dangling", "/circular"):
        quick.vendor.publish(path, OPENAPI)
    quick.configure(
        f"""
        acme:
          criticality: core
          targets:
            dangling: {{kind: http, url: "{quick.url}/dangling", format: openapi}}
            circular: {{kind: http, url: "{quick.url}/circular", format: openapi}}
        """
    )
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/dangling", json.dumps(dangling).encode())
        quick.vendor.publish("/circular", json.dumps(circular).encode())
        await quick.until_is("acme/circular", "drifted")
        assert [finding.rule for finding in await quick.drift("acme/circular")] == ["property.optional-added"]
        await quick.until_paged()
        assert [finding.rule for finding in await quick.drift("acme/dangling")] == ["schema.ref-unresolved"]
    (incident,) = quick.pagerduty.incidents
    assert "#/components/schemas/Account, which is nowhere in the document" in incident.title
    assert incident.severity == "warning"


async def test_refused_credentials_and_withdrawn_addresses_page_as_what_they_are_until_they_are_served_again(
    quick: World,
) -> None:
    wrong = {"expired": (401, "auth"), "forbidden": (403, "auth"), "retired": (410, "withdrawn"), "missing": (404, "withdrawn")}
    for name in wrong:
        quick.vendor.publish(f"/{name}", OPENAPI)
    quick.configure(
        "\n".join(
            f'{name}: {{criticality: core, targets: {{api: {{kind: http, url: "{quick.url}/{name}", format: openapi}}}}}}'
            for name in wrong
        )
    )
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.next("/forbidden", Reply(status=403))
        await quick.until_is("forbidden/api", "drifted")
        await quick.until_is("forbidden/api", "ok")
        assert [each.state for each in await quick.escalations()] == ["resolved"]
        assert quick.pagerduty.incidents == []

        for name, (status, _) in wrong.items():
            quick.vendor.publish(f"/{name}", OPENAPI, always=Reply(status=status))
        await quick.until_escalation("open", 4)
        paged = {
            each.integration: (each.category, each.causes[0].rule) for each in await quick.escalations() if each.state == "open"
        }
        rules = {"auth": "auth.refused", "withdrawn": "server.version-retired"}
        assert paged == {name: (category, rules[category]) for name, (_, category) in wrong.items()}
        assert [await quick.snapshots(f"{name}/api") for name in wrong] == [1] * 4
        await quick.until_paged(4)

        for name in wrong:
            quick.vendor.publish(f"/{name}", OPENAPI, always=None)
        await quick.until_all("ok")
        await quick.until(lambda: not quick.pagerduty.open(), "every incident is resolved")
    assert len(quick.pagerduty.incidents) == 4


async def test_a_new_target_that_is_refused_first_is_learned_once_it_is_let_in_and_its_page_ends(quick: World) -> None:
    quick.vendor.publish("/api", OPENAPI, always=Reply(status=401))
    quick.configure(ACME.format(url=quick.url))
    async with quick.inside():
        await quick.until_paged()
        assert "401" in quick.pagerduty.incidents[0].title
        quick.vendor.publish("/api", OPENAPI, always=None)
        await quick.until_is("acme/api", "ok")
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
        assert await quick.drift("acme/api") == []


async def test_a_change_that_is_gone_or_was_another_before_it_is_confirmed_pages_only_the_truth(quick: World) -> None:
    paths = {"gone": WITHOUT_INDUSTRY, "other": WITHOUT_INDUSTRY}
    for name in paths:
        quick.vendor.publish(f"/{name}", BEFORE, media_type="text/plain")
    block = (
        '{name}: {{criticality: core, confirm_after: 2m, format: graphql, targets: {{api: {{kind: http, url: "{url}/{name}"}}}}}}'
    )
    quick.configure("\n".join(block.format(name=name, url=quick.url) for name in paths))
    async with quick.inside():
        await quick.until(lambda: _asked_once(quick), "both are asked once")
        quick.clock.forward(minutes=2)
        await quick.until_all("ok")
        for name, changed in paths.items():
            quick.vendor.publish(f"/{name}", changed)
        await quick.until_all("drifted")
        assert {each.state for each in await quick.escalations()} == {"detected"}
        quick.vendor.publish("/gone", BEFORE)
        quick.vendor.publish("/other", BEFORE.replace(b" status: Status", b""))
        quick.clock.forward(minutes=2)
        await quick.until_is("gone/api", "ok")
        await quick.until(lambda: _other_seen(quick), "the other change is seen")
        assert quick.pagerduty.incidents == []
        quick.clock.forward(minutes=2)
        await quick.until_paged()
        gone, other = (
            sorted(await quick.escalations(), key=lambda each: each.integration)[0],
            await quick.until_escalation("open"),
        )
    assert (gone.integration, gone.state, gone.opened_at) == ("gone", "resolved", None)
    assert [cause.address for cause in other.causes] == ["Account.status"]
    (incident,) = quick.pagerduty.incidents
    assert "Account.status" in incident.title
    assert "industry" not in str(incident.details)


async def _asked_once(world: World) -> bool:
    return [status.clean for status in (await world.statuses()).values()] == [1, 1]


async def _other_seen(world: World) -> bool:
    return [finding.address for finding in await world.drift("other/api")] == ["Account.status"]


async def test_a_vendor_that_goes_down_before_a_change_is_confirmed_is_paged_when_it_is_back(quick: World) -> None:
    quick.vendor.publish("/api", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url).replace("openapi", "graphql"))
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/api", WITHOUT_INDUSTRY)
        await quick.until_is("acme/api", "drifted")
        quick.vendor.publish("/api", WITHOUT_INDUSTRY, always=Misbehave.HANG_UP)
        await quick.until_is("acme/api", "unreachable")
        await quick.until_probed("/api", 2)
        assert [each.state for each in await quick.escalations()] == ["detected"]
        assert quick.pagerduty.incidents == []
        quick.vendor.publish("/api", WITHOUT_INDUSTRY, always=None)
        await quick.until_paged()
        status = await quick.until_is("acme/api", "drifted")
    assert status.because == "1 breaking"
    assert "Account.industry" in quick.pagerduty.incidents[0].title


async def test_a_vendor_that_stays_down_does_not_keep_a_sighted_change_from_being_paged(quick: World) -> None:
    quick.vendor.publish("/api", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url).replace("openapi", "graphql"))
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/api", WITHOUT_INDUSTRY)
        await quick.until_is("acme/api", "drifted")
        quick.vendor.publish("/api", WITHOUT_INDUSTRY, always=Misbehave.HANG_UP)
        await quick.until_is("acme/api", "unreachable")
        quick.clock.forward(minutes=16)
        await quick.until_paged()
        told = [entry.text for entry in await quick.timeline(await quick.until_escalation("open"))]
    assert "paged unconfirmed: the vendor could not be asked again" in told
    assert "Account.industry" in quick.pagerduty.incidents[0].title


async def test_a_target_nobody_can_read_for_long_is_an_escalation_of_its_own_until_it_can_be_read(quick: World) -> None:
    quick.vendor.publish("/api", OPENAPI)
    quick.vendor.publish("/minor", OPENAPI)
    minor = f'minor: {{targets: {{api: {{kind: http, url: "{quick.url}/minor", format: openapi}}}}}}'
    quick.configure(ACME.format(url=quick.url) + minor)
    async with quick.inside():
        await quick.until_all("ok")
        for path in ("/api", "/minor"):
            quick.vendor.publish(path, OPENAPI, always=Misbehave.LOGIN_PAGE)
        await quick.until_all("unreadable")
        assert await quick.escalations() == []
        quick.clock.forward(minutes=61)
        blind = await quick.until_escalation("open")
        assert (blind.integration, blind.category, str(blind.priority)) == ("acme", "blind", "P2")
        await quick.until_paged()
        await quick.until_probed("/api", 3)
        await quick.until_probed("/minor", 3)
        assert sorted((each.integration, each.state) for each in await quick.escalations()) == [
            ("acme", "open"),
            ("minor", "recorded"),
        ]
        quick.vendor.publish("/api", OPENAPI, always=Reply(status=401))
        await quick.until_is("acme/api", "drifted")
        quick.vendor.publish("/api", OPENAPI, always=None)
        await quick.until_is("acme/api", "ok")
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
    assert "no readable document since" in quick.pagerduty.incidents[0].title


async def test_a_vendor_that_asks_for_time_is_not_asked_again_before_and_its_silence_is_told_all_the_same(quick: World) -> None:
    quick.vendor.publish("/api", OPENAPI)
    quick.configure(ACME.format(url=quick.url))
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/api", OPENAPI, always=Reply(status=429, headers={"retry-after": "7200"}))
        status = await quick.until_is("acme/api", "unreachable")
        assert status.next_due is not None
        assert status.last_probe_at is not None
        assert (status.next_due - status.last_probe_at).total_seconds() == 7200
        asked = len(quick.vendor.requests("/api"))
        quick.clock.forward(minutes=61)
        blind = await quick.until_escalation("open")
        assert blind.category == "blind"
        assert len(quick.vendor.requests("/api")) == asked
        quick.vendor.publish("/api", OPENAPI, always=None)
        quick.clock.forward(minutes=60)
        await quick.until_is("acme/api", "ok")
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")


async def test_a_sampled_answer_is_learned_from_twenty_and_its_values_are_kept_nowhere(
    quick: World, capsys: pytest.CaptureFixture[str]
) -> None:
    songbird, other = "songbird-4711-0815", "songbird-4712-0816"
    before = {
        "id": songbird,
        "amount": 12.5,
        "owner": {"mail": f"{songbird}@example.com"},
        "by_mail": {f"{songbird}@example.com": {"x": 1}},
    }
    quick.vendor.publish("/invoice", json.dumps(before).encode(), etag=False, dated=False)
    quick.configure(
        f"""
        acme:
          criticality: core
          confirm_after: 200ms
          targets:
            invoice: {{kind: sample, url: "{quick.url}/invoice"}}
        """
    )
    async with quick.inside() as engine:
        await quick.until_all("ok")
        assert len(quick.vendor.requests("/invoice")) >= 20
        after = before | {"id": other, "amount": "12.50", "owner": {"mail": f"{other}@example.com"}}
        quick.vendor.publish("/invoice", json.dumps(after).encode())
        await quick.until_paged()
        async with engine.store.read() as tx:
            history = await tx.snapshots.history(TargetName("acme/invoice"), 100)
            kept = [(await tx.snapshots.document(snapshot.hash)).content for snapshot in history]
        raw = [path.read_bytes() for path in quick.folder.glob("driftpager.db*")]
    (incident,) = quick.pagerduty.incidents
    assert "amount" in incident.title
    assert len(kept) >= 2
    everything = b"".join((*kept, *raw, str(incident).encode(), capsys.readouterr().out.encode()))
    assert b"amount" in everything
    assert [word for word in ("songbird", "4711-0815", "4712-0816") if word.encode() in everything] == []


async def test_no_secret_is_ever_written_down_whatever_others_repeat_of_it(
    quick: World, capfd: pytest.CaptureFixture[str]
) -> None:
    quick.environ |= {"VENDOR_TOKEN": "songbird-vendor-token-4713", "HOOK_URL": "songbird-hook-path-4714"}
    secrets = [*(quick.environ[name] for name in ("PD_ROUTING_KEY", "PD_TOKEN", "PD_WEBHOOK_SECRET", "VENDOR_TOKEN")), "songbird"]
    echo = json.dumps({"error": "bad token songbird-vendor-token-4713", "key": quick.environ["PD_ROUTING_KEY"]}).encode()
    quick.environ["HOOK_URL"] = f"{quick.url}/songbird-hook-path-4714?key=songbird-query"
    quick.environ["HOOK_SECRET"] = "whsec_" + base64.b64encode(b"songbird-signing-secret-4714-long-enough").decode()
    quick.vendor.publish("/api", OPENAPI, headers={"x-echo": "songbird-vendor-token-4713"})
    quick.vendor.answer = lambda asked: Reply(status=400, body=asked.body + echo)
    quick.configure(
        f"""
        acme:
          criticality: core
          auth: {{kind: bearer, token: "env:VENDOR_TOKEN"}}
          targets:
            api: {{kind: http, url: "{quick.url}/api", format: openapi}}
        """,
        pagerduty="""
          hook: {kind: webhook, url: "env:HOOK_URL", secret: "env:HOOK_SECRET", private: true}
        """,
    )
    async with quick.inside(), httpx.AsyncClient(trust_env=False) as client:
        await quick.until_all("ok")
        assert quick.vendor.requests("/api")[0].headers["authorization"] == "Bearer songbird-vendor-token-4713"
        quick.pagerduty.fail(Trouble.UNREADABLE, times=1)
        quick.vendor.publish("/api", OPENAPI, always=Reply(status=401, body=echo, headers={"www-authenticate": echo.decode()}))
        await quick.until_paged()
        await quick.until(lambda: bool(quick.vendor.requests("/songbird-hook-path-4714")), "the webhook was tried")
        forged = await client.post(f"{quick.web}/hooks/pagerduty", content=echo, headers={"x-pagerduty-signature": "v1=00"})
        assert forged.status_code == 401
        shown = [(await client.get(f"{quick.web}{path}")).text for path in ("/metrics", "/", "/api/overview", "/api/escalations")]
        (escalation,) = await quick.escalations()
        shown += [(await client.get(f"{quick.web}/escalations/{escalation.id}")).text, forged.text]
        raw = [path.read_bytes().decode(errors="replace") for path in quick.folder.glob("driftpager.db*")]
    out, err = capfd.readouterr()
    everything = "\n".join([*shown, *raw, str(quick.pagerduty.incidents), out, err])
    assert "auth.refused" in everything
    assert [secret for secret in secrets if secret in everything] == []


async def test_a_change_whose_target_is_not_probed_any_more_is_paged_all_the_same(quick: World) -> None:
    quick.vendor.publish("/api", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url).replace("openapi", "graphql"))
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/api", WITHOUT_INDUSTRY)
        await quick.until_is("acme/api", "drifted")
    config, now = load(quick.config, quick.environ), quick.clock.now()
    assert [each.state for each in await quick.escalations()] == ["detected"]
    async with quick.store() as store:
        for _ in range(16 * 6):
            now += timedelta(seconds=10)
            async with store.write() as tx:
                for timer in await tx.timers.claim_due(now, 9, timedelta(minutes=1)):
                    await paging.timer_due(tx, config, timer, now=now)
                    await tx.timers.done(timer.id)
    (escalation,) = await quick.escalations()
    told = [entry.text for entry in await quick.timeline(escalation)]
    assert "paged unconfirmed: the vendor could not be asked again" in told
