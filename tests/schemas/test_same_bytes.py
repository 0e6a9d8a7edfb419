"""The same bytes of output under any hash seed, and on every Python."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.conftest import RealData
from tests.schemas.judged_corpus import CORPUS
from tests.schemas.printed import digest

ROOT = Path(__file__).parents[2]
SEEDS = (0, 1, 2, 3, 5, 8, 13, 42, 99, 256, 1000, 4711, 65537, 99999, 123456, 777777, 2**24, 2**31, 2**32 - 2, 2**32 - 1)
FOLDERS = sorted(str(path.parent) for path in CORPUS.glob("*/*/expected.json"))
REAL = {
    "graphql/github": ("github-graphql/schema-15.0.0.graphql.gz", "github-graphql/schema-15.9.0.graphql.gz"),
    "graphql/github-broken": ("github-graphql/schema-15.25.0.graphql.gz", "github-graphql/schema-15.26.0.graphql.gz"),
    "openapi/stripe": (
        "stripe/d-2023-08-16-98a7c58cda.openapi.json.gz",
        "stripe/e-2023-08-16-a58933749c.openapi.json.gz",
    ),
    "openapi/intercom": ("intercom/intercom-2.14.openapi.json.gz", "intercom/intercom-2.16.openapi.json.gz"),
    "salesforce/account": ("salesforce/describe/Account.json", "salesforce/describe/Account.person-accounts-org.json"),
}


def printed(folders: Sequence[str], seed: int) -> Mapping[str, str]:
    """What a process with this hash seed prints about the folders, as digests."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.schemas.printed", *folders],
        cwd=ROOT,
        # Twenty processes that each compile all they import would take twice as long.
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        check=True,
        timeout=100,
    )
    told: dict[str, str] = json.loads(ran.stdout)
    return told


@cache
def printed_here(folder: str) -> str:
    """The same of one folder, by this process with a seed of its own."""
    return digest(Path(folder))


def differing(folders: Sequence[str], seeds: Sequence[int], share: int) -> set[str]:
    """The folders about which any of the seeds, each looking at one of `share` parts of them, prints something else than this
    process. A part is in one piece, so that few need all formats."""
    expected = {folder: printed_here(folder) for folder in folders}
    parts = [folders[len(folders) * n // share : len(folders) * (n + 1) // share] for n in range(share)]
    assert sum(map(len, parts)) == len(folders)
    with ThreadPoolExecutor(max_workers=2) as both:
        answers = both.map(lambda n: printed(parts[n % share], seeds[n]), range(len(seeds)))
        return {folder for answer in answers for folder, told in answer.items() if told != expected[folder]}


def test_what_is_printed_about_the_corpus_is_the_same_under_twenty_hash_seeds() -> None:
    assert len(FOLDERS) > 250
    assert differing(FOLDERS, SEEDS, share=20) == set()


def test_what_is_printed_about_real_documents_is_the_same_under_any_hash_seed(real_data: RealData, tmp_path: Path) -> None:
    for name, pair in REAL.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "expected.json").write_text("{}")
        for side, path in zip(("before", "after"), pair, strict=True):
            (tmp_path / name / f"{side}.document").write_bytes(real_data(path))

    assert differing([str(tmp_path / name) for name in REAL], SEEDS[:5], share=len(REAL)) == set()


def test_what_is_printed_about_the_corpus_is_the_same_on_every_python() -> None:
    """Where DRIFTPAGER_DIGESTS names a folder, as `.ci/run` does, each Python leaves there what it printed, for the next."""
    told = hashlib.sha256("".join(map(printed_here, FOLDERS)).encode()).hexdigest()
    answers = {platform.python_version(): told}
    if shared := os.environ.get("DRIFTPAGER_DIGESTS"):
        (Path(shared) / platform.python_version()).write_text(told)
        answers = {path.name: path.read_text() for path in Path(shared).iterdir()}

    assert set(answers.values()) == {told}, f"the same documents are told of differently: {answers}"
