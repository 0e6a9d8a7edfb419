"""A bounded run of the fuzzers, the same each time: kept inputs, examples by chance, and bombs under limits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from schemas.compare import Comparison
from schemas.errors import SchemaError
from tests.fuzz.bombs import bombs
from tests.fuzz.seed import dump, load, seeds
from tests.fuzz.targets import TARGETS
from tests.fuzz.whole import nothing_fetched, whole

BOUNDED = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SECONDS_OF_CPU = 60
MEMORY = 1536 * 1024**2


@pytest.mark.parametrize("path", seeds(), ids=lambda path: path.stem)
def test_what_once_broke_something_does_not_again(path: Path) -> None:
    assert isinstance(whole(*load(path)), Comparison | SchemaError)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_compared_gives_findings_or_a_typed_error(name: str) -> None:
    answers: list[object] = []

    @BOUNDED
    @given(TARGETS[name])
    def compared(case: tuple[str | None, bytes, bytes]) -> None:
        answers.append(whole(*case))

    compared()
    assert len(answers) >= 30
    if name not in ("bytes", "text"):
        assert any(isinstance(answer, Comparison) for answer in answers), "it reaches the engine"


@pytest.mark.parametrize("part", range(4))
def test_a_bomb_costs_no_more_than_its_limits(part: int) -> None:
    names = sorted(bombs())[part::4]
    start = f"from tests.fuzz.explode import explode; explode({names!r}, {SECONDS_OF_CPU}, {MEMORY})"
    child = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert child.returncode == 0, child.stderr[-2000:]
    assert child.stdout.split() == names


def test_an_attempt_to_reach_out_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(AssertionError, match="reached out"), nothing_fetched():
        (tmp_path / "other.json").read_text()


@pytest.mark.parametrize("old", [b"", b"\n", b"=====", b"\n=====\n", b"\n======\n", b"\x00\xff\r\n"])
def test_a_kept_input_comes_back_as_it_was(tmp_path: Path, old: bytes) -> None:
    path = tmp_path / "kept.seed"
    for named in (None, "openapi"):
        path.write_bytes(dump(named, old, b"{}" + old))
        assert load(path) == (named, old, b"{}" + old)
