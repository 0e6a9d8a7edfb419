"""Whatever the file holds: a configuration or a `ConfigError`, never anything else, and never a secret in the words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import ConfigError, load
from tests.examples import examples

GOOD = """\
environment: production
store: sqlite:///x.db
web: {listen: "127.0.0.1:8321"}
probing: {concurrency: 64, deadline: 30s}
defaults: {every: 15m, confirm_after: 60s, policy: consumer}
integrations:
  parcels:
    criticality: core
    vendor_contact: {support: "https://help.example.com"}
    auth: {kind: login, user: ana, password: "env:TOKEN"}
    targets:
      a: {kind: parcel, url: "https://example.com", shelves: [top], usage: {fields: [Label.id]}, patience: 3s}
customers: {acme: {zone: Europe/Berlin, depends_on: [parcels]}}
channels: {gong: {kind: gong, token: "env:TOKEN", volume: 3}}
matrix:
  contacts: {ana: {email: ana@example.com}}
  lanes: {sync: {mode: primary, levels: [{contact: ana}]}}
  rules: [{when: {impact: breaking}, lanes: [sync]}]
  last_resort: ana
"""
WORDS = (
    "null",
    "5",
    "-1",
    "1.5",
    "true",
    "[]",
    "{}",
    "[[]]",
    "x",
    "''",
    "15m",
    "env:TOKEN",
    "env:NOPE",
    "{kind: gong}",
    "&a [*a]",
    "!!x y",
)
NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "url", "a", "targets"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def loads_or_refuses(file: Path) -> None:
    said: ConfigError | None = None
    try:
        load(file, {"TOKEN": "s3cr3t-canary"})
    except ConfigError as error:
        said = error
    if said is not None:
        assert said.problems
        assert "s3cr3t-canary" not in str(said)
        assert all(problem.text and problem.mark.file for problem in said.problems)


def test_the_file_all_this_starts_from_is_good(tmp_path: Path) -> None:
    (tmp_path / "driftpager.yml").write_text(GOOD)
    assert load(tmp_path / "driftpager.yml", {"TOKEN": "s3cr3t-canary"}).targets


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(75))
@given(line=st.integers(0, GOOD.count("\n") - 1), at=st.integers(0, 100), word=st.sampled_from(WORDS))
def test_any_value_in_any_place_loads_or_is_refused(tmp_path: Path, line: int, at: int, word: str) -> None:
    lines = GOOD.splitlines()
    key, colon, _ = lines[line].partition(":")
    places = [index for index, letter in enumerate(lines[line]) if letter in ":,{["] or [0]
    cut = places[at % len(places)] + 1
    lines[line] = f"{lines[line][:cut]} {word}" if at % 2 else f"{key}{colon} {word}"
    (tmp_path / "driftpager.yml").write_text("\n".join(lines))
    loads_or_refuses(tmp_path / "driftpager.yml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_load_or_are_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "driftpager.yml").write_bytes(raw)
    loads_or_refuses(tmp_path / "driftpager.yml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(section=st.sampled_from(["integrations", "customers", "channels", "matrix", "web", "usage"]), value=NODES)
def test_any_structure_in_a_section_loads_or_is_refused(tmp_path: Path, section: str, value: object) -> None:
    (tmp_path / "driftpager.yml").write_text(json.dumps({section: value}))
    loads_or_refuses(tmp_path / "driftpager.yml")


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 5_000, "- " * 20_000, "? " * 20_000, "a: " * 1000, "&a " * 1000])
def test_deep_nesting_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "driftpager.yml").write_text(text)
    with pytest.raises(ConfigError):
        load(tmp_path / "driftpager.yml", {})
