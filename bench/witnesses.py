"""How many breaking and risky verdicts about data carry a value that both sides confirm, by rule.

    python -m bench.witnesses              the corpus, both orders of each pair
    python -m bench.witnesses --real       and the recorded pairs of vendors, where DRIFTPAGER_REAL_DATA has them

A verdict is about data if its rule is in `schemas/rules/data.py`. Some of those no JSON value can show: what a format, a
default or a direction flag means is no matter of which values are valid. They are counted apart.
"""

from __future__ import annotations

import argparse
import gzip
import os
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from schemas.change import Finding, Impact
from schemas.compare import compare
from schemas.document import Document
from schemas.lens import Lens, Proof
from schemas.rules.data import RULES

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
FORMATS = ("openapi", "jsonschema")
DATA = frozenset(row.id for row in RULES)
BEYOND_VALUES = ("format", "default", "mutability", "discriminator", "schema")
"""Subjects that say what a value means, or that something cannot be told, not which values there are."""
STRIPE = (
    "a-2022-11-10-da4ef11c86",
    "b-2022-11-16-90fbe90142",
    "c-2022-11-16-c3ae0d4c07",
    "d-2023-08-16-98a7c58cda",
    "e-2023-08-16-a58933749c",
)


def of_the_corpus() -> Iterator[tuple[str, Document, Document]]:
    for name in FORMATS:
        for folder in sorted(path for path in (CORPUS / name).iterdir() if path.is_dir()):
            (before,), (after,) = folder.glob("before.*"), folder.glob("after.*")
            old, new = (Document(content=path.read_bytes()) for path in (before, after))
            yield name, old, new
            yield name, new, old


def of_vendors(folder: Path) -> Iterator[tuple[str, Document, Document]]:
    versions = [Document(content=gzip.decompress((folder / "stripe" / f"{one}.openapi.json.gz").read_bytes())) for one in STRIPE]
    for old, new in pairwise(versions):
        yield "openapi", old, new
    for vendor in ("intercom", "adaptive-cards"):
        found = sorted(path for path in (folder / vendor).iterdir() if ".json" in path.name)
        if len(found) == 2:
            one, other = (
                Document(content=gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
                for path in found
            )
            yield "openapi" if vendor == "intercom" else "jsonschema", one, other


def verdicts(pairs: Iterator[tuple[str, Document, Document]]) -> Iterator[Finding]:
    """What is breaking or risky and about data."""
    for name, old, new in pairs:
        for finding in compare(old, new, format=name, lens=Lens(proof=Proof.ALWAYS)).findings:
            if finding.impact > Impact.SAFE and finding.rule in DATA:
                yield finding


def told(title: str, found: list[Finding]) -> None:
    """One table."""
    given, shown = Counter(one.rule for one in found), Counter(one.rule for one in found if one.witness is not None)
    print(f"\n{title}\n{'rule':36} verdicts  shown")
    for rule in sorted(given):
        print(f"{rule:36} {given[rule]:8} {shown[rule]:6}")
    able = [one for one in found if one.subject not in BEYOND_VALUES]
    confirmed = sum(one.witness is not None for one in able)
    print(f"{'which values there are':36} {len(able):8} {confirmed:6}  {confirmed / max(len(able), 1):.0%}")
    print(f"{'all':36} {len(found):8} {shown.total():6}  {shown.total() / max(len(found), 1):.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.witnesses", description=__doc__.partition("\n")[0])
    parser.add_argument("--real", action="store_true", help="the recorded pairs as well")
    asked = parser.parse_args()
    told("tests/corpus, both orders", list(verdicts(of_the_corpus())))
    folder = Path(os.environ.get("DRIFTPAGER_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if asked.real and folder.is_dir():
        told("recorded pairs of vendors", list(verdicts(of_vendors(folder))))


if __name__ == "__main__":
    main()
