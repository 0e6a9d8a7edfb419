"""A mapping whose values are made when somebody asks: most members of most objects never change, and nobody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from schemas.document import Json

V = TypeVar("V")


class Lazy(Mapping[str, V]):
    """`raws` by name, and what `make(name, raw)` makes of each on first use."""

    __slots__ = ("_made", "_make", "raws")

    def __init__(self, raws: Mapping[str, Json], make: Callable[[str, Json], V]) -> None:
        self.raws = raws
        self._make = make
        self._made: dict[str, V] = {}

    def __getitem__(self, name: str) -> V:
        if name not in self._made:
            self._made[name] = self._make(name, self.raws[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.raws)

    def __len__(self) -> int:
        return len(self.raws)

    def __contains__(self, name: object) -> bool:
        return name in self.raws
