"""A plugin installed for these tests only, found the way any installed plugin is found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import plugins


@pytest.fixture(autouse=True)
def invented_plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "plugin"))
    plugins.kinds.cache_clear()
    yield
    plugins.kinds.cache_clear()
    sys.modules.pop("invented", None)
