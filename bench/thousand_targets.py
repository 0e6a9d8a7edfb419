"""A thousand targets at one minute in one process: how late do probes start, and what does it cost?

The daemon is a process of its own on SQLite, the vendor another one on loopback; every tenth probe gets a whole document,
the others a 304 or an equal body. Prints the lateness as the daemon's own histogram counts it, its processor time and memory.

    python -m bench.thousand_targets --minutes 3
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from monitor.demo.serve import serve
from monitor.demo.vendor import Vendor

DAEMON = (sys.executable, "-c", "from monitor.cli import main; main()", "run", "--config")
ENVIRON = {**os.environ, "NOBODY": "http://127.0.0.1:1/", "NOBODYS_SECRET": "whsec_" + "c2VjcmV0" * 5}
BUCKET = re.compile(r'^driftpager_probe_lateness_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.M)


def document(number: int) -> bytes:
    """A small description of our own, a different one for each target."""
    fields = {f"field_{n}": {"type": "string"} for n in range(20)}
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "number": {"enum": [number]}, **fields}}
    answer = {"description": "it", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    described = {
        "openapi": "3.0.3",
        "info": {"title": f"vendor {number}", "version": "1"},
        "paths": {"/things": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": {"Thing": schema}},
    }
    return json.dumps(described).encode()


async def vendor(targets: int, port: int) -> None:
    """Serve the documents until killed; one in ten without validators."""
    stand_in = Vendor()
    for number in range(targets):
        stand_in.publish(f"/{number}.json", document(number), etag=number % 10 != 0, dated=number % 10 != 0)
    async with serve(stand_in, port=port):
        await asyncio.Event().wait()


def configuration(targets: int, vendor_port: int, web_port: int) -> str:
    """One integration of `targets` targets, each looked at once a minute."""
    lines = [
        "probing: {private_networks: true, per_host: 32}",
        f'web: {{listen: "127.0.0.1:{web_port}"}}',
        "defaults: {every: 1m, confirm_after: 60s}",
        'channels: {nobody: {kind: webhook, url: "env:NOBODY", secret: "env:NOBODYS_SECRET"}}',
        "integrations:",
        "  many:",
        "    criticality: normal",
        "    targets:",
    ]
    for number in range(targets):
        url = f"http://127.0.0.1:{vendor_port}/{number}.json"
        lines.append(f'      t{number}: {{kind: http, url: "{url}", format: openapi}}')
    return "\n".join(lines) + "\n"


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def lateness(text: str) -> list[tuple[float, float]]:
    """(bound in seconds, probes up to it), in order."""
    return [(float(bound), float(count)) for bound, count in BUCKET.findall(text)]


def since(before: list[tuple[float, float]], after: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(bound, count - earlier) for (bound, count), (_, earlier) in zip(after, before, strict=True)]


def below(buckets: list[tuple[float, float]], share: float) -> float:
    """The bound under which at least `share` of all probes started."""
    total = buckets[-1][1]
    return next(bound for bound, count in buckets if count >= share * total)


async def measure(targets: int, minutes: float, warm: float) -> None:
    vendor_port, web_port = 18431, 18432
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "driftpager.yml"
        config.write_text(configuration(targets, vendor_port, web_port))
        serving = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.thousand_targets", "--serve", str(vendor_port), "--targets", str(targets)
        )
        with (Path(folder) / "log").open("wb") as log:
            daemon = await asyncio.create_subprocess_exec(*DAEMON, str(config), stdout=log, stderr=log, env=ENVIRON)
        try:
            await asyncio.sleep(warm * 60)
            if daemon.returncode is not None:
                raise SystemExit(f"the daemon ended early: {last_words(Path(folder) / 'log')}")
            begun, used = time.monotonic(), ticks(daemon.pid)
            before = lateness(await asyncio.to_thread(scrape, web_port))
            await asyncio.sleep(minutes * 60)
            text = await asyncio.to_thread(scrape, web_port)
            buckets = since(before, lateness(text))
            took, cpu = time.monotonic() - begun, ticks(daemon.pid) - used
            memory = resident(daemon.pid)
        finally:
            if daemon.returncode is None:
                daemon.terminate()
            serving.send_signal(signal.SIGKILL)
            await asyncio.gather(daemon.wait(), serving.wait())
    settled = re.findall(r'^driftpager_targets\{integration="many",state="(\w+)"\} ([1-9]\S*)$', text, re.M)
    print(f"targets             {targets}, each once a minute, in one process; states: {dict(settled)}")
    print(f"probes measured     {buckets[-1][1]:.0f} in {took:.0f} s ({buckets[-1][1] / took:.1f} a second)")
    for share in (0.5, 0.9, 0.99, 0.999):
        print(f"lateness p{share * 100:<8g} at most {below(buckets, share):g} s")
    print(f"processor           {cpu / took:.0%} of one core ({1000 * cpu / buckets[-1][1]:.1f} ms a probe)")
    print(f"resident memory     {memory:.0f} MiB")


def ticks(pid: int) -> float:
    """Processor seconds used by a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """MiB of memory a process holds now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def last_words(log: Path) -> str:
    return log.read_text()[-2000:]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--targets", type=int, default=1000)
    arguments.add_argument("--minutes", type=float, default=3, help="how long to measure")
    arguments.add_argument("--warm", type=float, default=3.5, help="minutes for learning, before measuring")
    arguments.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        asyncio.run(vendor(given.targets, given.serve))
    else:
        asyncio.run(measure(given.targets, given.minutes, given.warm))


if __name__ == "__main__":
    main()
