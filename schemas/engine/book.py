"""One parsed document: where its references lead, and what its places are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

import orjson

from schemas import pointer
from schemas.model import ANY, Node

if TYPE_CHECKING:
    from schemas.document import Json

ANNOTATIONS = frozenset(
    [
        "title",
        "description",
        "summary",
        "example",
        "examples",
        "$comment",
        "externalDocs",
        "xml",
        "$schema",
        "$id",
        "id",
        "$anchor",
        "$dynamicAnchor",
        "definitions",
        "$defs",
        "$vocabulary",
    ]
)
"""Members of a schema that never change what it accepts. Unknown `x-` members are annotations too."""

_LEADING = frozenset(("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf"))
"""Members without which a schema stands for itself."""

MAX_HOPS = 50
"""References to references that are followed before a chain counts as leading nowhere."""

UNRESOLVED = "unresolved:"
"""A node's key starts with this where its reference leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How schemas are written here. `contract` is true for API descriptions, whose conventions are looser than a validator's:
    a format is part of the type, `nullable` wins over an enum without null, `allOf` parts may each close their own members."""

    name: str
    contract: bool
    siblings: bool
    nullable: bool = False
    id_member: str | None = None
    unknown: frozenset[str] = frozenset()
    """Keywords of other drafts, which mean nothing in this one."""


class Book:
    """A document with its dialect. Lookups are cached; the tree is never changed."""

    def __init__(self, root: Json, dialect: Dialect) -> None:
        self.root = root
        self.dialect = dialect
        self._found: dict[str, Any] = {}
        self._refs: dict[tuple[str, str], str | None] = {}
        self._ids: dict[str, str] | None = None
        self._bases: list[tuple[str, str]] = []
        self.aliases: dict[str, str] = {}
        """Stable addresses of places whose pointer is not: operations, and parameters, which stand in lists."""
        self.labels: dict[str, str] = {}
        """What people call a place that is no member of a schema."""

    def find(self, at: str) -> Json | pointer._Missing:
        """What stands at the pointer, or `MISSING`."""
        if at not in self._found:
            self._found[at] = pointer.find(self.root, at)
        found: Json | pointer._Missing = self._found[at]
        return found

    def node(self, at: str, raw: Json) -> Node:
        """The place that the schema `raw`, written at `at`, describes: references are followed to what they name."""
        if isinstance(raw, dict) and _LEADING.isdisjoint(raw):
            return Node((at,), (raw,)) if raw else ANY
        start = at
        for _ in range(MAX_HOPS):
            wrapped = self._only_a_wrapper(raw)
            if wrapped is not None and isinstance(raw, dict):
                at, raw = f"{at}/{wrapped}/0", raw[wrapped][0]  # type: ignore[index]  # checked by _only_a_wrapper
                continue
            ref = self._only_a_reference(raw)
            if ref is None:
                return ANY if raw is True or raw == {} else Node((at,), (raw,))
            target = self.resolve(ref, at)
            found = self.find(target) if target is not None else pointer.MISSING
            if target is None or isinstance(found, pointer._Missing):
                return Node((f"{UNRESOLVED}{ref}",), ({"$ref": ref},))
            at, raw = target, found
            if at == start:
                break
        return Node((f"{UNRESOLVED}{start}",), ({"$ref": f"#{start}"},))

    def _only_a_wrapper(self, raw: Json) -> str | None:
        """The combinator with a single branch that says all there is to say, if `raw` is one."""
        if not isinstance(raw, dict):
            return None
        said = [member for member in raw if member not in ANNOTATIONS and not member.startswith("x-")]
        if len(said) != 1 or said[0] not in ("allOf", "anyOf", "oneOf"):
            return None
        branches = raw[said[0]]
        return said[0] if isinstance(branches, list) and len(branches) == 1 else None

    def _only_a_reference(self, raw: Json) -> str | None:
        if not isinstance(raw, dict):
            return None
        ref = raw.get("$ref", raw.get("$dynamicRef", raw.get("$recursiveRef")))
        if not isinstance(ref, str):
            return None
        if self.dialect.siblings and len(raw) > 1:
            others = (member for member in raw if member not in ("$ref", "$dynamicRef", "$recursiveRef"))
            if not all(member in ANNOTATIONS or member.startswith("x-") for member in others):
                return None
        return ref

    def reference(self, at: str, raw: Json) -> tuple[str, Json]:
        """For things that are no schemas (parameters, responses): where a `$ref` leads, or the thing itself; None if nowhere."""
        for _ in range(MAX_HOPS):
            if not isinstance(raw, dict) or not isinstance(raw.get("$ref"), str):
                return at, raw
            target = self.resolve(str(raw["$ref"]), at)
            found = self.find(target) if target is not None else pointer.MISSING
            if target is None or isinstance(found, pointer._Missing):
                return at, None
            at, raw = target, found
        return at, None

    def resolve(self, ref: str, at: str) -> str | None:
        """The pointer that `ref`, written at `at`, leads to inside this document; None if it leads out of it."""
        if ref.startswith("#/") and not self._has_ids():
            return pointer.from_fragment(ref[1:])
        if ref in ("#", ""):
            return self._resource(at)[0] if self._has_ids() else ""
        asked = (ref, self._resource(at)[0] if self._has_ids() else "")
        if asked not in self._refs:
            self._refs[asked] = self._look_up(ref, at)
        return self._refs[asked]

    def _look_up(self, ref: str, at: str) -> str | None:
        self._index()
        assert self._ids is not None
        home, base = self._resource(at)
        try:
            url, fragment = urldefrag(ref)
            absolute = urljoin(base, url)
        except ValueError:  # a broken address of a host
            return None
        if url:
            resource = self._ids.get(absolute)
            if resource is None:
                return None
            home, base = resource, absolute
        if not fragment:
            return home
        if fragment.startswith("/"):
            return home + pointer.from_fragment(fragment)
        return self._ids.get(f"{base}#{fragment}")

    def _has_ids(self) -> bool:
        if self._ids is None:
            member = self.dialect.id_member
            if member is None:
                return False
            below = orjson.dumps(self.root).count(f'"{member}":'.encode())
            if isinstance(self.root, dict) and member in self.root:
                below -= 1
            if below <= 0:
                return False
            self._index()
        return len(self._bases) > 1

    def _resource(self, at: str) -> tuple[str, str]:
        """The pointer and base URI of the innermost resource around `at`."""
        for home, base in self._bases:
            if at == home or at.startswith(f"{home}/"):
                return home, base
        return "", ""

    def _index(self) -> None:
        if self._ids is not None:
            return
        ids: dict[str, str] = {"": ""}
        bases: list[tuple[str, str]] = []
        member = self.dialect.id_member or "$id"
        work: list[tuple[str, Json, str]] = [("", self.root, "")]
        while work:
            at, here, base = work.pop()
            if isinstance(here, dict):
                named = here.get(member)
                if isinstance(named, str) and named.startswith("#") and len(named) > 1:
                    ids.setdefault(f"{base}{named}", at)
                elif isinstance(named, str):
                    try:
                        base = urldefrag(urljoin(base, named))[0]
                    except ValueError:
                        base = named
                    ids.setdefault(base, at)
                    bases.append((at, base))
                for anchor in ("$anchor", "$dynamicAnchor"):
                    if isinstance(here.get(anchor), str):
                        ids.setdefault(f"{base}#{here[anchor]}", at)
                work.extend((pointer.join(at, key), value, base) for key, value in here.items() if isinstance(value, dict | list))
            elif isinstance(here, list):
                work.extend((f"{at}/{i}", value, base) for i, value in enumerate(here) if isinstance(value, dict | list))
        if not any(at == "" for at, _ in bases):
            bases.append(("", ""))
        self._ids = ids
        self._bases = sorted(bases, key=lambda found: -len(found[0]))
