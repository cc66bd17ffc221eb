"""Rules, dashboards and configurations, as Prometheus's own tools read them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import dashboards, debian

ROOT = Path(__file__).parent.parent.parent
PLACE = ROOT / "observability"
RULES = sorted((PLACE / "prometheus" / "rules").glob("*.yml"))
TESTS = PLACE / "prometheus" / "tests" / "alerts.test.yml"
PROVISIONED = PLACE / "grafana" / "provisioning" / "dashboards"


def tool(name: str, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([debian.find(name), *words], capture_output=True, text=True, check=False, cwd=PLACE)


def said(ended: "subprocess.CompletedProcess[str]") -> str:
    """Nothing where all is well."""
    return ended.stdout + ended.stderr if ended.returncode else ""


def expressions(board: dict[str, Any]) -> Iterator[str]:
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "5m")


def boards() -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text()) for file in PROVISIONED.glob("*.json")}


def rules() -> list[dict[str, Any]]:
    return [rule for file in RULES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


def test_prometheus_takes_its_configuration_with_the_rules() -> None:
    assert said(tool("promtool", "check", "config", "prometheus/prometheus.yml")) == ""


def test_the_rules_pass_their_tests() -> None:
    assert said(tool("promtool", "test", "rules", TESTS)) == ""


def test_the_tests_of_the_rules_can_fail(tmp_path: Path) -> None:
    """A rule that never fires is seen by promtool."""
    shutil.copytree(PLACE / "prometheus", tmp_path / "prometheus")
    alerts = tmp_path / "prometheus" / "rules" / "alerts.yml"
    alerts.write_text(alerts.read_text().replace("max(face_queue_workers) == 0", "max(face_queue_workers) == -1"))

    assert "FaceNobodyWorks" in said(tool("promtool", "test", "rules", tmp_path / "prometheus" / "tests" / TESTS.name))


def test_every_alert_has_a_test_in_which_it_fires_and_says_what_to_do() -> None:
    cases = [case for test in yaml.safe_load(TESTS.read_text())["tests"] for case in test["alert_rule_test"]]
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}

    assert {case["alertname"] for case in cases if case["exp_alerts"]} == set(alerts)
    assert all({"summary", "action"} == set(rule["annotations"]) for rule in alerts.values())
    assert {rule["labels"]["severity"] for rule in alerts.values()} <= {"page", "ticket"}


def test_the_dashboards_are_those_that_the_tables_make() -> None:
    written = {file.stem: file.read_text() for file in PROVISIONED.glob("*.json")}

    assert written == {name: dashboards.text(board) for name, board in dashboards.DASHBOARDS.items()}, "run `make docs`"


@pytest.mark.parametrize("name", sorted(dashboards.DASHBOARDS))
def test_every_expression_of_a_dashboard_is_one(name: str, tmp_path: Path) -> None:
    asked = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(expressions(boards()[name]))]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": asked}]}))

    assert said(tool("promtool", "check", "rules", file)) == ""


def test_panels_lie_side_by_side_and_ask_the_provisioned_source() -> None:
    sources = yaml.safe_load((PLACE / "grafana" / "provisioning" / "datasources" / "datasource.yml").read_text())
    for board in boards().values():
        places = [
            {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
            for g in (panel["gridPos"] for panel in board["panels"])
        ]
        assert max(x for place in places for x, _ in place) < dashboards.WIDTH
        assert len(set().union(*places)) == sum(map(len, places)), "panels overlap"
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {sources["datasources"][0]["uid"]}


def test_what_is_recorded_and_asked_for_is_the_same() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = " ".join([*(e for b in boards().values() for e in expressions(b)), *(rule["expr"] for rule in rules())])

    assert set(re.findall(r"\bface:[\w:]+", asked)) <= recorded


@pytest.mark.parametrize(
    "told", [{}, {"ALERT_WEBHOOK_URL": "http://x/"}, {"ALERT_SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:1:alerts"}]
)
def test_alertmanager_takes_its_configuration_whoever_is_told(told: dict[str, str], tmp_path: Path) -> None:
    script, written = PLACE / "alertmanager" / "configure.sh", tmp_path / "alertmanager.yml"
    subprocess.run([script, written], env={"PATH": "/usr/bin:/bin", **told}, check=True)

    assert said(tool("amtool", "check-config", written)) == ""
    assert all(value in written.read_text() for value in told.values())
