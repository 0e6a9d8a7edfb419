"""A YAML file as a tree that remembers where everything stands.

The strict reading: YAML 1.2 scalars (`no`, `on` and `12:30` are strings), no duplicate keys, no tags, no merge keys, caps on
size, depth and what aliases may expand to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from monitor.config.problem import ConfigError, Mark, Problem

MAX_CHARACTERS = 4 * 1024 * 1024
MAX_NODES = 200_000
MAX_DEPTH = 64

Path: TypeAlias = tuple[str | int, ...]
Value: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A single value. `reference` is the `env:` or `file:` text a resolved value came from, None for a literal."""

    value: Value
    mark: Mark
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """A mapping. `keys` has the place of each key."""

    entries: Mapping[str, Node]
    keys: Mapping[str, Mark]
    mark: Mark

    def merged(self, other: Entries) -> Entries:
        """With the entries of `other` that are not here yet, each keeping its own place."""
        return Entries(entries={**other.entries, **self.entries}, keys={**other.keys, **self.keys}, mark=self.mark)

    def only(self, names: Iterator[str] | frozenset[str]) -> Entries:
        """With no other entries than those named."""
        kept = frozenset(names)
        return Entries(
            entries={name: node for name, node in self.entries.items() if name in kept},
            keys={name: mark for name, mark in self.keys.items() if name in kept},
            mark=self.mark,
        )


Node: TypeAlias = Scalar | Items | Entries


def parse(text: str, file: str) -> tuple[Node, list[Problem]]:
    """The tree of `text`, and the problems that do not stop it from being one (duplicate keys, keys that are no words).

    An empty file is an empty mapping. Raises `ConfigError` when the text is not YAML or breaks a cap.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigError([Problem(mark=Mark(file=file), text=f"is longer than {MAX_CHARACTERS} characters")])
    try:
        root = _Loader(text).get_single_node()
    except _Refused as refused:
        raise ConfigError([Problem(mark=_mark(refused.at, file), text=refused.text, hint=refused.hint)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        begun = error.context_mark
        hint = f"it begins on line {begun.line + 1}" if begun is not None and mark is not None and begun.line != mark.line else ""
        raise ConfigError([Problem(mark=_mark(mark, file), text=f"not YAML: {what}", hint=hint)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError([Problem(mark=Mark(file=file, line=line, column=1), text=f"not YAML: {error.reason}")]) from None
    except RecursionError:
        raise ConfigError([Problem(mark=Mark(file=file), text=f"is nested deeper than {MAX_DEPTH} levels")]) from None
    if root is None:
        return Entries(entries={}, keys={}, mark=Mark(file=file, line=1, column=1)), []
    reading = _Reading(file)
    return reading.node(root, depth=0), reading.problems


def plain(node: Node) -> object:
    """The tree as dicts, lists and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def child(node: Node, step: str | int) -> Node | None:
    """One step down, None where the tree has no such place."""
    if isinstance(node, Entries):
        return node.entries.get(str(step))
    if isinstance(node, Items) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


class _Refused(Exception):
    """Raised from inside PyYAML's composer; never leaves this module."""

    def __init__(self, at: yaml.Mark, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.at = at
        self.text = text
        self.hint = hint


class _Loader(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, yaml.resolver.BaseResolver):
    """PyYAML up to its node graph: no implicit types and no tags, so that only `_scalar` below decides what a word is."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # because types-PyYAML leaves the parser untyped
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _Refused(event.start_mark, f"the YAML tag {tag} is not allowed here", "write the plain value")
        return super().compose_node(parent, index)


class _Reading:
    """One pass over the node graph, counting what aliases expand to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.nodes = 0

    def node(self, node: yaml.Node, *, depth: int) -> Node:
        mark = _mark(node.start_mark, self.file)
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise ConfigError([Problem(mark=mark, text=f"is nested deeper than {MAX_DEPTH} levels")])
        if self.nodes > MAX_NODES:
            raise ConfigError([Problem(mark=mark, text=f"expands to more than {MAX_NODES} values", hint="use fewer aliases")])
        if isinstance(node, yaml.ScalarNode):
            return Scalar(value=_scalar(node), mark=mark)
        if isinstance(node, yaml.SequenceNode):
            return Items(items=tuple(self.node(item, depth=depth + 1) for item in node.value), mark=mark)
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            at = _mark(key_node.start_mark, self.file)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(
                    Problem(mark=at, text="a key must be a single word", hint="quote a value that starts with { or [")
                )
                continue
            key = str(key_node.value)
            if key == "<<" and key_node.style is None:
                self.problems.append(
                    Problem(
                        mark=at, text="merge keys (<<) are not supported", hint="write what targets share on their integration"
                    )
                )
            elif key in entries:
                self.problems.append(
                    Problem(mark=at, text=f"the key {key!r} stands here twice", hint=f"first on line {keys[key].line}")
                )
            else:
                entries[key] = self.node(value_node, depth=depth + 1)
                keys[key] = at
        return Entries(entries=entries, keys=keys, mark=mark)


_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Value] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
"""YAML 1.2.2, section 10.3.2 (the core schema); infinities and NaN stay strings, nothing here is one."""


def _scalar(node: yaml.ScalarNode) -> Value:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 40:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if _FLOAT.fullmatch(text) else text


def _mark(mark: yaml.Mark | None, file: str) -> Mark:
    return Mark(file=file, line=mark.line + 1, column=mark.column + 1) if mark is not None else Mark(file=file)
