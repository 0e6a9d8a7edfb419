"""How to look at a pair of schemas: in which direction, by which policy, with which usage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.change import Direction
from schemas.usage import Usage


class Policy(StrEnum):
    """Which table of levels applies. `consumer` is the catalogue as printed."""

    CONSUMER = "consumer"
    STRICT_CODEGEN = "strict-codegen"
    LENIENT_READER = "lenient-reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What `compare` needs to know besides the two documents. The default judges both directions for an undeclared use."""

    direction: Direction = Direction.BOTH
    policy: Policy = Policy.CONSUMER
    usage: Usage = Usage()
