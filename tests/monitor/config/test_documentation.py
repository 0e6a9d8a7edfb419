"""The reference in docs/ is what the models say."""

from __future__ import annotations

from pathlib import Path

from monitor.config.documentation import reference

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_reference_is_current() -> None:
    assert PAGE.read_text("utf-8") == reference(), "write it anew: python -m monitor.config.documentation > docs/configuration.md"


def test_installed_plugins_do_not_get_into_the_reference() -> None:
    assert "parcel" not in reference()
