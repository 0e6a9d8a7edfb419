"""What every section of `driftpager.yml` is made of."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from monitor.nearest import nearest


class Written(BaseModel):
    """What all sections share: frozen, unknown keys refused, the text under a field is its description."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@cache
def _zones() -> frozenset[str]:
    """Read from a folder, which takes 30 ms, and every customer may name one."""
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is no time zone; {nearest(name, _zones())}")
    return name


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("a reason is needed, in words")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Said = Annotated[str, Field(max_length=500), AfterValidator(_said)]
