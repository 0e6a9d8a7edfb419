"""How long the schema engine takes, as whole processes, beside a bare parse and beside other tools; and what each one found.

One run measures everything: the commands of a table take turns, round by round, and the table gives medians. Nothing is
asserted: targets stand beside the figures. Documents and peers are fetched once into a cache folder outside the repository.

    python -m bench.engine
    python -m bench.engine --only stripe --rounds 9
    python -m bench.engine --into bench/README.md --plot bench/growth.svg
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

from bench.measuring import documents, growth, peers, summary
from bench.measuring import protobuf as generated
from bench.measuring.documents import Absent
from bench.measuring.peers import Peer
from bench.measuring.process import Figures, as_installed, interleaved
from bench.measuring.tables import Measured, Truth, compared, markdown, megabytes

PARSE = (sys.executable, "-c", "import sys, orjson; trees = [orjson.loads(open(name, 'rb').read()) for name in sys.argv[1:]]")
PARSE_XML = (
    sys.executable,
    "-c",
    "import sys; from lxml import etree; trees = [etree.fromstring(open(name, 'rb').read()) for name in sys.argv[1:]]",
)
BARE = {".json": PARSE, ".wsdl": PARSE_XML}
_YAML = "import sys, gc; gc.disable(); content = open(sys.argv[1], 'rb').read(); "
OUR_YAML = _YAML + "from schemas import text; from schemas.document import Document; text.parse(Document(content=content))"
THEIR_YAML = _YAML + "import yaml; yaml.load(content, Loader=yaml.CSafeLoader)"

TRUTH: Mapping[str, Truth] = {
    "protobuf": generated.TRUTH,
    "stripe d -> e": (
        (("mandate_payment_method_details", "blik"), ("/mandates/", "response", "payment_method_details", "blik")),
        (("payment_intent_payment_method_options_blik", "mandate_options"), ("response", "options", "blik", "mandate_options")),
        (("setup_attempt_payment_method_details", "blik"), ("attempt", "response", "payment_method_details", "blik")),
        (("setup_intent_payment_method_options", "blik"), ("/setup_intents", "response", "payment_method_options", "blik")),
        (("dispute", "charge_refunded"), ("status", "charge_refunded")),
    ),
    "github graphql": ((("OTECHIE",),), (("RULESET_REQUIRED_SIGNATURES",),), (("sourceRepositoryUrl",),)),
}
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def table(name: str, old: Path, new: Path, others: Sequence[Peer | str], given: Given) -> Measured:
    """Measure one pair with every tool; ratios are to a bare parse; to ours for GraphQL and protocol buffers."""
    found = {"driftpager": Peer(name="driftpager", version="", before=peers.OURS, after=("--output", "json"), read=peers.ours)}
    found |= {peer.name: peer for peer in others if isinstance(peer, Peer)}
    bare = {"parse": [*BARE[old.suffix], str(old), str(new)]} if old.suffix in BARE else {}
    commands = {**bare, **{label: peer.command(old, new) for label, peer in found.items()}}
    measured = interleaved(commands, rounds=given.rounds, limit=given.limit)
    missing = [peer for peer in others if isinstance(peer, str)]
    size = old.stat().st_size + new.stat().st_size
    return compared(name, measured, found, missing, size=size, truth=TRUTH.get(name, ()))


class Given(argparse.Namespace):
    """The options."""

    cache: Path
    rounds: int
    limit: float
    only: str
    plot: Path | None
    into: Path | None


def openapi(given: Given) -> list[Peer | str]:
    return [
        peers.deepdiff(),
        _named("specshift", peers.specshift(given.cache)),
        _named("oasdiff", peers.oasdiff(given.cache)),
    ]


def _named(name: str, peer: Peer | str) -> Peer | str:
    return f"{name}: {peer}" if isinstance(peer, str) else peer


def github_rest(given: Given) -> Measured:
    old, new = documents.published("github-rest", given.cache)
    return table("github rest", old, new, openapi(given), given)


def unchanged(given: Given) -> Measured:
    old, _ = documents.published("github-rest", given.cache)
    twin = given.cache / "documents" / "twin.json"
    shutil.copyfile(old, twin)
    return table("github rest, unchanged", old, twin, (), given)


def github_graphql(given: Given) -> Measured:
    old, new = documents.published("github-graphql", given.cache)
    others = [
        _named("graphql-inspector", peers.graphql_inspector(given.cache)),
        peers.graphql_core(),
        _named("specshift", peers.specshift(given.cache, "diff-graphql")),
    ]
    return table("github graphql", old, new, others, given)


def recorded(name: str, given: Given) -> Measured:
    """One of the recorded pairs."""
    old, new = documents.recorded(name, given.cache)
    others = openapi(given) if name.startswith("stripe") else [peers.deepdiff()] if old.suffix == ".json" else ()
    return table(name, old, new, others, given)


def protobuf(given: Given) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        old, new = generated.write(Path(folder))
        return table("protobuf", old, new, [_named("buf", peers.buf(given.cache))], given)


def yaml(given: Given) -> Measured:
    path = documents.as_yaml(documents.published("github-rest", given.cache)[1], given.cache)
    commands = {
        summary.LIBRARY: [sys.executable, "-c", THEIR_YAML, str(path)],
        summary.READING: [sys.executable, "-c", OUR_YAML, str(path)],
    }
    measured = interleaved(commands, rounds=given.rounds, limit=given.limit)
    base = measured[summary.LIBRARY]
    size = path.stat().st_size
    rows = [
        [
            *(label, f"{its.wall:.2f}", f"{its.cpu:.2f}"),
            *(f"{its.wall / base.wall:.2f}", f"{its.cpu / base.cpu:.2f}", f"{its.peak:.0f}"),
        ]
        for label, its in measured.items()
    ]
    head = ["process", "wall s", "CPU s", "wall : CSafeLoader", "CPU : CSafeLoader", "peak MB"]
    title = f"\n### A YAML description of {megabytes(size)}, collector off\n\n"
    return Measured(text=title + markdown(head, rows), figures=measured, size=size)


def small(given: Given) -> Measured:
    """Two descriptions of a few lines: all that counts is how fast a process starts."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "old.json", Path(folder) / "new.json"
        for path, kind in ((old, "string"), (new, "integer")):
            content = {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": kind}}}}}
            operation = {"responses": {"200": {"description": "one", "content": content}}}
            head = {"openapi": "3.0.3", "info": {"title": "small", "version": "1"}}
            path.write_text(json.dumps({**head, "paths": {"/things": {"get": operation}}}))
        return table("small", old, new, openapi(given), given)


def growing(given: Given) -> Measured:
    curves: dict[str, list[tuple[int, float]]] = {}
    measured: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        for shape, pairs in growth.write(Path(folder)).items():
            commands = {str(factor): [*peers.OURS, str(old), str(new), "--output", "json"] for factor, old, new in pairs}
            its = interleaved(commands, rounds=given.rounds, limit=given.limit)
            curves[shape] = [(int(factor), figures.cpu) for factor, figures in its.items()]
            measured |= {f"{shape} x{factor}": figures for factor, figures in its.items()}
    if given.plot is not None:
        growth.plot(curves, given.plot)
    rows = [
        [shape, *(f"{seconds:.2f}" for _, seconds in points), f"{points[-1][1] / points[-2][1]:.2f}"]
        for shape, points in curves.items()
    ]
    head = ["shape", *(f"x{factor}" for factor in growth.FACTORS), "x8 : x4"]
    title = "\n### Growth: CPU s of a whole process for 1, 2, 4 and 8 times the document\n\n"
    return Measured(text=title + markdown(head, rows), figures=measured)


TABLES: Mapping[str, Callable[[Given], Measured]] = {
    "small": small,
    "github graphql": github_graphql,
    "protobuf": protobuf,
    "yaml": yaml,
    **{name: partial(recorded, name) for name in reversed(documents.RECORDED)},
    "github rest, unchanged": unchanged,
    "github rest": github_rest,
    "growth": growing,
}
"""From small to large: who measures grows by what it reads of the answers, and must stay smaller than what it measures."""


def main() -> None:
    home = os.environ.get("DRIFTPAGER_BENCH_CACHE") or str(Path.home() / ".cache" / "driftpager-bench")
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, default=Path(home), help="documents and peers (or DRIFTPAGER_BENCH_CACHE)")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--limit", type=float, default=60, help="seconds one process may take")
    options.add_argument("--only", default="", help="tables whose name holds this")
    options.add_argument("--plot", type=Path, help="where to draw the growth as SVG")
    options.add_argument("--into", type=Path, help="a page whose figures, between two marks, are written anew: bench/README.md")
    given = options.parse_args(namespace=Given())
    as_installed(given.cache / "bytecode")
    said = [_machine(given)]
    print(said[0])
    measured: dict[str, Measured] = {}
    for name, measure in TABLES.items():
        if given.only.lower() in name.lower():
            try:
                measured[name] = measure(given)
            except Absent as absent:
                measured[name] = Measured(text=f"\n### {name}\n\nNot measured: {absent}.\n")
            said.append(measured[name].text)
            print(said[-1], end="", flush=True)
    said += [summary.ratios(measured), summary.targets(measured)]
    print("".join(said[-2:]), end="")
    if given.into is not None:
        page = given.into.read_text("utf-8")
        before, after = page[: page.index(BEGIN) + len(BEGIN)], page[page.index(END) :]
        # What is read first stands first.
        given.into.write_text(f"{before}\n{said[0]}\n{''.join(said[-2:])}{''.join(said[1:-2])}\n{after}", "utf-8")


def _machine(given: Given) -> str:
    """What measured: the kind of machine, never which one."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f} at the start, {given.rounds} rounds, medians."
    )


if __name__ == "__main__":
    main()
