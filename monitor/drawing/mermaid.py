"""The matrix as a Mermaid flowchart, for wikis and pull requests."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.drawing.chart import Box, Chart


def write(chart: Chart) -> str:
    """The text of the flowchart, with a line break at its end. Names in it can do nothing: everything special is escaped."""
    return "\n".join(_lines(chart)) + "\n"


def _lines(chart: Chart) -> Iterator[str]:
    yield "flowchart LR"
    for index, rule in enumerate(chart.rules):
        yield f"    r{index}{{{{{_label(rule)}}}}}"
    places = {row.name: place for place, row in enumerate(chart.rows)}
    for place, row in enumerate(chart.rows):
        yield f"    l{place}[{_label(row.head)}]"
        before = f"l{place}"
        for number, level in enumerate(row.levels, start=1):
            here = f"l{place}n{number}"
            arrow = f"-- {_text(row.climbs)} -->" if number > 1 and row.climbs else "-->"
            if number == 1 or row.climbs:
                yield f"    {before} {arrow} {here}({_label(level)})"
            else:
                yield f"    {here}({_label(level)})"
            before = here
        if chart.ends and row.climbs:
            yield f"    {before} -- {_text(row.climbs)} --> e0"
        elif chart.ends:
            yield f"    {before} -. if nobody is there .-> e0"
    for index, end in enumerate(chart.ends):
        yield f"    e{index}([{_label(end)}])"
    if len(chart.ends) > 1:
        yield "    e0 -. if they cannot be reached .-> e1"
    for rule_index, lane in chart.leads:
        yield f"    r{rule_index} --> l{places[lane]}"


def _label(box: Box) -> str:
    return '"' + "<br/>".join(_text(line) for line in (box.title, *box.lines)) + '"'


def _text(text: str) -> str:
    """Mermaid has entity codes of its own; a plain letter, figure or common mark stands for itself."""
    return "".join(each if each.isalnum() or each in " .,:-_/()+@" else f"#{ord(each)};" for each in text)
