"""How the daemon starts, is told of a new configuration, runs out of disk, and ends."""

from __future__ import annotations

import re
import resource
import signal
import socket

import httpx
import pytest

from monitor.demo.vendor import Misbehave
from tests.acceptance.test_main_job import ACME, BEFORE, WITHOUT_INDUSTRY
from tests.acceptance.world import Daemon, World
from tests.postgres import Cluster

pytestmark = pytest.mark.acceptance

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


async def get(url: str) -> tuple[int, str]:
    """Status and text of one page."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url)
    return answer.status_code, answer.text


async def test_a_daemon_takes_a_good_configuration_refuses_a_bad_one_shares_nothing_and_ends_in_order(earth: World) -> None:
    for name in ("schema.graphql", "second", "slow"):
        earth.vendor.publish(f"/{name}", BEFORE, media_type="text/plain")
    earth.configure(ACME.format(url=earth.url))
    async with earth.daemon() as daemon:
        await earth.until_started()
        await earth.until_all("ok")
        assert "driftpager_config_last_reload_successful 1.0" in (await get(f"{earth.web}/metrics"))[1]

        second = ACME.replace("acme:", "second:").replace("schema.graphql", "second")
        earth.configure((ACME + second).format(url=earth.url))
        daemon.process.send_signal(signal.SIGHUP)
        await earth.until_is("second/api", "ok")

        good = earth.config.read_text()
        earth.config.write_text(good.replace("criticality: core", "critcality: core", 1))
        daemon.process.send_signal(signal.SIGHUP)
        await earth.until(lambda: "config.refused" in earth.log, "the bad configuration is refused")
        assert "driftpager.yml" in earth.log
        assert "did you mean 'criticality'?" in earth.log
        assert "driftpager_config_last_reload_successful 0.0" in (await get(f"{earth.web}/metrics"))[1]
        assert (await earth.cli("check"))[0] == 3
        earth.vendor.publish("/second", WITHOUT_INDUSTRY)
        await earth.until_paged()

        earth.config.write_text(good)
        code, said = await earth.cli("run")
        assert (code, said.count("\n")) == (2, 1)
        assert "another driftpager daemon runs on" in said

        earth.vendor.publish("/schema.graphql", BEFORE, always=Misbehave.HANG)
        await earth.until_probed("/schema.graphql")
        assert await daemon.end() == 0
    earth.vendor.let_go()
    assert "Traceback" not in earth.log


async def test_a_port_that_is_taken_and_a_bad_configuration_are_one_line_and_their_own_exit_codes(forked: World) -> None:
    forked.configure(ACME.format(url=forked.url))
    good = forked.config.read_text()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        forked.config.write_text(good.replace("127.0.0.1:0", f"127.0.0.1:{taken.getsockname()[1]}"))
        code, said = await forked.cli("run")
    assert (code, "is taken by another program" in said, "Traceback" in said) == (2, True, False)
    forked.config.write_text(good.replace("every: 1s", "every: often"))
    code, said = await forked.cli("run")
    assert (code, "driftpager.yml:" in said, "Traceback" in said) == (3, True, False)


def limit(daemon: Daemon, most: tuple[int, int]) -> None:
    """How large a file the daemon may write, in bytes: with none at all its disk is as good as full."""
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, most)


async def test_with_a_full_disk_it_is_not_ready_loses_nothing_and_pages_once_there_is_room(forked: World) -> None:
    forked.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    forked.configure(ACME.format(url=forked.url))
    async with forked.daemon() as daemon:
        await forked.until_started()
        await forked.until_all("ok")
        assert await get(f"{forked.web}/readyz") == (200, "ready\n")
        limit(daemon, (0, resource.RLIM_INFINITY))
        forked.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)

        async def ready(wanted: int) -> bool:
            return (await get(f"{forked.web}/readyz"))[0] == wanted

        await forked.until(lambda: ready(503), "it says that it is not ready")
        _, said = await get(f"{forked.web}/readyz")
        assert "the disk" in said
        assert (await get(f"{forked.web}/healthz"))[0] == 200
        assert forked.pagerduty.incidents == []
        limit(daemon, UNLIMITED)
        await forked.until_paged()
        await forked.until(lambda: ready(200), "it is ready again")
        limit(daemon, (0, resource.RLIM_INFINITY))
        await forked.until(lambda: ready(503), "it says that it is not ready")
        assert await daemon.end() == 0
    assert len(forked.pagerduty.incidents) == 1


@pytest.mark.postgresql
async def test_on_postgresql_the_main_job_is_the_same(quick: World, postgresql_cluster: Cluster) -> None:
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    url = postgresql_cluster.new_database()
    quick.configure(ACME.format(url=quick.url), more=f"store: {url}\n")
    async with quick.inside():
        await quick.until_all("ok")
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_paged()
        await quick.pagerduty.acknowledge(quick.pagerduty.incidents[0].key)
        quick.clock.forward(seconds=16)
        await quick.until_escalation("acknowledged")
        quick.vendor.publish("/schema.graphql", BEFORE)
        await quick.until_all("ok")
        await quick.until(lambda: not quick.pagerduty.open(), "the incident is resolved")
    assert len(quick.pagerduty.incidents) == 1
    postgresql_cluster.drop(url)


SERIES = """probes_total{integration="acme",result="unreadable"} 0.0
probe_duration_seconds_count{integration="acme"}
probe_last_success_timestamp_seconds{integration="acme"}
changes_total{impact="breaking",integration="acme"} 0.0
open_drifts{impact="breaking",integration="acme"} 0.0
escalations{priority="P1",state="open"} 0.0
escalations_opened_total{category="drift",priority="P1"} 0.0
escalations_resolved_total{priority="P1",within_sla="no"} 0.0
escalations_reopened_total{priority="P1"} 0.0
escalation_steps_total{lane="on-call",level="1"} 0.0
escalations_unroutable_total 0.0
time_to_detect_seconds_count{priority="P1"} 0.0
time_to_page_seconds_count{priority="P1"} 0.0
time_to_acknowledge_seconds_count{priority="P1"} 0.0
time_to_resolve_seconds_count{priority="P1"} 0.0
pages_total{channel="pagerduty",reason="rate_limited",result="dead"} 0.0
page_delivery_seconds_count{channel="pagerduty"} 0.0
outbox_pages{channel="pagerduty",state="unknown"} 0.0
outbox_oldest_age_seconds{channel="pagerduty"} 0.0
fallback_pages_total{reason="timeout"} 0.0
pagerduty_unconfirmed_pages 0.0
timers_overdue 0.0
timer_lag_seconds_count 0.0
engine_last_tick_timestamp_seconds
webhook_events_total{result="applied",source="pagerduty"} 0.0
config_last_reload_successful 1.0
build_info{version=
""".strip()


async def test_metrics_are_there_at_zero_before_anything_happens_and_count_what_does(quick: World) -> None:
    quick.vendor.publish("/schema.graphql", BEFORE, media_type="text/plain")
    quick.configure(ACME.format(url=quick.url))
    async with quick.inside():
        _, text = await get(f"{quick.web}/metrics")
        assert [series for series in SERIES.splitlines() if f"\ndriftpager_{series}" not in text] == []
        await quick.until_all("ok")
        quick.vendor.publish("/schema.graphql", WITHOUT_INDUSTRY)
        await quick.until_paged()
        await quick.pagerduty.acknowledge(quick.pagerduty.incidents[0].key)
        quick.clock.forward(seconds=16)
        await quick.until_escalation("acknowledged")

        async def counted() -> bool:
            _, text = await get(f"{quick.web}/metrics")
            return 'driftpager_time_to_acknowledge_seconds_count{priority="P1"} 1.0' in text

        await quick.until(counted, "the acknowledgement is counted")
        _, text = await get(f"{quick.web}/metrics")
    for series in (
        'changes_total{impact="breaking",integration="acme"} 1.0',
        'open_drifts{impact="breaking",integration="acme"} 1.0',
        'escalations{priority="P1",state="acknowledged"} 1.0',
        'escalations_opened_total{category="drift",priority="P1"} 1.0',
        'escalation_steps_total{lane="on-call",level="1"} 1.0',
        'time_to_page_seconds_count{priority="P1"} 1.0',
        'pages_total{channel="pagerduty",reason="",result="sent"} 1.0',
    ):
        assert f"\ndriftpager_{series}" in text, series
    assert not re.search(r"^driftpager_\S*(127\.0\.0\.1|https?:)", text, re.MULTILINE)
