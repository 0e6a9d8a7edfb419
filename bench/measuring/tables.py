"""What was measured, as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench.measuring.peers import Peer
from bench.measuring.process import Figures

Truth = Sequence[Sequence[Sequence[str]]]
"""Breaking changes known from elsewhere: an entry is covered if one finding's text holds all words of one of its spellings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One table: its text, and the figures by process. `size` is that of all documents together, in bytes."""

    text: str
    figures: Mapping[str, Figures] = field(default_factory=dict)
    size: int = 0


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def compared(
    title: str, measured: Mapping[str, Figures], found: Mapping[str, Peer], missing: Sequence[str], *, size: int, truth: Truth
) -> Measured:
    """The table of one pair: what each process took, beside the first one, and what it said."""
    ground = next(iter(measured))
    head = ["process", "wall s", "CPU s", f"wall : {ground}", f"CPU : {ground}", "peak MB", "peak : files"]
    rows = []
    for label, its in measured.items():
        peer = found.get(label)
        name = f"{label} {peer.version}" if peer is not None and peer.version else label
        said = _said(peer, its, truth) if peer is not None and its.finished else ["", "", ""]
        rows.append([name, *_times(its, measured[ground]), f"{its.peak:.0f}", f"{its.peak * 1e6 / size:.1f}", *said])
    text = f"\n### {title}: {megabytes(size)} in two files\n\n" + markdown([*head, "entries", "breaking", "known"], rows)
    text += "".join(f"\nNot measured: {each}.\n" for each in missing)
    return Measured(text=text, figures={label: replace(its, out=b"") for label, its in measured.items()}, size=size)


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB" if size >= 1e4 else f"{size / 1e3:.1f} kB"


def _times(its: Figures, ground: Figures) -> list[str]:
    over = "" if its.finished else "over "
    times = [f"{its.wall:.2f}", f"{its.cpu:.2f}", f"{its.wall / ground.wall:.1f}", f"{its.cpu / ground.cpu:.1f}"]
    return [over + each for each in times]


def _said(peer: Peer, figures: Figures, truth: Truth) -> list[str]:
    try:
        answer = peer.read(figures.out)
    except (ValueError, KeyError):
        return ["failed", "", ""]
    covered = sum(any(all(w in text for w in words) for words in entry for text in answer.texts) for entry in truth)
    judged = "" if answer.breaking is None else str(answer.breaking)
    return [str(answer.entries), judged, f"{covered} of {len(truth)}" if truth else ""]
