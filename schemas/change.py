"""What differs, and how bad it is for us: the words every other package speaks of a schema in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from schemas.document import Json


class Impact(IntEnum):
    """How a change hits a consumer. Ordered: the worst of several is their `max`."""

    SAFE = 0
    RISKY = 1
    BREAKING = 2

    def __str__(self) -> str:
        return self.name.lower()


class Direction(StrEnum):
    """`request` is what we send, `response` what we read."""

    REQUEST = "request"
    RESPONSE = "response"
    BOTH = "both"


class Use(StrEnum):
    """Whether our side uses what changed.

    `coarse`: only the object or the operation around it is declared. `undeclared`: this target has no usage at all.
    """

    USED = "used"
    UNUSED = "unused"
    COARSE = "coarse"
    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the changed thing is written: an RFC 6901 pointer, and a line (from 1) where the text has lines to tell.

    The pointer leads into the new document, or into the old one where the thing is gone; into its first file, or into the
    `part` of it that is named.
    """

    pointer: str = ""
    line: int | None = None
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """That an override of our own set the level: the one it `was` by the rules, why, and its last day if it has one."""

    was: Impact
    because: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One edit of a schema, judged once.

    `rule` is a stable id of the catalogue such as `property.removed`; the part before the first dot is its subject.
    `impact` is the worse of `request` and `response`, each None where the direction does not apply.
    `address` names the changed thing where it is *defined*, stable over both sides: `Account.Industry`,
    `schemas/payment_intent/properties/charges`, `POST /v1/orders`.
    `members` are the short dotted names people use for it (`payment_intent.charges`), matched against declared usage.
    `message` says what changed in one line; `consequence` what that means for us, in one line.
    `before` and `after` are small JSON fragments of the two sides, None where a side has nothing.
    `operations` it reaches, as `METHOD /path` (OpenAPI) or a root field (GraphQL), sorted.
    `ours` are those among them that our side is declared or shown to call; empty where that is not known, or none of them.
    `witness` is a small JSON value that one side accepts and the other does not, where one was confirmed.
    `notice` marks a safe change worth telling (deprecations). `before_hash` and `after_hash` identify both sides.
    `adjusted` tells where an override of the policy moved the level, None where it is the rule's own.
    """

    rule: str
    impact: Impact
    address: str
    message: str
    consequence: str = ""
    request: Impact | None = None
    response: Impact | None = None
    members: tuple[str, ...] = ()
    before: Json = None
    after: Json = None
    source: Source = Source()
    operations: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    use: Use = Use.UNDECLARED
    witness: Json = None
    notice: bool = False
    before_hash: str = ""
    after_hash: str = ""
    adjusted: Adjusted | None = None

    @property
    def subject(self) -> str:
        """The rule's subject, `property` of `property.removed`: with integration and address it names the cause."""
        return self.rule.partition(".")[0]
