"""All pairs in one table of ratios, and each target beside its figure. Nothing is asserted: a target that is missed says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.measuring.process import Figures
from bench.measuring.tables import Measured, markdown

OURS, PARSE, INSPECTOR, BUF = "driftpager", "parse", "graphql-inspector", "buf"
READING, LIBRARY = "schemas.text", "PyYAML's CSafeLoader"


def ratios(measured: Mapping[str, Measured]) -> str:
    """How many times as long as driftpager each other process takes, wall time and then processor time, pair by pair."""
    pairs = {name: its.figures for name, its in measured.items() if OURS in its.figures}
    others = list(dict.fromkeys(label for figures in pairs.values() for label in figures if label != OURS))
    rows = [
        [name, f"{figures[OURS].wall:.2f} s", *(_ratio(figures.get(label), figures[OURS]) for label in others)]
        for name, figures in pairs.items()
    ]
    return "\n### Side by side: times as long as driftpager (wall, CPU)\n\n" + markdown(["pair", OURS, *others], rows)


def _ratio(other: Figures | None, ours: Figures) -> str:
    if other is None:
        return ""
    return f"{'' if other.finished else 'over '}{other.wall / ours.wall:.1f}, {other.cpu / ours.cpu:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A figure and its bound. `least` where the bound is a minimum. `beside` is the same in wall time, told and not judged."""

    what: str
    figure: float
    bound: float
    least: bool = False
    beside: float | None = None

    @property
    def row(self) -> list[str]:
        met = self.figure >= self.bound if self.least else self.figure <= self.bound
        wall = "" if self.beside is None else f"{self.beside:.2f}"
        bound = f"at {'least' if self.least else 'most'} {self.bound:g}"
        return [self.what, bound, f"{self.figure:.2f}", wall, "yes" if met else "**no**"]


def targets(measured: Mapping[str, Measured]) -> str:
    """What was to be reached. Processor time counts: ours, the parse and the readers have one thread each, so on an idle machine
    it is the wall time, too. Where the other one has several threads, the smaller ratio counts."""
    rows = [target.row for target in _targets(measured)]
    return "\n### Targets\n\n" + markdown(["what", "target", "measured", "in wall time", "met"], rows) if rows else ""


def _targets(measured: Mapping[str, Measured]) -> Iterator[_Target]:
    bounds = {"github rest": 3, "stripe b -> c": 4, "stripe d -> e": 4, "partner WSDL": 4, "Account": 4}
    for name, bound in bounds.items():
        if name in measured and OURS in measured[name].figures:
            its = measured[name].figures
            cpu, wall = _both(its[OURS], its[PARSE])
            yield _Target(what=f"{name}: driftpager : parse", figure=cpu, bound=bound, beside=wall)
    if "github rest" in measured and measured["github rest"].figures:
        its, size = measured["github rest"].figures, measured["github rest"].size
        yield _Target(what="github rest: peak memory : both files", figure=its[OURS].peak * 1e6 / size, bound=8)
    graphql = measured["github graphql"].figures if "github graphql" in measured else {}
    if INSPECTOR in graphql:
        cpu, wall = _both(graphql[INSPECTOR], graphql[OURS])
        what = f"github graphql: {INSPECTOR} : driftpager"
        yield _Target(what=what, figure=min(cpu, wall), bound=1.5, least=True, beside=wall)
    protobuf = measured["protobuf"].figures if "protobuf" in measured else {}
    if BUF in protobuf:
        cpu, wall = _both(protobuf[BUF], protobuf[OURS])
        yield _Target(what=f"protobuf: {BUF} : driftpager", figure=min(cpu, wall), bound=1, least=True, beside=wall)
    if "yaml" in measured and measured["yaml"].figures:
        its = measured["yaml"].figures
        cpu, wall = _both(its[READING], its[LIBRARY])
        yield _Target(what="yaml: our reader : PyYAML's C parser", figure=cpu, bound=1.2, beside=wall)
    if "small" in measured and measured["small"].figures:
        ours = measured["small"].figures[OURS]
        yield _Target(what="small: seconds, start included", figure=ours.cpu, bound=0.35, beside=ours.wall)
    if "growth" in measured:
        by_shape: dict[str, dict[str, Figures]] = {}
        for label, its_figures in measured["growth"].figures.items():
            shape, _, factor = label.rpartition(" x")
            by_shape.setdefault(shape, {})[factor] = its_figures
        for shape, its in by_shape.items():
            yield _Target(what=f"growth, {shape}: x8 : x4", figure=its["8"].cpu / its["4"].cpu, bound=2.2)


def _both(one: Figures, other: Figures) -> tuple[float, float]:
    """How many times the processor time and the wall time of the other."""
    return one.cpu / other.cpu, one.wall / other.wall
