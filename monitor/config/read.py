"""One configuration file, read and with its references resolved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.config.problem import ConfigError, Mark, Problem
from monitor.config.reference import resolve
from monitor.config.tree import MAX_CHARACTERS, Entries, Node, parse


def read(path: Path, environ: Mapping[str, str], problems: list[Problem]) -> Entries:
    """The mapping in `path`; adds the problems that leave it one. Raises `ConfigError` where it is none at all."""
    text = _text(path)
    root, found = parse(text, str(path))
    problems.extend(found)
    if not isinstance(root, Entries):
        raise ConfigError([*problems, Problem(mark=root.mark, text="the file must be a mapping of keys to values")])
    resolved, missing = resolve(root, environ, path.parent)
    problems.extend(missing)
    assert isinstance(resolved, Entries)
    return resolved


def _text(path: Path) -> str:
    mark = Mark(file=str(path))
    try:
        with path.open("rb") as handle:
            raw = handle.read(4 * MAX_CHARACTERS + 1)
    except FileNotFoundError:
        raise ConfigError(
            [Problem(mark=mark, text="there is no such file", hint="`driftpager init` writes one to start from")]
        ) from None
    except OSError as error:
        raise ConfigError([Problem(mark=mark, text=f"cannot be read: {error.strerror}")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        at = Mark(file=str(path), line=line, column=error.start - raw.rfind(b"\n", 0, error.start))
        raise ConfigError([Problem(mark=at, text="is not UTF-8 text", hint="save the file as UTF-8")]) from None


def as_mapping(node: Node | None, what: str, problems: list[Problem]) -> Entries | None:
    """`node` if it is a mapping; None where it is absent or empty, and None with a problem where it is something else."""
    if node is None or isinstance(node, Entries):
        return node
    if getattr(node, "value", "") is not None:
        problems.append(Problem(mark=node.mark, text=f"{what} must be a mapping of names to settings"))
    return None
