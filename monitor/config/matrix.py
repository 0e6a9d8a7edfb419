"""The escalation matrix: in a file of its own, inline, or the default of one lane over every channel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alerts import matrix_check
from alerts.channels import Channel
from alerts.channels import outlets as outlets_of
from alerts.matrix import Contact, Lane, Level, Matrix, Rule
from alerts.outlets import Outlets
from monitor.config.expected import mark_of
from monitor.config.problem import ConfigError, Mark, Problem
from monitor.config.read import read
from monitor.config.reference import without_values
from monitor.config.tree import Entries, Scalar
from monitor.config.validate import validate
from monitor.config.written import MatrixFile
from monitor.nearest import nearest

ON_CALL = "on-call"
"""The one contact and lane of the default matrix: whoever the channels' own fixed destinations reach."""


def load(
    root: Entries, path: Path, environ: Mapping[str, str], channels: Mapping[str, Channel], problems: list[Problem]
) -> Matrix | None:
    """The matrix of the configuration in `path`, checked against `channels`; None with the reasons in `problems`."""
    outlets = outlets_of(channels)
    node = root.entries.get("matrix")
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return _default(outlets, Mark(file=str(path)), root, problems)
    at = root.keys["matrix"]
    if isinstance(node, Entries) and "file" in node.entries:
        named = validate(MatrixFile, node, problems, at=at)
        if named is None:
            return None
        try:
            node = read(path.parent / named.file, environ, problems)
        except ConfigError as error:
            problems.extend(error.problems)
            return None
        at = Mark(file=node.mark.file)
    matrix = validate(Matrix, node, problems, at=at)
    if matrix is None or _unread(root, channels):
        return None
    for found in matrix_check.validate(matrix, outlets):
        mark = mark_of(node, found.path) if found.path else at
        text = found.text.partition("; known are ")[0]
        told = Problem(mark=mark, text=text, hint=nearest(found.word, found.known) if found.known else "")
        problems.extend(without_values([told], node))
    return matrix


def _default(outlets: Outlets, mark: Mark, root: Entries, problems: list[Problem]) -> Matrix | None:
    fixed = tuple(name for name, outlet in outlets.items() if not outlet.address)
    if fixed:
        lane = Lane(levels=(Level(contact=ON_CALL),), channels=fixed)
        return Matrix(contacts={ON_CALL: Contact()}, lanes={ON_CALL: lane}, rules=(Rule(lanes=(ON_CALL,)),), last_resort=ON_CALL)
    if not _unread(root, outlets):
        if outlets:
            text = "without a matrix nobody is named whom the channels could write to"
            problems.append(
                Problem(mark=mark, text=text, hint="add matrix: with contacts and lanes; `driftpager init` shows one")
            )
        else:
            text = "no channel is configured: nothing could be paged"
            problems.append(Problem(mark=mark, text=text, hint="add one under channels:"))
    return None


def _unread(root: Entries, channels: Mapping[str, object]) -> bool:
    """True if the file has channels that could not be read: then what the matrix says of them cannot be judged."""
    section = root.entries.get("channels")
    return isinstance(section, Entries) and set(section.entries) != set(channels)
