"""Values by reference: `env:NAME` and `file:PATH`, the only way a secret gets into the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from monitor.config.problem import Mark, Problem
from monitor.config.tree import Items, Node, Scalar
from monitor.nearest import nearest

MAX_BYTES = 64 * 1024
SHORTEST = 4
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def resolve(node: Node, environ: Mapping[str, str], folder: Path) -> tuple[Node, list[Problem]]:
    """The tree with every reference replaced by what it names, and a problem for each that names nothing.

    A reference is a whole string that starts with `env:` or `file:` (`file://` is a URL and stays). Paths are relative to
    `folder`; a final line break is not part of a file's value. No problem ever holds a value.
    """
    problems: list[Problem] = []

    def walk(node: Node) -> Node:
        if isinstance(node, Scalar):
            return _scalar(node, environ, folder, problems)
        if isinstance(node, Items):
            return replace(node, items=tuple(walk(item) for item in node.items))
        return replace(node, entries={key: walk(value) for key, value in node.entries.items()})

    return walk(node), problems


def scrub(text: str, node: Node) -> str:
    """`text` without any value that came by reference below `node`: its reference stands in its place."""
    return _replaced(text, _referenced(node))


def without_values(problems: Iterable[Problem], node: Node) -> list[Problem]:
    """The problems with no value that came by reference anywhere in `node` in their words, but for the shortest ones: those
    would blot out ordinary words."""
    values = {value: reference for value, reference in _referenced(node).items() if len(value) >= SHORTEST}
    return [replace(p, text=_replaced(p.text, values), hint=_replaced(p.hint, values)) for p in problems]


def _replaced(text: str, values: Mapping[str, str]) -> str:
    for value, reference in sorted(values.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(value, reference)
    return text


def _referenced(node: Node) -> dict[str, str]:
    if isinstance(node, Scalar):
        if node.reference is None or not node.value:
            return {}
        return dict.fromkeys((str(node.value), repr(node.value)[1:-1]), node.reference)
    below = node.items if isinstance(node, Items) else tuple(node.entries.values())
    found: dict[str, str] = {}
    for each in below:
        found.update(_referenced(each))
    return found


def _scalar(scalar: Scalar, environ: Mapping[str, str], folder: Path, problems: list[Problem]) -> Scalar:
    text = scalar.value
    if not isinstance(text, str):
        return scalar
    if text.startswith("env:"):
        value = _from_environment(text, environ, scalar.mark, problems)
    elif text.startswith("file:") and not text.startswith("file://"):
        value = _from_file(text, folder, scalar.mark, problems)
    else:
        return scalar
    # A missing reference keeps its own text as its value: the rest can still be checked, and `load` fails anyway.
    return replace(scalar, value=text if value is None else value, reference=text)


def _from_environment(text: str, environ: Mapping[str, str], mark: Mark, problems: list[Problem]) -> str | None:
    name = text.removeprefix("env:")
    if not _NAME.fullmatch(name):
        problems.append(Problem(mark=mark, text=f"{text!r} is no reference", hint="write env:NAME"))
        return None
    if name not in environ:
        alike = nearest(name, environ)
        hint = alike if alike.startswith("did you mean") else "set it before starting driftpager"
        problems.append(Problem(mark=mark, text=f"the environment variable {name} is not set", hint=hint))
        return None
    if not environ[name]:
        problems.append(Problem(mark=mark, text=f"the environment variable {name} is empty"))
        return None
    return environ[name]


def _from_file(text: str, folder: Path, mark: Mark, problems: list[Problem]) -> str | None:
    path = folder / text.removeprefix("file:")
    try:
        if not path.is_file():
            problems.append(Problem(mark=mark, text=f"{text}: there is no such file", hint="give a readable file"))
            return None
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
        value = content.decode("utf-8")
    except OSError as error:
        problems.append(Problem(mark=mark, text=f"{text}: cannot be read ({error.strerror or 'input/output error'})"))
        return None
    except ValueError:
        problems.append(Problem(mark=mark, text=f"{text}: is not UTF-8 text"))
        return None
    if len(content) > MAX_BYTES:
        problems.append(Problem(mark=mark, text=f"{text}: is larger than {MAX_BYTES} bytes"))
        return None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        problems.append(Problem(mark=mark, text=f"{text}: is empty"))
        return None
    return value
