"""A vendor renames everything: 10,000 changes at once, and a P1 of another vendor in the middle of it.

The daemon is a process of its own on SQLite; the vendors and a stand-in PagerDuty run in this one. Prints how many pages the
storm became, the count they tell, how long the unrelated P1 took from its publication to PagerDuty, and what it cost.

    python -m bench.storm --targets 100 --changes 100
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.thousand_targets import last_words, resident, ticks
from monitor.demo.pagerduty import PagerDuty
from monitor.demo.serve import Tls, serve
from monitor.demo.vendor import Vendor
from monitor.store import Store

KEY = "0123456789abcdef0123456789abcdef"
DAEMON = (sys.executable, "-W", "ignore", "-c", "from monitor.cli import main; main()", "run", "--config")
BOUND_SECONDS = 60.0


def document(fields: int, prefix: str) -> bytes:
    """A description whose one answer has so many fields."""
    names = {f"{prefix}_{n}": {"type": "string"} for n in range(fields)}
    schema = {"type": "object", "properties": names, "required": sorted(names)}
    answer = {"description": "it", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    described = {
        "openapi": "3.0.3",
        "info": {"title": "vendor", "version": "1"},
        "paths": {"/things": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": {"Thing": schema}},
    }
    return json.dumps(described).encode()


def configuration(targets: int, every: int, quiet_every: int, vendor: str, pagerduty: str, authority: Path) -> str:
    """A vendor of many targets, and another one with one, looked at each in its own time."""
    lines = [
        "probing: {private_networks: true, per_host: 32}",
        'web: {listen: "127.0.0.1:0"}',
        f"defaults: {{every: {every}s, confirm_after: {every}s}}",
        f'channels: {{pagerduty: {{kind: pagerduty, routing_key: "env:KEY", base_url: {pagerduty}, ca_file: {authority}}}}}',
        "integrations:",
        "  quiet:",
        "    criticality: core",
        "    targets:",
        "      api:",
        f"        every: {quiet_every}s",
        f"        confirm_after: {quiet_every}s",
        "        kind: http",
        f'        url: "{vendor}/quiet.json"',
        "        format: openapi",
        '        usage: {operations: ["GET /things"]}',
        "  loud:",
        "    criticality: core",
        "    targets:",
        *(
            f'      t{n}: {{kind: http, url: "{vendor}/{n}.json", format: openapi, usage: {{operations: ["GET /things"]}}}}'
            for n in range(targets)
        ),
    ]
    return "\n".join(lines) + "\n"


async def states(database: Path) -> Counter[str]:
    """How many targets are in each state."""
    store = await Store.open(f"sqlite:///{database}")
    try:
        async with store.read() as tx:
            return Counter(str(status.state) for status in await tx.targets.all())
    finally:
        await store.close()


async def measure(targets: int, changes: int, every: int, quiet_every: int) -> None:
    vendor, pagerduty = Vendor(), PagerDuty(routing_keys={KEY: "Integrations"})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tls, config = Tls.make(folder), folder / "driftpager.yml"
        for n in range(targets):
            vendor.publish(f"/{n}.json", document(changes, f"t{n}"))
        vendor.publish("/quiet.json", document(5, "quiet"))
        async with serve(vendor) as url, serve(pagerduty.app, tls=tls) as pager:
            config.write_text(configuration(targets, every, quiet_every, url, pager, tls.authority))
            with (folder / "log").open("wb") as log:
                environ = {**os.environ, "KEY": KEY}
                daemon = await asyncio.create_subprocess_exec(*DAEMON, str(config), stdout=log, stderr=log, env=environ)
            try:
                await asyncio.sleep(5)  # it makes its database first
                while (await states(folder / "driftpager.db"))["ok"] <= targets:
                    if daemon.returncode is not None:
                        raise SystemExit(f"the daemon ended early: {last_words(folder / 'log')}")
                    await asyncio.sleep(1)
                calm, used, began = resident(daemon.pid), ticks(daemon.pid), time.monotonic()
                for n in range(targets):
                    vendor.publish(f"/{n}.json", document(changes, f"renamed{n}"))
                most, paged, published, settled = calm, 0.0, 0.0, 0.0
                while not settled and time.monotonic() - began < 600:
                    await asyncio.sleep(0.1)
                    now = time.monotonic()
                    most = max(most, resident(daemon.pid))
                    if not published and now - began > every:
                        vendor.publish("/quiet.json", document(4, "quiet"))
                        published = now
                    if published and not paged and any("quiet" in each.title for each in pagerduty.incidents):
                        paged = now - published
                    if paged and now - began > 3 * every and await joined(folder / "driftpager.db") >= targets:
                        settled = now - began
                cpu = ticks(daemon.pid) - used
                await report(folder / "driftpager.db", pagerduty, targets * changes, calm, most, paged, settled, cpu)
            finally:
                if daemon.returncode is None:
                    daemon.terminate()
                await daemon.wait()


async def joined(database: Path) -> int:
    """How many targets the storm's escalation is about."""
    store = await Store.open(f"sqlite:///{database}")
    try:
        async with store.read() as tx:
            return max((len(each.targets) for each in await tx.escalations.active("loud")), default=0)
    finally:
        await store.close()


async def report(
    database: Path, pagerduty: PagerDuty, changes: int, calm: float, most: float, paged: float, settled: float, cpu: float
) -> None:
    store = await Store.open(f"sqlite:///{database}")
    try:
        async with store.read() as tx:
            storm = next(iter(await tx.escalations.active("loud")))
            findings = sum(count for (integration, _), count in (await tx.findings.counts()).items() if integration == "loud")
    finally:
        await store.close()
    incidents = Counter("quiet" if "quiet" in each.title else "loud" for each in pagerduty.incidents)
    print(f"changes made        {changes} fields gone and as many new, on {len(storm.targets)} targets of one vendor")
    print(
        f"findings open       {findings}; told in one escalation with the count {storm.total}, {len(storm.causes)} of them kept"
    )
    print(f"incidents           {incidents['loud']} for the storm, {incidents['quiet']} for the other vendor")
    print(f"unrelated P1        paged {paged:.1f} s after its publication (bound {BOUND_SECONDS:g} s)")
    print(f"storm settled       {settled:.1f} s; processor {cpu:.1f} s")
    print(f"resident memory     {calm:.0f} MiB before, {most:.0f} MiB at most")
    if not paged or paged > BOUND_SECONDS or incidents["loud"] != 1 or incidents["quiet"] != 1:
        raise SystemExit("out of bounds")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--targets", type=int, default=100)
    arguments.add_argument("--changes", type=int, default=100, help="fields of each target that are renamed")
    arguments.add_argument("--every", type=int, default=5, help="seconds between probes, and until a sight is confirmed")
    arguments.add_argument("--quiet-every", type=int, default=5, help="the same of the other vendor's one target")
    given = arguments.parse_args()
    asyncio.run(measure(given.targets, given.changes, given.every, given.quiet_every))


if __name__ == "__main__":
    main()
