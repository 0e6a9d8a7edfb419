"""How long the schema engine takes, as whole processes, beside a bare parse and beside other tools; and what each one found.

One run measures everything: the commands of a table take turns, round by round, and the table gives medians. Nothing is
asserted: targets stand beside the figures. Documents and peers are fetched once into a cache folder outside the repository.

    python -m bench.engine
    python -m bench.engine --only stripe --rounds 9
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.measuring import documents, growth, peers
from bench.measuring.documents import Absent
from bench.measuring.peers import Peer
from bench.measuring.process import Figures, interleaved

PARSE = (sys.executable, "-c", "import sys, orjson; trees = [orjson.loads(open(name, 'rb').read()) for name in sys.argv[1:]]")
_YAML = "import sys, gc; gc.disable(); content = open(sys.argv[1], 'rb').read(); "
OUR_YAML = _YAML + "from schemas import text; from schemas.document import Document; text.parse(Document(content=content))"
THEIR_YAML = _YAML + "import yaml; yaml.load(content, Loader=yaml.CSafeLoader)"

TRUTH: Mapping[str, Sequence[Sequence[Sequence[str]]]] = {
    "stripe d -> e": (
        (("mandate_payment_method_details", "blik"), ("/mandates/", "response", "payment_method_details", "blik")),
        (("payment_intent_payment_method_options_blik", "mandate_options"), ("response", "options", "blik", "mandate_options")),
        (("setup_attempt_payment_method_details", "blik"), ("attempt", "response", "payment_method_details", "blik")),
        (("setup_intent_payment_method_options", "blik"), ("/setup_intents", "response", "payment_method_options", "blik")),
        (("dispute", "charge_refunded"), ("status", "charge_refunded")),
    ),
    "github graphql": ((("OTECHIE",),), (("RULESET_REQUIRED_SIGNATURES",),), (("sourceRepositoryUrl",),)),
}
"""Breaking changes known from elsewhere: an entry is covered if one finding's text holds all words of one spelling."""


def table(name: str, old: Path, new: Path, others: Sequence[Peer | str], given: Given) -> None:
    """Measure one pair with every tool and print its table; ratios are to a bare parse, for GraphQL to ours."""
    found = {"driftpager": Peer(name="driftpager", version="", before=peers.OURS, after=("--output", "json"), read=peers.ours)}
    found |= {peer.name: peer for peer in others if isinstance(peer, Peer)}
    bare = {"parse": [*PARSE, str(old), str(new)]} if old.suffix == ".json" else {}
    commands = {**bare, **{label: peer.command(old, new) for label, peer in found.items()}}
    measured = interleaved(commands, rounds=given.rounds, limit=given.limit)
    sizes = old.stat().st_size + new.stat().st_size
    ground = next(iter(commands))
    print(f"\n### {name}: {sizes / 1e6:.1f} MB in two files\n")
    print(f"| process | wall s | CPU s | CPU : {ground} | peak MB | peak : files | entries | breaking | known |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for label, figures in measured.items():
        ratio = f"{figures.cpu / measured[ground].cpu:.2f}"
        peak = [f"{figures.peak:.0f}", f"{figures.peak * 1e6 / sizes:.1f}"]
        times = [f"{figures.wall:.2f}", f"{figures.cpu:.2f}", ratio]
        if not figures.finished:
            times = [f"over {given.limit:.0f}", f"over {figures.cpu:.0f}", f"over {ratio}"]
        said = _said(found[label], figures, TRUTH.get(name, ())) if label in found and figures.finished else ["", "", ""]
        version = f" {found[label].version}" if label in found and found[label].version else ""
        print(f"| {label}{version} | {' | '.join([*times, *peak, *said])} |")
    for missing in (peer for peer in others if isinstance(peer, str)):
        print(f"\nNot measured: {missing}.")


def _said(peer: Peer, figures: Figures, truth: Sequence[Sequence[Sequence[str]]]) -> list[str]:
    try:
        answer = peer.read(figures.out)
    except (ValueError, KeyError):
        return ["failed", "", ""]
    covered = sum(any(all(w in text for w in words) for words in entry for text in answer.texts) for entry in truth)
    judged = "" if answer.breaking is None else str(answer.breaking)
    return [str(answer.entries), judged, f"{covered} of {len(truth)}" if truth else ""]


class Given(argparse.Namespace):
    """The options."""

    cache: Path
    rounds: int
    limit: float
    only: str
    plot: Path | None


def openapi(given: Given) -> list[Peer | str]:
    return [
        peers.deepdiff(),
        _named("specshift", peers.specshift(given.cache)),
        _named("oasdiff", peers.oasdiff(given.cache)),
    ]


def _named(name: str, peer: Peer | str) -> Peer | str:
    return f"{name}: {peer}" if isinstance(peer, str) else peer


def github_rest(given: Given) -> None:
    old, new = documents.published("github-rest", given.cache)
    table("github rest", old, new, openapi(given), given)
    twin = given.cache / "documents" / "twin.json"
    shutil.copyfile(old, twin)
    table("github rest, unchanged", old, twin, (), given)


def github_graphql(given: Given) -> None:
    old, new = documents.published("github-graphql", given.cache)
    others = [
        _named("graphql-inspector", peers.graphql_inspector(given.cache)),
        peers.graphql_core(),
        _named("specshift", peers.specshift(given.cache, "diff-graphql")),
    ]
    table("github graphql", old, new, others, given)


def recorded(name: str, given: Given) -> None:
    """One of the recorded pairs."""
    old, new = documents.recorded(name, given.cache)
    others = openapi(given) if name.startswith("stripe") else [peers.deepdiff()]
    table(name, old, new, others, given)


def yaml(given: Given) -> None:
    path = documents.as_yaml(documents.published("github-rest", given.cache)[1], given.cache)
    commands = {
        "PyYAML's CSafeLoader": [sys.executable, "-c", THEIR_YAML, str(path)],
        "schemas.text": [sys.executable, "-c", OUR_YAML, str(path)],
    }
    measured = interleaved(commands, rounds=given.rounds, limit=given.limit)
    base = next(iter(measured.values()))
    print(f"\n### A YAML description of {path.stat().st_size / 1e6:.1f} MB, collector off\n")
    print("| process | wall s | CPU s | CPU : CSafeLoader | peak MB |\n| --- | --- | --- | --- | --- |")
    for label, figures in measured.items():
        print(f"| {label} | {figures.wall:.2f} | {figures.cpu:.2f} | {figures.cpu / base.cpu:.2f} | {figures.peak:.0f} |")


def small(given: Given) -> None:
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "old.json", Path(folder) / "new.json"
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
        old.write_text(json.dumps({**schema, "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}))
        new.write_text(json.dumps({**schema, "properties": {"id": {"type": "integer"}}}))
        commands = {"python, nothing": [sys.executable, "-c", "pass"], "driftpager diff": [*peers.OURS, str(old), str(new)]}
        measured = interleaved(commands, rounds=max(given.rounds, 9), limit=given.limit)
    print("\n### Two small files\n\n| process | wall s | CPU s | peak MB |\n| --- | --- | --- | --- |")
    for label, figures in measured.items():
        print(f"| {label} | {figures.wall:.3f} | {figures.cpu:.3f} | {figures.peak:.0f} |")


def growing(given: Given) -> None:
    curves: dict[str, list[tuple[int, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for shape, pairs in growth.write(Path(folder)).items():
            commands = {str(factor): [*peers.OURS, str(old), str(new), "--output", "json"] for factor, old, new in pairs}
            measured = interleaved(commands, rounds=given.rounds, limit=given.limit)
            curves[shape] = [(int(factor), figures.cpu) for factor, figures in measured.items()]
    print("\n### Growth: CPU s of a whole process for 1, 2, 4 and 8 times the document\n")
    print(
        f"| shape | {' | '.join(f'x{factor}' for factor in growth.FACTORS)} | x8 : x4 |\n|{' --- |' * (len(growth.FACTORS) + 2)}"
    )
    for shape, points in curves.items():
        steps = " | ".join(f"{seconds:.2f}" for _, seconds in points)
        print(f"| {shape} | {steps} | {points[-1][1] / points[-2][1]:.2f} |")
    if given.plot is not None:
        growth.plot(curves, given.plot)


TABLES: Mapping[str, Callable[[Given], None]] = {
    "github rest": github_rest,
    "github graphql": github_graphql,
    **{name: partial(recorded, name) for name in documents.RECORDED},
    "yaml": yaml,
    "small": small,
    "growth": growing,
}


def main() -> None:
    home = os.environ.get("DRIFTPAGER_BENCH_CACHE") or str(Path.home() / ".cache" / "driftpager-bench")
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, default=Path(home), help="documents and peers (or DRIFTPAGER_BENCH_CACHE)")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--limit", type=float, default=60, help="seconds one process may take")
    options.add_argument("--only", default="", help="tables whose name holds this")
    options.add_argument("--plot", type=Path, help="where to draw the growth as SVG")
    given = options.parse_args(namespace=Given())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {given.rounds} rounds, medians")
    for name, measure in TABLES.items():
        if given.only in name:
            try:
                measure(given)
            except Absent as absent:
                print(f"\n### {name}\n\nNot measured: {absent}.")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
