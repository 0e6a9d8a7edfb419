"""What was learned, as bytes: a document of its own, to be kept as a baseline and grown by each answer.

The form, in JSON with sorted names, so that equal knowledge is equal bytes:
`{"driftpager": "learned-shape", "version": 1, "answers": N, "shape": S}`, where S has `seen` and `kinds` (kind to count),
and where there is something to tell `fields` (name to S), `values` (S, of a map), `folded` (true where these came from names as
well), `items` (S) and `domain` (text to count).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.errors import Unreadable
from schemas.infer import MAX_DEPTH, Shape, merge, observe
from schemas.samples.answers import answers
from schemas.samples.published import is_description, is_schema

_MARK = "learned-shape"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The shape of that many answers. `published` is the document where it looks like a schema of answers and not like one."""

    answers: int
    shape: Shape
    published: Mapping[str, Any] | None = None


def read(content: bytes) -> Learned:
    """What the document teaches, be it learned already, one answer or several; raises `Unreadable`."""
    found, many = answers(content)
    if len(found) == 1 and not many and isinstance(found[0], dict) and found[0].get("driftpager") == _MARK:
        return _known(found[0])
    shape = observe(found[0])
    for answer in found[1:]:
        shape = merge(shape, observe(answer))
    said = found[0]
    published = said if not many and isinstance(said, dict) and (is_schema(said) or is_description(said)) else None
    return Learned(answers=len(found), shape=shape, published=published)


def learn(learned: bytes | None, answer: bytes) -> bytes:
    """What is known after one more answer, as bytes. `learned` None starts afresh. Raises `Unreadable`, on either."""
    more = read(answer)
    if learned is not None:
        known = read(learned)
        more = Learned(answers=known.answers + more.answers, shape=merge(known.shape, more.shape))
    return dump(more)


def dump(learned: Learned) -> bytes:
    """The document's bytes, the same for the same knowledge."""
    value = {"driftpager": _MARK, "version": _VERSION, "answers": learned.answers, "shape": _dumped(learned.shape)}
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _dumped(shape: Shape) -> dict[str, Any]:
    out: dict[str, Any] = {"seen": shape.seen, "kinds": dict(shape.kinds)}
    if shape.fields:
        out["fields"] = {name: _dumped(member) for name, member in shape.fields.items()}
    if shape.values is not None:
        out["values"] = _dumped(shape.values)
    if shape.folded:
        out["folded"] = True
    if shape.items is not None:
        out["items"] = _dumped(shape.items)
    if shape.domain is not None:
        out["domain"] = dict(shape.domain)
    return out


def _known(value: dict[str, Any]) -> Learned:
    if value.get("version") != _VERSION:
        raise Unreadable("a learned shape of another version of driftpager", where="/version", hint="learn it afresh")
    return Learned(answers=_count(value.get("answers"), "/answers"), shape=_shape(value.get("shape"), "/shape", 0))


def _shape(value: Any, where: str, depth: int) -> Shape:
    if not isinstance(value, dict) or not isinstance(value.get("kinds"), dict):
        raise Unreadable("not a learned shape: an object with `seen` and `kinds` is missing", where=where)
    if depth > MAX_DEPTH:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
    fields = value.get("fields", {})
    if not isinstance(fields, dict):
        raise Unreadable("not a learned shape: `fields` is no object", where=f"{where}/fields")
    domain = value.get("domain")
    if domain is not None and not isinstance(domain, dict):
        raise Unreadable("not a learned shape: `domain` is no object", where=f"{where}/domain")
    return Shape(
        domain=None if domain is None else {text: _count(domain[text], f"{where}/domain") for text in sorted(domain)},
        seen=_count(value.get("seen"), f"{where}/seen"),
        kinds={kind: _count(count, f"{where}/kinds") for kind, count in sorted(value["kinds"].items())},
        fields={name: _shape(member, f"{where}/fields", depth + 1) for name, member in sorted(fields.items())},
        values=_shape(value["values"], f"{where}/values", depth + 1) if "values" in value else None,
        folded=value.get("folded") is True,
        items=_shape(value["items"], f"{where}/items", depth + 1) if "items" in value else None,
    )


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Unreadable("not a learned shape: a count is no whole number", where=where)
    return value
