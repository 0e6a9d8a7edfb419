"""Politeness towards one host."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from monitor.clock import SystemClock
from monitor.demo.vendor import Misbehave, Vendor
from monitor.egress import Egress
from monitor.egress.hosts import Hosts
from probes.errors import Unreachable


class HandClock(SystemClock):
    """A monotonic clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.at = 100.0

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


async def test_no_more_than_the_allowed_requests_run_at_one_host(vendor: Vendor, base: str) -> None:
    vendor.publish("/doc", b"{}", always=Misbehave.HANG)
    async with Egress(private=True, per_host=3) as egress, asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(egress.request("GET", f"{base}/doc")) for _ in range(9)]
        await vendor.heard(3)
        # A request to another name goes all the way there and back: time enough for a fourth to get out, if one could.
        await egress.request("GET", f"{base.replace('127.0.0.1', 'localhost')}/other")
        assert len(vendor.requests("/doc")) == 3
        for task in asking:
            task.cancel()


async def test_a_hanging_host_holds_up_no_other(vendor: Vendor, base: str) -> None:
    vendor.publish("/hang", b"{}", always=Misbehave.HANG)
    vendor.publish("/doc", b"{}")
    async with Egress(private=True, per_host=1) as egress:
        stuck = asyncio.create_task(egress.request("GET", f"{base}/hang"))
        await vendor.heard(1)
        answer = await egress.request("GET", f"{base.replace('127.0.0.1', 'localhost')}/doc")
        assert answer.status == 200
        stuck.cancel()


async def test_waiting_for_a_seat_does_not_use_up_the_deadline(vendor: Vendor, base: str) -> None:
    vendor.publish("/doc", b"{}")
    vendor.next("/doc", Misbehave.HANG, Misbehave.HANG)
    brief = timedelta(milliseconds=300)
    async with Egress(private=True, per_host=1) as egress:
        asking = (egress.request("GET", f"{base}/doc", deadline=brief) for _ in range(3))
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:2]] == [Unreachable, Unreachable]
    assert not isinstance(outcomes[2], BaseException)


async def test_over_time_requests_start_at_the_rate() -> None:
    clock = HandClock()
    hosts = Hosts(clock=clock, at_once=1, per_second=10.0)
    for _ in range(110):
        async with hosts.seat("vendor"):
            pass
    assert clock.at - 100.0 == pytest.approx(10.0)  # ten at once, the other hundred in ten seconds


async def test_a_host_left_alone_gets_its_burst_back_but_no_more() -> None:
    clock = HandClock()
    hosts = Hosts(clock=clock, at_once=1, per_second=10.0)
    clock.at += 3600
    for _ in range(10):
        async with hosts.seat("vendor"):
            pass
    assert clock.at == 3700.0
    async with hosts.seat("vendor"):
        pass
    assert clock.at == pytest.approx(3700.1)


async def test_hosts_met_once_are_forgotten() -> None:
    hosts = Hosts(clock=HandClock(), at_once=1, per_second=10.0)
    for number in range(5000):
        async with hosts.seat(f"host-{number}"):
            pass
    assert len(hosts._hosts) <= 1024
