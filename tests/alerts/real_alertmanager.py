"""A real Alertmanager of Debian's package on loopback, alone in its cluster, with a receiver that calls a URL."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
needed = pytest.mark.skipif(
    PROGRAM is None and os.environ.get("CI") != "true", reason="prometheus-alertmanager is not installed; .ci/run installs it"
)
_PATIENCE_SECONDS = 20.0


@asynccontextmanager
async def alertmanager(
    folder: Path, *, port: int = 0, lapse: str = "5m", calls: str = "", bearer: str = ""
) -> AsyncIterator[str]:
    """Its address while the block runs. `calls` is a URL that hears of every group at once, with the bearer token; `lapse` is
    its `resolve_timeout`."""
    assert PROGRAM is not None, "prometheus-alertmanager is not installed"
    hook: dict[str, Any] = {"url": calls, "send_resolved": True}
    if bearer:
        hook["http_config"] = {"authorization": {"type": "Bearer", "credentials": bearer}}
    pace = {"group_wait": "50ms", "group_interval": "200ms", "repeat_interval": "1h"}
    route = {"receiver": "it", "group_by": ["alertname"], **pace}
    receiver = {"name": "it", **({"webhook_configs": [hook]} if calls else {})}
    config = folder / "alertmanager.yml"
    config.write_text(
        json.dumps({"global": {"resolve_timeout": lapse}, "route": route, "receivers": [receiver]})
    )  # JSON is YAML too
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    await got(url, "/-/ready")
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


async def got(url: str, path: str) -> bytes:
    """The body of a GET; OSError where there is none."""

    def fetch() -> bytes:
        with urlopen(url + path, timeout=5) as answer:
            body: bytes = answer.read()
            return body

    return await asyncio.to_thread(fetch)


async def alerts(url: str) -> list[Mapping[str, Any]]:
    """What fires there now."""
    found: list[Mapping[str, Any]] = json.loads(await got(url, "/api/v2/alerts"))
    return found
