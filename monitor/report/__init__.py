"""Findings on paper: one file an output, each a pure function from a `Report` to text.

The text of a vendor's document is hostile: every output escapes it in its own way.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Protocol

from monitor.report.report import Report

__all__ = ["OUTPUTS", "Renderer", "Report", "renderer"]


class Renderer(Protocol):
    """What each module offers as `render`: the whole text, with a final line break."""

    def __call__(self, report: Report) -> str: ...


OUTPUTS: Mapping[str, str] = {
    "text": "monitor.report.text",
    "json": "monitor.report.json",
    "markdown": "monitor.report.markdown",
    "html": "monitor.report.html",
    "junit": "monitor.report.junit",
    "sarif": "monitor.report.sarif",
    "github": "monitor.report.github",
}
"""Output to module, imported on use only: `driftpager diff` starts fast."""


def renderer(output: str) -> Renderer:
    """The renderer of one of `OUTPUTS`."""
    render: Renderer = importlib.import_module(OUTPUTS[output]).render
    return render
