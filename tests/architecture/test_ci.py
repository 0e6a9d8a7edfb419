"""Under CI=true nothing is skipped: proved by running pytest on a few tests that would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_skips(): pytest.skip("nothing here")

@pytest.mark.skipif(True, reason="never here")
def test_is_skipped(): ...

@pytest.mark.xfail(reason="known", strict=True)
def test_fails_as_expected(): assert False

def test_passes(): ...
"""


def outcome(folder: Path, ci: str | None) -> tuple[int, str]:
    (folder / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (folder / "test_some.py").write_text(TESTS)
    (folder / "test_module.py").write_text('import pytest\npytest.skip("not this module", allow_module_level=True)\n')
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_ADDOPTS"}}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # no installed plugin takes part in this
    if ci is not None:
        environment["CI"] = ci
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "xdist",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
        str(folder),
    ]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    return answer.returncode, answer.stdout.splitlines()[-1]


@pytest.mark.parametrize("ci", [None, "false", ""])
def test_on_a_machine_that_lacks_something_a_test_may_skip(tmp_path: Path, ci: str | None) -> None:
    status, closing = outcome(tmp_path, ci)
    assert status == 0
    assert "1 passed, 3 skipped, 1 xfailed" in closing


def test_where_everything_is_installed_a_skip_is_a_failure(tmp_path: Path) -> None:
    status, closing = outcome(tmp_path, "true")
    assert status != 0
    assert "skipped" not in closing
    assert "1 error" in closing
