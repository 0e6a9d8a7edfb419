"""The matrix as an SVG, drawn here: no tool, no font and no script is needed to look at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from monitor.drawing.chart import Box, Chart
from monitor.report.clean import clean

_LETTER, _LINE, _PAD, _GAP, _ROW_GAP, _MARGIN = 7.2, 16, 10, 64, 22, 20
_LONGEST = 44
"""Letters in a line; what is longer is cut, and stands whole in the box's title for whoever points at it."""

_STYLE = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2933}"
    ".t{font-weight:700}.b{stroke:#52606d;fill:#fff}.rule{fill:#f0f4f8}.lane{fill:#e3f2fd}.end{fill:#fff3e0}"
    ".a{stroke:#52606d;fill:none;marker-end:url(#tip)}.w{fill:#52606d;font-size:11px;stroke:#fff;stroke-width:3px;paint-order:stroke}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    box: Box
    kind: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width


def draw(chart: Chart) -> str:
    """The whole SVG document."""
    rules = _column(chart.rules, "rule", _MARGIN, _MARGIN)
    lane_x = _right(rules, _MARGIN) + (_GAP if rules else 0)
    heads: list[_Placed] = []
    levels: list[list[_Placed]] = []
    y = float(_MARGIN)
    width = max((_width(row.head) for row in chart.rows), default=0.0)
    columns = [
        max((_width(row.levels[index]) for row in chart.rows if len(row.levels) > index), default=0.0)
        for index in range(max((len(row.levels) for row in chart.rows), default=0))
    ]
    for row in chart.rows:
        height = max(_height(box) for box in (row.head, *row.levels))
        heads.append(_Placed(box=row.head, kind="lane", x=lane_x, y=y, width=width, height=height))
        x, placed = lane_x + width + _GAP, []
        for box, column in zip(row.levels, columns, strict=False):
            placed.append(_Placed(box=box, kind="level", x=x, y=y, width=column, height=height))
            x += column + _GAP
        levels.append(placed)
        y += height + _ROW_GAP
    end_x = lane_x + width + _GAP + sum(column + _GAP for column in columns)
    ends = _column(chart.ends, "end", end_x, _MARGIN)
    everything = [*rules, *heads, *(each for row in levels for each in row), *ends]
    right = max((each.right for each in everything), default=0.0) + _MARGIN
    bottom = max((each.y + each.height for each in everything), default=0.0) + _MARGIN
    lanes = {row.name: head for row, head in zip(chart.rows, heads, strict=True)}
    arrows = [_arrow(rules[index], lanes[lane], "") for index, lane in chart.leads]
    for row, head, placed in zip(chart.rows, heads, levels, strict=True):
        arrows.append(_arrow(head, placed[0], ""))
        if row.climbs:
            arrows += [_arrow(low, high, row.climbs) for low, high in pairwise(placed)]
        if ends:
            arrows.append(_arrow(placed[-1], ends[0], row.climbs))
    arrows += [_down(above, below) for above, below in pairwise(ends)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right:.0f} {bottom:.0f}" width="{right:.0f}" '
            f'height="{bottom:.0f}" role="img">',
            f"<title>Escalation matrix {_text(chart.version)}</title>",
            f"<style>{_STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0 0L8 4L0 8z" fill="#52606d"/></marker></defs>',
            f'<rect width="{right:.0f}" height="{bottom:.0f}" fill="#fff"/>',
            *arrows,
            *(line for each in everything for line in _drawn(each)),
            "</svg>",
            "",
        ]
    )


def _column(boxes: Sequence[Box], kind: str, x: float, y: float) -> list[_Placed]:
    width = max((_width(box) for box in boxes), default=0.0)
    placed = []
    for box in boxes:
        placed.append(_Placed(box=box, kind=kind, x=x, y=y, width=width, height=_height(box)))
        y += _height(box) + _ROW_GAP
    return placed


def _right(placed: Sequence[_Placed], default: float) -> float:
    return max((each.right for each in placed), default=default)


def _width(box: Box) -> float:
    return max(len(_cut(line)) for line in (box.title, *box.lines)) * _LETTER + 2 * _PAD


def _height(box: Box) -> float:
    return (1 + len(box.lines)) * _LINE + 2 * _PAD


def _drawn(placed: _Placed) -> Iterator[str]:
    lines = (placed.box.title, *placed.box.lines)
    whole = _text("\n".join(lines))
    yield f"<g><title>{whole}</title>"
    yield (
        f'<rect class="b {placed.kind}" x="{placed.x:.1f}" y="{placed.y:.1f}" width="{placed.width:.1f}" '
        f'height="{placed.height:.1f}" rx="5"/>'
    )
    for number, line in enumerate(lines):
        mark = ' class="t"' if number == 0 else ""
        y = placed.y + _PAD + _LINE * number + 12
        yield f'<text{mark} x="{placed.x + _PAD:.1f}" y="{y:.1f}">{_text(_cut(line))}</text>'
    yield "</g>"


def _arrow(start: _Placed, end: _Placed, text: str) -> str:
    x1, y1, x2, y2 = start.right, start.middle, end.x, end.middle
    bend = min((x2 - x1) / 2, _GAP / 2)
    # Level until just before the end, so that the arrow of a short lane runs along its own row.
    path = f"M{x1:.1f} {y1:.1f}L{x2 - 2 * bend:.1f} {y1:.1f}C{x2 - bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    label = f'<text class="w" x="{x1 + 6:.1f}" y="{y1 - 5:.1f}">{_text(text)}</text>' if text else ""
    return f'<path class="a" d="{path}"/>{label}'


def _down(above: _Placed, below: _Placed) -> str:
    x = above.x + above.width / 2
    return f'<path class="a" d="M{x:.1f} {above.y + above.height:.1f}L{x:.1f} {below.y:.1f}"/>'


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _text(text: str) -> str:
    return escape("\n".join(clean(line) for line in text.split("\n")), {'"': "&quot;"})
