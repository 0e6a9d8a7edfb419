"""A pydantic model over a tree: the value, or problems that say where the file is wrong and which word was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.expected import kinds, mark_of, prepared, words
from monitor.config.problem import Mark, Problem
from monitor.config.reference import scrub
from monitor.config.tree import Entries, Items, Node, Path, Scalar, child
from monitor.nearest import meant_by, nearest

M = TypeVar("M", bound=BaseModel)

_QUOTED = re.compile(r"'([^']*)'")


def validate(
    model: type[M], node: Node, problems: list[Problem], *, at: Mark | None = None, also: Iterable[str] = ()
) -> M | None:
    """The model's value, None with the reasons added to `problems`.

    `at` is the place to point to where something is missing (default the start of `node`). `also` are further keys that
    are valid beside the model's own, for the hint at an unknown one.
    """
    plain, early = prepared(model, node)
    try:
        value = model.model_validate(plain)
    except ValidationError as error:
        # What is wrong already (a reference that leads nowhere) is told once, not again for what follows from it.
        told = {problem.mark for problem in (*problems, *early)}
        follow = list(_told(model, node, error, told, at or node.mark, frozenset(also), known=not told.isdisjoint(_marks(node))))
        early.extend(follow)
        problems.extend(early)
        return None
    problems.extend(early)
    return None if early else value


def _marks(node: Node) -> Iterator[Mark]:
    """Where everything in it stands."""
    yield node.mark
    children: Iterable[Node] = ()
    if isinstance(node, Items):
        children = node.items
    elif isinstance(node, Entries):
        children = node.entries.values()
    for each in children:
        yield from _marks(each)


def _told(
    model: type[BaseModel],
    node: Node,
    error: ValidationError,
    told: set[Mark],
    at: Mark,
    also: frozenset[str],
    *,
    known: bool,
) -> Iterator[Problem]:
    """The problems behind pydantic's errors, without those that only follow from another. `known`: something is wrong already, so
    that what does not fit together may be no more than what stands in for it."""
    errors = [each for each in error.errors(include_url=False, include_input=False) if each["loc"] or not known]
    found = [(details, _problem(model, node, details, at, also)) for details in errors]
    meant = {(details["loc"][:-1], problem.hint) for details, problem in found if details["type"] == "extra_forbidden"}
    for details, problem in found:
        if details["type"] == "missing":
            if (details["loc"][:-1], meant_by(str(details["loc"][-1]))) not in meant:
                yield problem
        elif problem.mark not in told:
            yield problem
            if details["type"] != "extra_forbidden":
                told.add(problem.mark)  # the branches of a union each complain: the first is enough


def _problem(model: type[BaseModel], node: Node, details: ErrorDetails, at: Mark, also: frozenset[str]) -> Problem:
    path: Path = details["loc"]
    kind = details["type"]
    if kind == "missing":
        mark = mark_of(node, path[:-1]) if len(path) > 1 else at
        return Problem(mark=mark, text=f"{path[-1]!r} is missing")
    mark = mark_of(node, path) if path else at
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _kind(kinds(model, path, node), _reached(node, path)[1], mark)
    if kind == "extra_forbidden":
        valid = words(model, path[:-1], node) | (also if len(path) == 1 else frozenset())
        return Problem(mark=mark, text=f"unknown key {str(path[-1])!r}", hint=nearest(str(path[-1]), valid))
    place, value = _reached(node, path)
    name = f"{place!r} " if place else ""
    if isinstance(value, Scalar) and kind in ("enum", "literal_error"):
        expected = str((details.get("ctx") or {}).get("expected", ""))
        written = value.reference or repr(value.value)
        return Problem(
            mark=value.mark, text=f"{name}cannot be {written}", hint=nearest(str(value.value), _QUOTED.findall(expected))
        )
    text = scrub(_said(details["msg"], name), value)
    if kind == "string_type" and isinstance(value, Scalar) and value.reference is None and value.value is not None:
        return Problem(mark=value.mark, text=text, hint="write it in quotes")
    if isinstance(value, Scalar):
        mark = value.mark
    return Problem(mark=mark, text=text)


def _kind(valid: tuple[str, ...], node: Node, mark: Mark) -> Problem:
    written = child(node, "kind")
    if not isinstance(written, Scalar):
        return Problem(mark=mark, text="'kind' is missing", hint=f"valid: {', '.join(valid)}")
    text = f"'kind' cannot be {written.reference or repr(written.value)}"
    return Problem(mark=written.mark, text=text, hint=nearest(str(written.value), valid))


def _said(message: str, name: str) -> str:
    """Pydantic's words in ours: `Input should be greater than 0` becomes `'every' must be greater than 0`."""
    message = message.partition("\n")[0]
    subject, should, demand = message.partition(" should ")
    if should and subject.isalpha():
        return f"{name or 'this '}must {demand}"
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"{name.strip()}: {message}" if name else message


def _reached(node: Node, path: Path) -> tuple[str, Node]:
    """The last key on the way that the file has, and what stands there."""
    place = ""
    for step in path:
        below = child(node, step)
        if below is not None:
            if isinstance(node, Entries):
                place = str(step)
            node = below
    return place, node
