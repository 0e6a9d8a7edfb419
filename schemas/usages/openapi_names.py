"""Declared names and recorded calls, met with an API description: which operations and members they use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from schemas.engine.names import definition
from schemas.engine.taint import refs, unit_of, units
from schemas.openapi.bodies import covering
from schemas.openapi.parts import body, parameters, responses
from schemas.openapi.servers import addresses
from schemas.pointer import unescape
from schemas.usage import Proven, Usage
from schemas.usages.paths import Templates
from schemas.usages.recorded import ANYTHING, Call, Shape, Understood
from schemas.usages.trace import Trace, name_of

if TYPE_CHECKING:
    from schemas.openapi.description import Body, Description, Media, Operation, Parameter, Response

MAX_VARIED = 500
"""Calls of one operation that differ in names or shape and are looked into; what more of them would show is merely not proven."""

_UNKNOWN_OPERATION = "the description has no such operation"
_UNKNOWN_NAME = "the description has no such member"
_SCHEMAS = ("schemas", "definitions", "$defs")
_VARIABLE = re.compile(r"\{[^{}]*\}")
_LOCAL = re.compile(r"(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)(?::\d+)?")


def meet(usage: Usage, description: Description) -> Understood:
    """What `usage` means here. Declared use of which nothing is found here is no declaration; it may be misspelt."""
    names = _Names(description)
    operations, lost = names.declared_operations(usage.operations)
    fields, objects, unknown = names.declared_fields(usage.fields, usage.objects)
    proven, uncalled, matched = names.called(usage.calls)
    met = bool(operations) or len(unknown) < len(usage.fields) + len(usage.objects)
    return Understood(
        usage=Usage(
            operations=operations if met else frozenset(),
            fields=usage.fields | fields if met else frozenset(),
            objects=usage.objects | objects if met else frozenset(),
            proven=Proven(operations=usage.proven.operations | proven.operations, fields=usage.proven.fields | proven.fields),
        ),
        unmatched=(*((each, _UNKNOWN_OPERATION) for each in lost), *((each, _UNKNOWN_NAME) for each in unknown), *uncalled),
        matched=matched,
    )


class _Names:
    """One description's operations and members by name."""

    def __init__(self, description: Description) -> None:
        self._description = description
        found = (*description.operations.values(), *description.webhooks.values())
        self._operations = {operation.key: operation for operation in found}
        self._templates = Templates((operation.path, operation) for operation in description.operations.values())
        self._parts: dict[str, tuple[dict[tuple[str, str], Parameter], Body | None, Mapping[str, Response]]] = {}
        self._units = units(dict(description.root))
        # Schemas last: of two definitions with one name they are the one that has members.
        ordered = sorted(self._units, key=lambda unit: unit.split("/")[2 if unit.startswith("/components") else 1] in _SCHEMAS)
        self._by_name = {unescape(unit.rpartition("/")[2]).casefold(): unit for unit in ordered}
        self._bases = sorted(_bases(description), key=lambda pair: -len(pair[1]))

    def declared_operations(self, named: Iterable[str]) -> tuple[frozenset[str], list[str]]:
        """The keys of the operations that are meant, and what means none. `GET /orders/17` means `GET /orders/{id}`."""
        keys, lost = set(), []
        for each in sorted(named):
            method, _, path = each.partition(" ")
            operation = self._operations.get(each) or self._operation(method, "", path)
            if operation is None:
                lost.append(each)
            else:
                keys.add(operation.key)
        return frozenset(keys), lost

    def declared_fields(self, fields: Iterable[str], objects: Iterable[str]) -> tuple[frozenset[str], frozenset[str], list[str]]:
        """`Order.customer.name` also means `Customer.name`, where `customer` refers to it. A name that leads to an object
        means an unknown part of it, and of all it refers to: these come second."""
        trace, unknown, found = Trace(self._description.book, certain=False), [], set[str]()
        for each in sorted(fields):
            unit, path = self._split(each)
            if unit is None:
                if not any(each.startswith(f"{key}.") for key in self._operations):
                    unknown.append(each)
                continue
            steps = [step for step in path.removesuffix("*").split(".") if step]
            shape = Shape(ANYTHING)
            for step in reversed(steps):
                shape = Shape(ANYTHING, ((step, shape),))
            names = trace.names(self._description.book.node(unit, self._units[unit]), shape)
            if steps and not any(name.rpartition(".")[2].casefold() == steps[-1].casefold() for name in names):
                unknown.append(each)
            found |= names
        named = {self._by_name[each.casefold()] for each in objects if each.casefold() in self._by_name}
        unknown.extend(sorted(each for each in objects if each.casefold() not in self._by_name))
        around = self._below(named | trace.reached) | trace.reached
        return frozenset(found), frozenset(name_of(unit, {}) for unit in around), unknown

    def _split(self, name: str) -> tuple[str | None, str]:
        """The definition that a dotted name starts with, and the rest; a definition's own name may hold dots."""
        steps = name.split(".")
        for count in range(len(steps) - 1, 0, -1):
            unit = self._by_name.get(".".join(steps[:count]).casefold())
            if unit is not None:
                return unit, ".".join(steps[count:])
        return None, ""

    def _below(self, start: set[str]) -> set[str]:
        """The definitions that these refer to, and those that they refer to."""
        seen, waiting = set[str](), list(start)
        while waiting:
            written = orjson.dumps(self._units.get(waiting.pop()))
            new = {unit for ref in refs(written) if (unit := unit_of(ref)) is not None} - seen - start
            seen |= new
            waiting.extend(new)
        return seen

    def called(self, calls: Iterable[Call]) -> tuple[Proven, list[tuple[str, str]], int]:
        """What the calls prove, those that are of no operation with the reason, and how many are of one."""
        trace, lost, matched = Trace(self._description.book, certain=True), Counter[tuple[str, str]](), 0
        operations, fields, seen = set[str](), set[str](), set[Call]()
        varied = Counter[str]()
        for call in calls:
            operation = self._operation(call.method, call.origin, call.path)
            if operation is None:
                lost[self._why_not(call)] += 1
                continue
            matched += 1
            operations.add(operation.key)
            said = replace(call, method=operation.key, path="", origin="", source="", label="")
            if said not in seen and varied[operation.key] < MAX_VARIED:
                seen.add(said)
                varied[operation.key] += 1
                fields |= self._members(trace, operation, call)
        told = [(f"{what} ({count} times)" if count > 1 else what, why) for (what, why), count in sorted(lost.items())]
        return Proven(operations=frozenset(operations), fields=frozenset(fields)), told, matched

    def _operation(self, method: str, origin: str, path: str) -> Operation | None:
        """The operation that a call is of."""
        for each in self._templated(origin, path):
            if each.method.lower() == method.lower():
                return each
        return None

    def _templated(self, origin: str, path: str) -> list[Operation]:
        """Operations whose template the path fits, below a base address of the description, or as it stands."""
        paths = [path[len(base) :] or "/" for host, base in self._bases if _same_host(origin, host) and _below(path, base)]
        if not origin or not self._hosts or _LOCAL.fullmatch(origin.partition("://")[2]):
            paths.append(path)
        return [operation for each in dict.fromkeys(paths) for operation in self._templates.matches(each)]

    @property
    def _hosts(self) -> list[str]:
        return sorted({host for host, _ in self._bases if host})

    def _why_not(self, call: Call) -> tuple[str, str]:
        hosts = self._hosts
        if call.origin and hosts and not any(_same_host(call.origin, host) for host in hosts):
            local = _LOCAL.fullmatch(call.origin.partition("://")[2])
            if not local:
                return f"calls of {call.origin}", f"no address of the service ({', '.join(hosts[:3])})"
        known = sorted({operation.method.upper() for operation in self._templated(call.origin, call.path)})
        if known:
            return call.shown, f"the description has only {', '.join(known)} there"
        return call.shown, "the description has no such path"

    def _members(self, trace: Trace, operation: Operation, call: Call) -> set[str]:
        """What of the operation the call uses: parameters, and members of the bodies that went and came."""
        description, found = self._description, set[str]()
        if operation.key not in self._parts:
            described = parameters(description, operation), body(description, operation), responses(description, operation)
            self._parts[operation.key] = described
        taken, takes, answers = self._parts[operation.key]
        passed = {("query", name.partition("[")[0]) for name in call.query} | {("query", name) for name in call.query}
        passed |= {("header", name) for name in call.headers}
        for (location, label), parameter in taken.items():
            if location == "path" or (location, label) in passed or (location, label.removesuffix("[]")) in passed:
                found.add(f"{operation.key}.{parameter.name}")
                if definition(parameter.schema_at) is not None:
                    found.add(name_of(parameter.schema_at, description.book.labels))
        if takes is not None and call.sent is not None:
            found |= _traced(trace, takes.media, call.sent_type, call.sent)
        if call.got is not None and call.status:
            status = next((s for s in (str(call.status), f"{call.status // 100}XX", "DEFAULT") if s in answers), None)
            if status is not None:
                found |= _traced(trace, answers[status].media, call.got_type, call.got)
        return found


def _traced(trace: Trace, offered: Mapping[str, Media], media_type: str, shape: Shape) -> frozenset[str]:
    match = covering(media_type, offered) if media_type else None
    if match is None:
        # `application/json` and `application/problem+json` carry alike; of one described type there is no other to be meant.
        alike = [name for name in offered if "json" in name and "json" in media_type] or list(offered)
        match = alike[0] if len(alike) == 1 else None
    return trace.names(offered[match].node, shape) if match is not None else frozenset()


def _bases(description: Description) -> set[tuple[str, str]]:
    """Host (empty for any) and base path of every address in the description."""
    urls = list(addresses(description))
    for operation in description.operations.values():
        own = operation.raw.get("servers", operation.item.get("servers"))
        urls.extend(addresses(description, own) if own is not None else ())
    found = set()
    for url in urls:
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        found.add((parts.netloc, parts.path.rstrip("/")))
    return found


def _same_host(origin: str, host: str) -> bool:
    """Whether the recorded origin is the described host; `{region}.example.com` is any. Without a host on one side, yes."""
    if not origin or not host:
        return True
    pattern = r"[^./]+".join(re.escape(part) for part in _VARIABLE.split(host))
    return re.fullmatch(pattern, origin.partition("://")[2].removesuffix(":443").removesuffix(":80")) is not None


def _below(path: str, base: str) -> bool:
    if not base:
        return True
    return path == base or path.startswith(f"{base}/")
