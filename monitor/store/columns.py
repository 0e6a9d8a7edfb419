"""How single values are stored: moments, lines of text, and whole domain values as JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from monitor.store.errors import NaiveTime

T = TypeVar("T")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Number = BigInteger().with_variant(Integer, "sqlite")
"""A counted key. SQLite counts only a column whose type is exactly INTEGER."""


class Moment(TypeDecorator[datetime]):
    """Aware in, aware UTC out, to the microsecond. A naive moment is refused: SQLite would take it, and lie later."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise NaiveTime(f"{value!r} has no zone; give the store aware datetimes")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Line(TypeDecorator[str]):
    """Text that may come from a vendor. NUL and lone surrogates, which no database holds, become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def _plain(value: object) -> object:
    """What the adapter reads back of the few kinds that JSON has not."""
    match value:
        case date():  # a moment is one too
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case frozenset() | set():
            return sorted(value)
    raise TypeError(f"a {type(value).__name__} is no stored value")


class Codec(Generic[T]):
    """A domain value as ASCII JSON text and back, by its annotations. Unknown fields are ignored, missing ones take defaults."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        # Built at first use: commands that touch no store of their kind do not pay for it.
        return TypeAdapter(self._kind)

    def encode(self, value: T) -> str:
        # Escaped to ASCII, so that NUL and lone surrogates in a vendor's text survive in every database. Pydantic's own JSON
        # mode refuses the latter in the keys of an object.
        return json.dumps(self._adapter.dump_python(value), separators=(",", ":"), default=_plain)

    def decode(self, text: str) -> T:
        return self._adapter.validate_python(json.loads(text))
