"""Two descriptions in, findings out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from schemas.engine.acquit import acquit
from schemas.engine.ledger import Ledger
from schemas.engine.same import same
from schemas.engine.taint import Taint
from schemas.engine.walk import Walk
from schemas.lens import Proof
from schemas.openapi import access, lifecycle, servers
from schemas.openapi.description import Description, Operation
from schemas.openapi.edit import Scribe
from schemas.openapi.exchange import compare_exchange
from schemas.openapi.passing import pass_answers, written_alike
from schemas.openapi.reach import Reach
from schemas.pointer import _Missing
from schemas.proof.show import WORK, Shower

if TYPE_CHECKING:
    from datetime import date

    from schemas.change import Finding
    from schemas.lens import Lens
    from schemas.proof.witness import Judge

SMALL = 1_000_000
"""Bytes of both descriptions together up to which values are always looked for that show the edits."""


def compare(old: Description, new: Description, lens: Lens) -> Iterable[Finding]:
    """One finding an edit, in any order."""
    if old.dialect == new.dialect and same(old.book.root, new.book.root):
        return ()  # also where references lead nowhere, of which nothing could be proven
    taint = Taint(old.definitions, new.definitions)
    ledger = Ledger()
    walk = Walk(old.reader, new.reader, taint, ledger)
    scribe = Scribe(old, new, ledger)
    pairs = pair_operations(scribe, old, new, lens.today)
    servers.compare(scribe, pairs)
    access.compare(scribe, pairs)
    for before, after in pairs:
        lifecycle.compare(scribe, before, after)
        if _may_differ(taint, old, new, before, after) and not pass_answers(walk, old, new, before, after):
            compare_exchange(walk, scribe, before, after)
    _definitions(walk, old, new)
    walk.run()
    acquit(walk, ledger)
    return ledger.findings(
        lens, Reach(old, new, taint).operations, lambda at: _line(old, new, at), _shower(walk, old, new, lens).show
    )


def _shower(walk: Walk, old: Description, new: Description, lens: Lens) -> Shower:
    def judges() -> tuple[Judge, Judge]:
        from schemas.openapi.judge import judge  # with its validator, only where something is to be shown

        return judge(old), judge(new)

    small = old.size + new.size <= SMALL
    return Shower(walk, judges, work=WORK if small or lens.proof is Proof.ALWAYS else 0)


def _line(old: Description, new: Description, at: str) -> int | None:
    home = old if isinstance(new.book.find(at), _Missing) else new
    return home.lines.of(at)


def _may_differ(taint: Taint, old: Description, new: Description, before: Operation, after: Operation) -> bool:
    if not written_alike(old, new, before, after):
        return True
    if old.swagger and any(not same(old.root.get(word), new.root.get(word)) for word in ("consumes", "produces")):
        return True
    return taint.reaches(after.text) or taint.reaches(after.shared)


def pair_operations(scribe: Scribe, old: Description, new: Description, today: date | None) -> list[tuple[Operation, Operation]]:
    """Operations that belong together, by method and path template; those that came or went are reported."""
    pairs = []
    for incoming, before, after in ((False, old.operations, new.operations), (True, old.webhooks, new.webhooks)):
        found, gone, come = _match(before, after, old, new)
        pairs.extend(found)
        moved = _moved(gone, come)
        for operation in gone:
            to = moved.get(operation.key)
            if to is not None:
                scribe.operation("op.moved", operation, None, f"{operation.key} moved to {to.key}")
            elif incoming:
                scribe.operation("op.webhook-removed", operation, None, f"webhook {operation.key} was removed")
            else:
                lifecycle.removed(scribe, operation, today)
        for operation in come:
            if operation not in moved.values():
                scribe.operation("op.added", None, operation, f"{operation.key} was added")
    return pairs


def _match(
    before: dict[str, Operation], after: dict[str, Operation], old: Description, new: Description
) -> tuple[list[tuple[Operation, Operation]], list[Operation], list[Operation]]:
    left = dict(after)
    pairs, gone = [], []
    waiting = []
    for key, operation in before.items():
        if key in left:
            pairs.append((operation, left.pop(key)))
        else:
            waiting.append(operation)
    for base_old, base_new in (("", ""), (servers.base_path(old), servers.base_path(new))):
        candidates: dict[tuple[str, str], list[Operation]] = {}
        for operation in left.values():
            candidates.setdefault((operation.method, base_new + operation.template), []).append(operation)
        still = []
        for operation in waiting:
            twins = candidates.get((operation.method, base_old + operation.template))
            if twins:
                twin = twins.pop(0)
                pairs.append((operation, twin))
                del left[twin.key]
            else:
                still.append(operation)
        waiting = still
    gone = waiting
    return pairs, gone, list(left.values())


def _moved(gone: list[Operation], come: list[Operation]) -> dict[str, Operation]:
    """One-to-one moves: the same non-trivial content under another method or path."""
    if not gone or not come:
        return {}
    by_content: dict[bytes, tuple[list[Operation], list[Operation]]] = {}
    for side, operations in enumerate((gone, come)):
        for operation in operations:
            content = {name: operation.raw[name] for name in ("parameters", "requestBody", "responses") if name in operation.raw}
            raw = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
            if b"schema" in raw:
                by_content.setdefault(raw, ([], []))[side].append(operation)
    return {a[0].key: b[0] for a, b in by_content.values() if len(a) == len(b) == 1}


def _definitions(walk: Walk, old: Description, new: Description) -> None:
    """A description without any operation is a library of definitions: each is judged both ways."""
    from schemas.engine.ledger import REQUEST, RESPONSE, Way
    from schemas.engine.taint import units

    if old.operations or new.operations or old.webhooks or new.webhooks:
        return
    before, after = units(old.book.root), units(new.book.root)
    for at, raw in before.items():
        if at in after and ("/schemas/" in at or at.startswith("/definitions/")):
            for side in (REQUEST, RESPONSE):
                walk.push(old.book.node(at, raw), new.book.node(at, after[at]), Way(side), at)
