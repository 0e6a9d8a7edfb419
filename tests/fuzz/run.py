"""`make fuzz`: every target for a while, guided by coverage where atheris is installed, by chance alone elsewhere.

    python -m tests.fuzz.run --seconds 60 schemas graphql-corpus

Each target runs in a process of its own, with a limit on memory and on the time of one input. What breaks a promise of
`tests/fuzz/whole.py` is written to `.fuzz/crashes/`, once for each place it breaks at, in the form of `tests/fuzz/seeds/`: make
it a seed once it is mended. Exit 0: nothing found, 1: something was.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

HERE = Path(".fuzz")
CRASHES = HERE / "crashes"
MEMORY = 2 * 1024**3
SECONDS_AN_INPUT = 60


def main() -> int:
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all of them by default")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--by-chance", action="store_true", help="leave atheris out")
    asked = parser.parse_args()
    names = asked.targets or list(TARGETS)
    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        parser.error(f"no target {unknown[0]}; there are {', '.join(TARGETS)}")
    before, failed = set(CRASHES.glob("*/*")), []
    for name in names:
        print(f"== {name}, {asked.seconds} s", flush=True)
        start = f"from tests.fuzz.run import fuzz; fuzz({name!r}, {asked.seconds}, guided={not asked.by_chance})"
        failed += [name] if subprocess.run([sys.executable, "-c", start]).returncode else []
    found = sorted(set(CRASHES.glob("*/*")) - before)
    print(
        f"{len(names)} targets, {len(found)} inputs kept, {len(failed)} targets that did not end: {', '.join(failed) or 'none'}"
    )
    for path in found:
        print(f"  {path}")
    return 1 if found or failed else 0


def fuzz(name: str, seconds: int, *, guided: bool) -> None:
    """One target, in this process, which ends with it."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    atheris = _atheris() if guided else None
    with atheris.instrument_imports(include=["schemas"]) if atheris else nullcontext():
        from schemas import formats

        for each in formats.names():
            formats.load(each)
    once = _once(name)
    signal.signal(signal.SIGALRM, _late)
    if atheris is None:
        _by_chance(once, seconds)
        return
    corpus = HERE / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        rng = random.Random(1)  # short inputs are no examples at all, so coverage needs something to begin with
        for i in range(64):
            (corpus / f"by-chance-{i}").write_bytes(rng.randbytes(256 << i % 6))
    limits = (
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-len_control=0",
        "-rss_limit_mb=3000",
        "-verbosity=0",
        f"-artifact_prefix={HERE}/",
    )
    atheris.Setup([name, *limits, str(corpus)], once)
    atheris.Fuzz()


def _atheris() -> Any:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed (`make fuzz` does that where it has a wheel): by chance, without coverage")
        return None
    return atheris


def _by_chance(once: Callable[[bytes], int], seconds: int) -> None:
    rng, end, count = random.Random(), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        once(rng.randbytes(rng.choice((64, 512, 4096))))
        count += 1
    print(f"{count} inputs")


def _once(name: str) -> Callable[[bytes], int]:
    """From bytes to an example to one run; -1 for bytes that are none. An error is kept and does not end the run."""
    from hypothesis import HealthCheck, given, settings

    from tests.fuzz.seed import dump
    from tests.fuzz.targets import TARGETS
    from tests.fuzz.whole import whole

    places: set[str] = set()

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TARGETS[name])
    def one(case: tuple[str | None, bytes, bytes]) -> None:
        signal.alarm(SECONDS_AN_INPUT)
        try:
            whole(*case)
        except Exception as error:  # noqa: BLE001 because whatever broke is what is looked for
            signal.alarm(0)
            place = _place(error)
            if place not in places:
                places.add(place)
                kept = dump(*case)
                path = CRASHES / (case[0] or "any") / f"{hashlib.sha256(kept).hexdigest()[:12]}.seed"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(kept)
                print(f"{path}: {type(error).__name__}: {str(error)[:300]} ({place})", flush=True)
        finally:
            signal.alarm(0)

    run: Callable[[bytes], Any] = one.hypothesis.fuzz_one_input
    return lambda raw: -1 if run(raw) is None else 0


def _place(error: Exception) -> str:
    """Where our code was when it broke: what breaks there again is the same fault. A late one breaks anywhere."""
    if isinstance(error, TimeoutError):
        return "late"
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "/schemas/" in frame.filename or "/report/" in frame.filename
    ]
    frame = ours[-1] if ours else traceback.extract_tb(error.__traceback__)[-1]
    words = str(error).split(" ")[:6] if isinstance(error, AssertionError) else []
    return " ".join((f"{frame.filename.rpartition('/')[2]}:{frame.lineno}", type(error).__name__, *words))


def _late(*_: object) -> None:
    raise TimeoutError(f"one input took more than {SECONDS_AN_INPUT} s")


if __name__ == "__main__":
    sys.exit(main())
