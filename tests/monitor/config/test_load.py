"""What a good file says, once it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from alerts.priority import Criticality, Priority
from monitor.config import Config, ConfigError, Target, load
from schemas.lens import Policy

GONG = 'channels: {gong: {kind: gong, token: "env:TOKEN"}}\n'
Load = Callable[..., Config]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def load_text(text: str, environ: Mapping[str, str] | None = None) -> Config:
        file = tmp_path / "driftpager.yml"
        file.write_text(GONG + text)
        return load(file, {"TOKEN": "t0ken", **(environ or {})})

    return load_text


def only_target(config: Config) -> Target:
    (target,) = config.targets
    return target


def target(text: str) -> str:
    return f'integrations: {{parcels: {{targets: {{a: {{kind: parcel, url: "https://example.com", {text}}}}}}}}}\n'


def test_a_file_with_one_channel_is_enough_and_has_the_documented_defaults(loaded: Load, tmp_path: Path) -> None:
    config = loaded("")
    assert config.environment == "production"
    assert f"sqlite:///{tmp_path}/driftpager.db" == config.store
    assert (config.web.listen, config.web.url) == ("127.0.0.1:8321", None)
    assert (config.probing.concurrency, config.probing.per_host, config.probing.child_over) == (64, 4, 262144)
    assert not config.probing.private_networks
    assert timedelta(minutes=15) == config.defaults.every
    assert Priority.P3 is config.paging_floor


def test_without_a_matrix_every_channel_with_a_destination_of_its_own_is_in_one_lane(loaded: Load) -> None:
    config = loaded("")
    assert {name: lane.channels for name, lane in config.matrix.lanes.items()} == {"on-call": ("gong",)}


def test_a_target_takes_its_cadence_from_itself_then_its_integration_then_the_defaults(loaded: Load) -> None:
    config = loaded(
        "defaults: {every: 5m, confirm_after: 10s, policy: strict-codegen}\n"
        "integrations:\n"
        "  parcels:\n"
        "    every: 2h\n"
        "    policy: lenient-reader\n"
        "    targets:\n"
        '      own: {kind: parcel, url: "https://example.com", every: 1h30m}\n'
        '      shared: {kind: parcel, url: "https://example.com"}\n'
    )
    own, shared = config.targets
    assert [timedelta(minutes=90), timedelta(hours=2)] == [own.every, shared.every]
    assert [timedelta(seconds=10)] * 2 == [own.confirm_after, shared.confirm_after]
    assert [own.policy, shared.policy] == [Policy.LENIENT_READER] * 2


def test_a_block_of_objects_is_one_target_each_under_the_full_name(loaded: Load) -> None:
    config = loaded(target("shelves: [top, low], usage: {fields: [Label.id]}, paused: true"))
    assert [target.name for target in config.targets] == ["parcels/a/top", "parcels/a/low"]
    assert [getattr(target.probe, "shelves", None) for target in config.targets[1:]] == [("low",)]
    assert all(target.usage.fields == {"Label.id"} and target.paused for target in config.targets)


def test_what_stands_on_an_integration_reaches_each_target_that_takes_it(loaded: Load) -> None:
    config = loaded(
        "integrations:\n"
        "  parcels:\n"
        "    criticality: core\n"
        "    owner: logistics\n"
        "    vendor_contact: {support: https://help.example.com}\n"
        '    auth: {kind: key, secret: "env:TOKEN"}\n'
        "    patience: 3s\n"
        "    targets:\n"
        '      a: {kind: parcel, url: "https://example.com"}\n'
        '      b: {kind: parcel, url: "https://example.com", patience: 4s}\n'
    )
    a, b = (cast("Any", target.probe) for target in config.targets)
    assert a.auth.secret.get_secret_value() == "t0ken"
    assert [timedelta(seconds=3), timedelta(seconds=4)] == [getattr(probe, "patience", None) for probe in (a, b)]
    integration = config.integrations["parcels"]
    assert (integration.criticality, integration.owner) == (Criticality.CORE, "logistics")
    assert integration.vendor_contact == {"support": "https://help.example.com"}


def test_the_format_is_the_targets_own_or_else_what_its_kind_says(loaded: Load) -> None:
    assert only_target(loaded(target("rush: true"))).format == "sample"
    assert only_target(loaded(target("format: openapi"))).format == "openapi"


@pytest.mark.parametrize("word", ["no", "on", "yes", "12:30:45", "1_000", "0755", "=", "2026-11-23", ".inf", "0b1"])
def test_words_that_older_yaml_takes_for_something_else_stay_words(loaded: Load, word: str) -> None:
    config = loaded(f"customers: {{acme: {{tier: '{word}'}}, other: {{tier: x}}}}\nenvironment: production\n")
    assert word == config.customers[0].tier
    if word != "0755":  # digits alone are a number in YAML 1.2 too
        assert word == loaded(f"customers: {{acme: {{tier: {word}}}}}\n").customers[0].tier


def test_true_null_and_numbers_are_what_yaml_1_2_says(loaded: Load) -> None:
    config = loaded("probing: {private_networks: true, per_host: 0x10, concurrency: 0o17}\nweb: {url: null}\n")
    assert (config.probing.private_networks, config.probing.per_host, config.probing.concurrency) == (True, 16, 15)
    assert config.web.url is None


def test_a_reference_works_wherever_text_does_and_is_a_whole_file_without_its_last_line_break(
    loaded: Load, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("two\nlines\n")
    config = loaded(
        target('auth: {kind: login, user: "env:WHO", password: "file:password"}, retries: "env:RETRIES"'),
        {"WHO": "ana", "RETRIES": "4"},
    )
    probe = only_target(config).probe
    login: Any = getattr(probe, "auth", None)
    assert ("ana", SecretStr("two\nlines"), 4) == (login.user, login.password, getattr(probe, "retries", None))


def test_a_file_url_is_no_reference(loaded: Load) -> None:
    config = loaded(target("text: 'file:///etc/hostname'"))
    assert getattr(only_target(config).probe, "wording", None) == "file:///etc/hostname"


def test_a_configuration_never_shows_its_secrets(loaded: Load) -> None:
    config = loaded('store: "env:STORE"\n', {"STORE": "postgresql://drift:s3cr3t@db/drift"})
    assert config.store == "postgresql://drift:s3cr3t@db/drift"
    assert "s3cr3t" not in repr(config)
    assert "t0ken" not in repr(config)


def test_probing_defaults_reach_the_targets_that_have_them(loaded: Load) -> None:
    config = loaded(
        "probing: {private_networks: true, deadline: 7s}\n"
        'integrations: {docs: {targets: {a: {kind: http, url: "https://example.com/openapi.json"}}}}\n'
    )
    probe = only_target(config).probe
    assert (True, timedelta(seconds=7)) == (getattr(probe, "private", None), getattr(probe, "deadline", None))


def test_paths_are_relative_to_the_file_they_stand_in(loaded: Load, tmp_path: Path) -> None:
    config = loaded("integrations: {docs: {targets: {a: {kind: file, path: api/openapi.json}}}}\n")
    assert tmp_path / "api" / "openapi.json" == getattr(only_target(config).probe, "path", None)


def test_a_matrix_file_is_read_from_beside_the_configuration(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "escalation.yml").write_text(
        "contacts: {ana: {email: ana@example.com}}\n"
        "lanes: {sync: {levels: [{contact: ana}]}}\n"
        "rules: [{when: {impact: breaking}, lanes: [sync]}]\n"
        "last_resort: ana\n"
        "paging_floor: P2\n"
    )
    config = loaded("matrix: {file: escalation.yml}\n")
    assert list(config.matrix.lanes) == ["sync"]
    assert Priority.P2 is config.paging_floor


def test_customers_may_be_named_as_people_write_them(loaded: Load) -> None:
    config = loaded(
        "integrations: {parcels: {}}\n"
        "customers:\n  ACME Corp.: {tier: gold, high_value: true, zone: Asia/Tokyo, depends_on: [parcels, 'parcels:Label.id']}\n"
    )
    (customer,) = config.customers
    assert (customer.name, customer.tier, customer.high_value, customer.zone) == ("ACME Corp.", "gold", True, "Asia/Tokyo")
    assert customer.depends_on == ("parcels", "parcels:Label.id")


def test_the_same_file_gives_an_equal_configuration(loaded: Load) -> None:
    text = target("shelves: [top], usage: {operations: ['GET /labels']}")
    assert loaded(text) == loaded(text)


def test_a_value_by_reference_never_stands_in_an_error(loaded: Load) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded('store: "env:STORE"\nenvironment: "env:STORE"\n', {"STORE": "s3cr3t/canary"})
    assert "s3cr3t" not in str(refused.value)
    assert len(refused.value.problems) == 2


def test_a_secret_of_several_lines_put_in_the_wrong_place_is_not_repeated_either(loaded: Load) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded('integrations: {a: {targets: {b: {kind: "env:KEY"}}}}\n', {"KEY": "-----BEGIN\nabcdefgh\n-----END"})
    assert "abcdefgh" not in str(refused.value)
    assert "unknown kind of probe 'env:KEY'" in str(refused.value)


def test_queries_say_what_is_used(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "a.soql").write_text("SELECT Id, Industry FROM Account WHERE Name = 'x'")
    (tmp_path / "queries" / "b.soql").write_text("SELECT Amount FROM Opportunity")
    usage = only_target(loaded(target("usage: {fields: [Lead.Id], soql: 'queries/*.soql'}"))).usage
    assert {"Lead.Id", "Account.Industry", "Account.Name", "Opportunity.Amount"} <= usage.fields


def test_a_query_that_is_none_names_its_file(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "a.soql").write_text("UPDATE Account")
    with pytest.raises(ConfigError, match=r"the query file .*a\.soql: not a SOQL query"):
        loaded(target("usage: {soql: a.soql}"))


@pytest.mark.parametrize("pattern", ["/", "./", "**foo", "none/*.soql"])
def test_a_pattern_that_names_no_file_is_told(loaded: Load, pattern: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"no file matches '{pattern}'")):
        loaded(target(f"usage: {{soql: '{pattern}'}}"))


def test_overrides_add_up_the_nearest_first_and_the_nearest_base_counts(loaded: Load) -> None:
    config = loaded(
        "defaults:\n"
        "  policy: {base: lenient-reader, overrides: [{rule: 'null.*', level: safe, because: everywhere}]}\n"
        "integrations:\n"
        "  parcels:\n"
        "    policy: {base: strict-codegen, overrides: [{address: 'beta/**', level: safe, because: vendor}]}\n"
        "    targets:\n"
        "      more:\n"
        "        kind: parcel\n"
        "        url: https://example.com\n"
        "        policy: {overrides: [{rule: null.added, level: risky, because: own}]}\n"
        "      name: {kind: parcel, url: 'https://example.com', policy: consumer}\n"
        "      none: {kind: parcel, url: 'https://example.com'}\n"
    )
    said = [(str(target.policy), [ruling.override.because for ruling in target.rulings]) for target in config.targets]
    assert said == [
        ("strict-codegen", ["own", "vendor", "everywhere"]),
        ("consumer", ["vendor", "everywhere"]),
        ("strict-codegen", ["vendor", "everywhere"]),
    ]


def test_an_override_holds_through_its_last_day_in_utc_and_no_longer(loaded: Load) -> None:
    config = loaded(target("policy: {overrides: [{rule: null.added, level: safe, because: x, until: 2027-01-31}]}"))
    lenses = [
        only_target(config).lens(datetime.fromisoformat(moment))
        for moment in ("2027-01-31T23:59:59+00:00", "2027-02-01T00:30:00+02:00", "2027-02-01T00:00:00+00:00")
    ]
    assert [len(lens.overrides) for lens in lenses] == [1, 1, 0]
    assert lenses[0].hash != lenses[2].hash
