"""YAML 1.2, core schema, as API descriptions use it: dates and `no` stay text, keys are text, a key stands once.

PyYAML's C parser gives the events; the tree is built here without recursion, under caps on depth and on what aliases expand to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from schemas.errors import Unreadable

if TYPE_CHECKING:
    from schemas.document import Json

MAX_EXPANDED = 2_000_000
"""Nodes that aliases alone may add to a tree; a bomb passes this in a few lines, real documents stay below a thousandth."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,19}")
_LONG_INT = re.compile(r"[-+]?[0-9]{20,}")
_OCTAL = re.compile(r"0o[0-7]{1,21}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_START = frozenset("+-.0123456789")
_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class _Open:
    """A collection that is still being read: a list, or a mapping waiting for a key or for that key's value."""

    made: list[Any] | dict[str, Any]
    anchor: str | None
    size: int = 1
    key: str | None = None
    merges: list[dict[str, Any]] = field(default_factory=list)


def parse(content: bytes, *, max_depth: int) -> Json:
    """The one document in `content`; raises `Unreadable` with line and column, and nothing else."""
    try:
        return _build(content, max_depth)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(f"not valid YAML: {error.problem or 'cannot be parsed'}", where=_at(mark)) from error
    except (yaml.YAMLError, UnicodeError, ValueError, OverflowError) as error:
        raise Unreadable("not valid YAML or JSON", hint="is the document text in UTF-8?") from error


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _build(content: bytes, max_depth: int) -> Json:
    stack: list[_Open] = []
    anchors: dict[str, tuple[Any, int]] = {}
    expanded = 0
    root: list[Any] = []
    for event in yaml.parse(content, Loader=_LOADER):
        size = 1
        if isinstance(event, yaml.ScalarEvent):
            if stack and isinstance(stack[-1].made, dict) and stack[-1].key is None:
                _take_key(stack[-1], event)
                continue
            value = _scalar(event)
            if event.anchor:
                anchors[event.anchor] = (value, 1)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if stack and isinstance(stack[-1].made, dict) and stack[-1].key is None:
                raise Unreadable("a mapping key that is not text", where=_at(event.start_mark))
            if len(stack) >= max_depth:
                raise Unreadable(f"nested deeper than {max_depth} levels", where=_at(event.start_mark))
            stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor))
            if event.anchor:
                anchors.pop(event.anchor, None)
            continue
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = stack.pop()
            for merged in done.merges:
                assert isinstance(done.made, dict)
                for key, inherited in merged.items():
                    done.made.setdefault(key, inherited)
            value, size = done.made, done.size
            if done.anchor:
                anchors[done.anchor] = (value, size)
        elif isinstance(event, yaml.AliasEvent):
            if stack and isinstance(stack[-1].made, dict) and stack[-1].key is None:
                raise Unreadable("an alias as a mapping key", where=_at(event.start_mark))
            if event.anchor not in anchors:
                raise Unreadable(f"alias *{event.anchor} has no finished anchor before it", where=_at(event.start_mark))
            value, size = anchors[event.anchor]
            expanded += size
            if expanded > MAX_EXPANDED:
                raise Unreadable("aliases expand to too much", where=_at(event.start_mark), hint="an alias bomb?")
        elif isinstance(event, yaml.DocumentStartEvent) and root:
            raise Unreadable("more than one YAML document", where=_at(event.start_mark), hint="serve one document")
        else:
            continue
        if not stack:
            root.append(value)
            continue
        _put(stack[-1], value, size, event)
    if not root:
        raise Unreadable("the document is empty", hint="expected JSON or YAML")
    tree: Json = root[0]
    return tree


def _take_key(into: _Open, event: yaml.ScalarEvent) -> None:
    assert isinstance(into.made, dict)
    key = event.value
    if key in into.made:
        raise Unreadable(f"the key {key!r} stands twice", where=_at(event.start_mark), hint="remove one of the two")
    into.key = key


def _put(into: _Open, value: Any, size: int, event: Any) -> None:
    into.size += size
    if isinstance(into.made, list):
        into.made.append(value)
        return
    key, into.key = into.key, None
    assert key is not None
    if key == "<<" and isinstance(event, yaml.AliasEvent | yaml.SequenceEndEvent):
        merges = value if isinstance(value, list) else [value]
        if all(isinstance(merge, dict) for merge in merges):
            into.merges.extend(merges)
            return
    into.made[key] = value


def _scalar(event: yaml.ScalarEvent) -> Json:
    text: str = event.value
    if event.tag and event.tag.startswith(_TAG):
        kind = event.tag[len(_TAG) :]
        if kind in ("int", "float", "bool", "null"):
            return _resolve(text, event)
        return text
    if event.implicit[0] and not event.style:
        return _resolve(text, event)
    return text


def _resolve(text: str, event: yaml.ScalarEvent) -> Json:
    if text in _NULL:
        return None
    first = text[0]
    if first in "tTfF" and text in _BOOL:
        return _BOOL[text]
    if first not in _NUMBER_START:
        return text
    if _INT.fullmatch(text):
        number = int(text)
        return number if -(1 << 63) <= number < 1 << 64 else float(number)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text) or _LONG_INT.fullmatch(text):
        real = float(text)
        if real in (float("inf"), float("-inf")):
            raise Unreadable("a number too large to hold", where=_at(event.start_mark))
        return real
    if _NOT_FINITE.fullmatch(text):
        raise Unreadable("a number that is not finite", where=_at(event.start_mark), hint="JSON has no infinity or NaN")
    return text
