"""One small bad file per mistake, each with the exact message in its first comment lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import plugins
from monitor.config import ConfigError, load
from monitor.plugins import Family

BAD = Path(__file__).parent / "bad"
ENVIRON = {
    "TOKEN": "s3cr3t-canary",
    "EMPTY": "",
    "SIGNING": "whsec_" + "A" * 32,
    "FLOW": "https://prod.logic.azure.com/?sig=s3cr3t-canary",
}


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


@pytest.mark.parametrize("name", [*sorted(p.name for p in BAD.glob("*unknown-key*.yml")), "common-key-misspelt.yml"])
def test_the_place_named_is_where_the_word_stands(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(BAD / name, ENVIRON)
    for problem in refused.value.problems:
        word = problem.text.split("'")[1]
        line = (BAD / name).read_text().splitlines()[problem.mark.line - 1]
        assert line[problem.mark.column - 1 :].startswith(word)


def test_every_mistake_of_a_file_is_told_at_once_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "driftpager.yml"
    file.write_text(
        "defaults: {every: soon}\n"
        "integrations:\n"
        "  parcels:\n"
        "    criticality: corre\n"
        "    targets:\n"
        "      a: {kind: parcle}\n"
        "      b: {kind: parcel, retries: 10, rusch: true}\n"
        "channels: {gong: {kind: gong, token: env:NOWHERE}}\n"
        "customers: {acme: {depends_on: [parcel]}}\n"
    )
    with pytest.raises(ConfigError) as refused:
        load(file, ENVIRON)
    assert [problem.mark.line for problem in refused.value.problems] == [1, 4, 6, 7, 7, 7, 8, 9]


def test_a_folder_in_place_of_a_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, ENVIRON)
    assert f"{tmp_path}: cannot be read: Is a directory" == str(refused.value)
