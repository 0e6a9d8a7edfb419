"""Writes down edits of the exchange around the data: operations, parameters, bodies, headers, sign-in, addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from schemas.engine.ledger import REQUEST, RESPONSE, Draft, Ledger
from schemas.engine.names import address
from schemas.openapi.description import Description, Operation
from schemas.rules import Level, rule

if TYPE_CHECKING:
    from schemas.document import Json


class Scribe:
    """Knows both descriptions, and puts drafts into one ledger."""

    def __init__(self, old: Description, new: Description, ledger: Ledger) -> None:
        self.old, self.new, self.ledger = old, new, ledger

    def operation(
        self, rule_id: str, old: Operation | None, new: Operation | None, message: str, *, before: Json = None, after: Json = None
    ) -> None:
        """An edit of a whole operation, which hits both ways."""
        named = old or new
        assert named is not None
        self.note(
            rule_id,
            (named,),
            message,
            where=named.key,
            at=new.at if new else named.at,
            it=named.key,
            before=before if before is not None or new else _outline(old),
            after=after if after is not None or old else _outline(new),
        )

    def note(
        self,
        rule_id: str,
        operations: Iterable[Operation],
        message: str,
        *,
        at: str,
        gone: bool = False,
        where: str = "",
        it: str,
        what: str = "",
        before: Json = None,
        after: Json = None,
        sides: Iterable[str] = (REQUEST, RESPONSE),
        request: Level | None = None,
        response: Level | None = None,
        members: tuple[str, ...] = (),
    ) -> None:
        """An edit at pointer `at` of the new description, or of the old one where it is `gone`."""
        row = rule(rule_id)
        book = self.old.book if gone else self.new.book
        self.ledger.note(
            Draft(
                rule=rule_id,
                address=where or address(at, book.aliases),
                pointer=at,
                gone=gone,
                message=message,
                it=it,
                what=what,
                members=members,
                before=before,
                after=after,
                request=row.request if request is None else request,
                response=row.response if response is None else response,
                guaranteed=False,
                operations={operation.key for operation in operations},
            ),
            sides,
        )


def _outline(operation: Operation | None) -> Json:
    if operation is None:
        return None
    named = operation.raw.get("operationId", operation.raw.get("summary"))
    return {"operationId": named} if isinstance(named, str) else {"path": operation.path}
