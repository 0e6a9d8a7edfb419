"""The files that run driftpager: checked by the programs that read them, where these are installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor import config
from monitor.metrics import Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KEY = "R0123456789ABCDEF0123456789ABCDE"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """The program's answer; skips where it is not installed."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def compose() -> dict[str, Any]:
    return loaded(ROOT / "docker-compose.yml")  # type: ignore[no-any-return] # because YAML has no type


def known_series() -> set[str]:
    """Every name that a scrape of driftpager can have."""
    metrics = Metrics()
    metrics.configure(integrations=["i"], channels=["c"], lanes={"l": 1}, version="1")
    return set(re.findall(r"^(\w+)", metrics.exposition().decode(), flags=re.M))


def asked_for(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:driftpager|process)_\w+", expression))


@pytest.mark.parametrize(
    "command",
    [
        ("promtool", "check", "config", "--syntax-only", DEPLOY / "prometheus/prometheus.yml"),
        ("promtool", "check", "rules", DEPLOY / "prometheus/driftpager.rules.yml"),
        ("promtool", "test", "rules", DEPLOY / "prometheus/driftpager.rules.test.yml"),
        ("amtool", "check-config", DEPLOY / "alertmanager/alertmanager.yml"),
        ("sh", "-n", DEPLOY / "make-secrets"),
    ],
    ids=lambda command: f"{command[0]} {command[1]} {Path(command[-1]).name}",
)
def test_the_program_that_reads_a_file_accepts_it(command: tuple[str | Path, ...]) -> None:
    answer = run(*command)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_alert_rules_ask_only_for_what_we_measure() -> None:
    rules = [rule for group in loaded(DEPLOY / "prometheus/driftpager.rules.yml")["groups"] for rule in group["rules"]]
    assert {name for rule in rules for name in asked_for(rule["expr"])} <= known_series()
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "action"} <= set(rule["annotations"])


def test_every_alert_rule_is_seen_to_fire() -> None:
    rules = {rule["alert"] for group in loaded(DEPLOY / "prometheus/driftpager.rules.yml")["groups"] for rule in group["rules"]}
    tested = (DEPLOY / "prometheus/driftpager.rules.test.yml").read_text()
    assert {rule for rule in rules if rule not in tested} == set()


def test_the_dashboard_asks_only_for_what_we_measure() -> None:
    dashboard = json.loads((DEPLOY / "grafana/dashboards/driftpager.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    assert len(expressions) > 20
    assert {name for expression in expressions for name in asked_for(expression)} <= known_series()
    assert all(asked_for(expression) for expression in expressions)


def test_the_dashboard_reads_from_the_provisioned_source() -> None:
    (source,) = loaded(DEPLOY / "grafana/provisioning/datasources/prometheus.yml")["datasources"]
    dashboard = json.loads((DEPLOY / "grafana/dashboards/driftpager.json").read_text())
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"] if panel["type"] != "row"} == {source["uid"]}


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((DEPLOY / "grafana/dashboards/driftpager.json").read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not taken & cells
        taken |= cells


def test_no_service_runs_with_rights_it_does_not_need() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name


def test_every_published_port_is_on_this_machine_alone() -> None:
    for name, service in compose()["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_secrets_are_files_and_never_stand_in_the_environment() -> None:
    services, secrets = compose()["services"], compose()["secrets"]
    assert {name for service in services.values() for name in service.get("secrets", ())} == set(secrets)
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("password|key|token|secret", name, re.I) or value.startswith("/run/secrets/"), name


def test_every_image_is_named_with_its_version() -> None:
    for service in compose()["services"].values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*", service["image"]), service["image"]


def test_every_file_that_is_mounted_is_there() -> None:
    compared = compose()
    for service in compared["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compared["volumes"], volume


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "make-secrets", tmp_path)
    for _ in range(2):
        assert subprocess.run([tmp_path / "make-secrets"], capture_output=True).returncode == 0
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == {Path(secret["file"]).name for secret in compose()["secrets"].values()} | {"page_password"}
    assert len(made["postgresql_password"]) == 48
    assert made["postgresql_password"] in made["driftpager_store"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    subprocess.run([tmp_path / "make-secrets"], capture_output=True, check=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made


def test_what_is_made_never_gets_into_the_repository() -> None:
    assert (DEPLOY / "secrets/.gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]


def test_the_configuration_of_the_containers_is_right(tmp_path: Path) -> None:
    (tmp_path / "pagerduty_routing_key").write_text(KEY)
    (tmp_path / "driftpager_store").write_text("postgresql://driftpager:x@postgresql/driftpager")
    for path in (DEPLOY / "driftpager").iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("/run/secrets", str(tmp_path)))
    read = config.load(tmp_path / "driftpager.yml", {})
    assert read.web.listen == "127.0.0.1:8321"
    assert read.web.machines == "0.0.0.0:8322"


def test_the_proxy_before_the_pages_asks_for_a_password_and_lets_nothing_but_reading_through() -> None:
    written = (DEPLOY / "page/nginx.conf").read_text()
    assert "auth_basic_user_file /run/secrets/page_users;" in written
    assert "limit_except GET { deny all; }" in written
    answer = run("nginx", "-t", "-c", DEPLOY / "page/nginx.conf", "-g", "error_log stderr;")
    assert "syntax is ok" in answer.stderr, answer.stderr


def test_the_image_is_built_from_locked_requirements_and_runs_as_nobody() -> None:
    steps = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    for step in steps:
        if "pip install" in step and "-r " in step:
            assert all("--require-hashes" in part for part in step.split("&&") if "-r " in part)
    assert [step.split()[1] for step in steps if step.startswith("USER")] == ["10001:10001"]
    assert max(i for i, step in enumerate(steps) if step.startswith("USER")) < next(
        i for i, step in enumerate(steps) if step.startswith("ENTRYPOINT")
    )


def test_the_image_gets_every_file_it_copies_and_nothing_else() -> None:
    copied = {
        name
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
