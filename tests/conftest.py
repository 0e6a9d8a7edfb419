"""What every test may use."""

from __future__ import annotations

import gc
import gzip
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")
"""How long an example takes says nothing: the machine may be busy."""

gc.disable()  # until all is collected: what is loaded by then stays

os.environ["GRPC_VERBOSITY"] = "NONE"
"""Read when the library is imported; otherwise it logs whatever the stand-ins do wrong on purpose."""

RealData = Callable[[str], bytes]

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: tests that start the real process wait more than they work."""
    return (os.cpu_count() or 1) + 2


def unskipped(report: Report, *, ci: bool) -> Report:
    """The report, failed where it was skipped and `ci` holds: there everything is installed, so a skip hides a hole."""
    if ci and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI=true skips nothing: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails under CI=true."""
    return unskipped((yield), ci=os.environ.get("CI") == "true")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A skipped module fails under CI=true."""
    return unskipped((yield), ci=os.environ.get("CI") == "true")


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: no collection looks at it again. Each closing of a store is one."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """FastAPI remembers thousands of endpoints that it looked at, and ours hold the daemon or the stand-in that they serve."""
    looked_at = sys.modules.get("fastapi.dependencies.models")
    for each in vars(looked_at).values() if looked_at else ():
        if hasattr(each, "cache_clear"):
            each.cache_clear()


@pytest.fixture(scope="session")
def real_data() -> RealData:
    """Reads a recorded vendor document by its path below the real-data folder, gunzipped where it ends in `.gz`.

    The folder is `DRIFTPAGER_REAL_DATA` (default `../shared/data` beside the checkout). It is not part of the
    repository: without it these tests skip, unless the variable is set, which makes a missing folder a failure.
    """
    named = os.environ.get("DRIFTPAGER_REAL_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        if named:
            pytest.fail(f"DRIFTPAGER_REAL_DATA names {folder}, which is no folder")
        pytest.skip("recorded vendor documents are not in the repository; set DRIFTPAGER_REAL_DATA to run these tests")

    def read(path: str) -> bytes:
        raw = (folder / path).read_bytes()
        return gzip.decompress(raw) if path.endswith(".gz") else raw

    return read
