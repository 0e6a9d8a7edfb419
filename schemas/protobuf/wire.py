"""Whether bytes written for one type are read by another: the wire groups of the encoding."""

from __future__ import annotations

from enum import IntEnum

from schemas.protobuf.model import Count, Enum, Field, Message, Schema

_GROUPS = {
    **dict.fromkeys(("int32", "uint32", "int64", "uint64", "bool", "enum"), "varint"),
    **dict.fromkeys(("sint32", "sint64"), "zigzag"),
    **dict.fromkeys(("fixed32", "sfixed32"), "four bytes"),
    **dict.fromkeys(("fixed64", "sfixed64"), "eight bytes"),
    **dict.fromkeys(("string", "bytes"), "text"),
}
_BYTES_OR_MESSAGE = frozenset({"bytes", "message"})


class Fit(IntEnum):
    """How a type fits where another stood. `GROUP`: it parses, but may mean another thing. Ordered: the worst is the `max`."""

    SAME = 0
    GROUP = 1
    OUTSIDE = 2


class Wire:
    """Fits between two schemas. Definitions of the same name fit: what changed inside of one is reported there."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def fit(self, old: Field, new: Field) -> Fit:
        """Of two fields' types, a map's keys and values included. How often they stand there is not looked at."""
        return self._all([(old, new)])

    def messages(self, old: str, new: str) -> Fit:
        """Of two messages by name."""
        waiting: list[tuple[Field, Field]] = []
        return max(self._named(old, new, waiting), self._all(waiting))

    def _all(self, waiting: list[tuple[Field, Field]]) -> Fit:
        """The worst of all pairs of fields that are reached; each pair of messages is entered once, so cycles end."""
        worst, seen = Fit.SAME, set[tuple[str, str]]()
        while waiting and worst is not Fit.OUTSIDE:
            old, new = waiting.pop()
            worst = max(worst, self._one(old, new))
            pair = (old.named, new.named)
            if "message" in (old.type, new.type) and all(pair) and pair not in seen:
                seen.add(pair)
                worst = max(worst, self._named(*pair, waiting))
        return worst

    def _one(self, old: Field, new: Field) -> Fit:
        if bool(old.key) != bool(new.key):
            return self._map_or_message(old, new)
        return max(self._types(old.key, new.key), self._types(old.type, new.type, old.named, new.named))

    def _types(self, old: str, new: str, old_name: str = "", new_name: str = "") -> Fit:
        if "unknown" in (old, new):
            return self._unknown(old, new, old_name, new_name)
        if old == new:
            return self._enums(old_name, new_name) if old == "enum" else Fit.SAME
        if _GROUPS.get(old, old) == _GROUPS.get(new, new) or {old, new} == _BYTES_OR_MESSAGE:
            return Fit.GROUP
        return Fit.OUTSIDE

    def _unknown(self, old: str, new: str, old_name: str, new_name: str) -> Fit:
        """A type whose file is not there is a message or an enum, and known by its name alone."""
        if old_name and new_name:
            same = old_name == new_name or old_name.endswith(f".{new_name}") or new_name.endswith(f".{old_name}")
            return Fit.SAME if same else Fit.GROUP
        scalar = new if old == "unknown" else old
        return Fit.GROUP if _GROUPS.get(scalar) == "varint" or scalar == "bytes" else Fit.OUTSIDE

    def _enums(self, old: str, new: str) -> Fit:
        if old == new:
            return Fit.SAME
        before, after = self._old.enums.get(old, Enum(name="", package="")), self._new.enums.get(new, Enum(name="", package=""))
        return Fit.SAME if before.values == after.values else Fit.GROUP

    def _map_or_message(self, old: Field, new: Field) -> Fit:
        """A map is written as a repeated message of a key, 1, and a value, 2."""
        mapped, other, side = (old, new, self._new) if old.key else (new, old, self._old)
        parts = side.messages.get(other.named, Message(name="", package="")).fields
        if set(parts) != {1, 2}:
            return Fit.OUTSIDE
        alike = parts[1].type == mapped.key and (parts[2].type, parts[2].named) == (mapped.type, mapped.named)
        return Fit.GROUP if alike else Fit.OUTSIDE

    def _named(self, old: str, new: str, waiting: list[tuple[Field, Field]]) -> Fit:
        """Of two messages themselves; their fields are put among the `waiting`."""
        before, after = self._old.messages.get(old), self._new.messages.get(new)
        if old == new or before is None or after is None:
            return Fit.SAME
        worst = Fit.SAME if set(before.fields) == set(after.fields) else Fit.GROUP
        for number, field in before.fields.items():
            other = after.fields.get(number)
            if other is None or field.count is not other.count:
                return Fit.OUTSIDE
            if field.name != other.name:
                worst = max(worst, Fit.GROUP)
            waiting.append((field, other))
        added = [field for number, field in after.fields.items() if number not in before.fields]
        return Fit.OUTSIDE if any(field.count is Count.REQUIRED for field in added) else worst
