"""Operations that are written alike on both sides: straight to the definitions that their answers place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from schemas.engine.ledger import ERROR, RESPONSE, Way
from schemas.engine.names import is_definition
from schemas.engine.same import same
from schemas.engine.taint import places_only, refs
from schemas.openapi.reach import success

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.engine.walk import Walk
    from schemas.openapi.description import Description, Operation

_LOOSE = (b"xml", b'"text/', b"form")


def written_alike(old: Description, new: Description, before: Operation, after: Operation) -> bool:
    """Whether an operation, with the parameters of its path, says the same in both descriptions, references unfollowed."""
    return (
        old.dialect == new.dialect
        # Parameters go by name; the path says which of them stands where.
        and before.variables == after.variables
        and (before.text == after.text or same(dict(before.raw), dict(after.raw)))
        and (before.shared == after.shared or same(before.item.get("parameters"), after.item.get("parameters")))
    )


def pass_answers(walk: Walk, old: Description, new: Description, before: Operation, after: Operation) -> bool:
    """Push what the answers of an unchanged operation refer to; False if the operation has to be read after all."""
    if before.incoming or old.swagger or not written_alike(old, new, before, after):
        return False
    asked = [value for name, value in after.raw.items() if name != "responses"]
    if walk.taint.reaches(after.shared) or walk.taint.reaches(orjson.dumps(asked)):
        return False
    told = after.raw.get("responses")
    responses = told if isinstance(told, dict) else {}
    answers: list[tuple[str, str]] = []
    for status, raw in responses.items():
        written = orjson.dumps(raw)
        hit = [ref for ref in refs(written) if walk.taint.hits(ref)]
        if not hit:
            continue
        if any(mark in written for mark in _LOOSE) or not places_only(written, siblings=old.dialect.siblings):
            return False
        if not all(walk.taint.stands(ref) and is_definition(ref[1:]) and ref.startswith("#/components/schemas/") for ref in hit):
            return False
        answers.extend((ref, RESPONSE if success(status, responses) else ERROR) for ref in hit)
    for ref, side in answers:
        target: Json = {"$ref": ref}
        walk.push(old.book.node(before.at, target), new.book.node(after.at, target), Way(side), after.at)
    return True
