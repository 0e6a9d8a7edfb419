"""One small bad file per mistake, each with the exact message in its first comment lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import plugins
from monitor.config import ConfigError, load
from monitor.plugins import Family

BAD = Path(__file__).parent / "bad"
ENVIRON = {"TOKEN": "s3cr3t-canary", "EMPTY": ""}


def expected(file: Path) -> list[str]:
    """The messages a bad file asks for: its leading comments. `{...}` are filled in; a place without a file is this one's."""
    said = []
    for line in file.read_bytes().decode("utf-8", "replace").splitlines():
        if not line.startswith("# "):
            break
        text = line.removeprefix("# ")
        text = text.replace("{probes}", ", ".join(plugins.kinds(Family.PROBE)))
        text = text.replace("{channels}", ", ".join(plugins.kinds(Family.CHANNEL)))
        text = text.replace("{folder}", str(file.parent))
        if not text.startswith("/"):
            text = f"{file}:{text}" if text[0].isdigit() else f"{file}: {text}"
        said.append(text)
    return said


@pytest.mark.parametrize("name", sorted(str(p.relative_to(BAD)) for p in BAD.rglob("*.yml") if p.name != "escalation.yml"))
def test_a_bad_file_is_refused_with_exactly_these_words(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(BAD / name, ENVIRON)
    assert expected(BAD / name) == str(refused.value).splitlines()
    assert "s3cr3t-canary" not in str(refused.value)
