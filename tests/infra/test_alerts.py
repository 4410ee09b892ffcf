"""Alerts: each has its page, names only what is exported, fires when it should and else does not.

Prometheus's own promtool judges syntax and behaviour where it is installed. Without
it only our own reading is done: that rules have all parts, and know the metrics and their labels.
"""

import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.infra.exposed import expositions, labels
from tests.infra.installed import PROMTOOL, ROOT, needs

RULES = ROOT / "infra/alerts.yml"
PAGES = ROOT / "infra/runbook"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]
BY_NAME = {alert["alert"]: alert for alert in ALERTS}


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert len(BY_NAME) == len(ALERTS)
    assert {path.stem for path in PAGES.glob("*.md")} == set(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_where_its_page_is(name: str) -> None:
    alert = BY_NAME[name]

    assert set(alert) - {"for"} == {"alert", "expr", "annotations", "labels"}
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"].endswith((".", ")."))
    assert (RULES.parent / alert["annotations"]["runbook_url"]) == PAGES / f"{name}.md"


@pytest.mark.parametrize("name", BY_NAME)
def test_an_alert_knows_only_metrics_that_are_exported_and_labels_that_they_have(name: str) -> None:
    exported = labels()
    expr = BY_NAME[name]["expr"]
    metrics = set(re.findall(r"\bupshot_\w+", expr))
    summary = BY_NAME[name]["annotations"]["summary"]
    selected = re.findall(r"(\w+)(?:=|!=|=~|!~)\"", expr)
    grouped = re.findall(r"\w+", " ".join(re.findall(r"without \((.*?)\)", expr)))
    shown = re.findall(r"\$labels\.(\w+)", summary)

    assert metrics
    assert metrics - exported.keys() == set()
    known = set.union(*(exported[metric] for metric in metrics))
    assert {*selected, *grouped, *shown} - known == set()


@needs(PROMTOOL)
def test_promtool_reads_the_rules() -> None:
    told = promtool("check", "rules", "--lint-fatal", str(RULES))

    assert f"{len(ALERTS)} rules found" in told


@needs(PROMTOOL)
@pytest.mark.parametrize("who", ["collector", "lake"])
def test_promtool_has_nothing_to_say_of_what_is_exported(who: str) -> None:
    assert promtool("check", "metrics", told=expositions()[who]) == ""


class Case(NamedTuple):
    """Series as they come in, one value a minute; what fires at a moment, and what does not."""

    series: dict[str, str]
    fires: str
    """When the alert fires, and no other."""
    quiet: str
    """When it does not, and no other does."""


LAKE = "upshot_lake_"
COLLECT = "upshot_collect_"
REJECTED = LAKE + 'rejected_items{source="a",event_type="b",field="c",reason="%s"}'
ITEMS = LAKE + 'items{table="a",outcome="%s"}'
CASES = [
    ("UpshotStatusOld", Case({LAKE + "status_timestamp_seconds": "600x60"}, "41m", "39m")),
    (
        "UpshotSnapshotOld",
        Case({LAKE + "snapshot_published_timestamp_seconds": "3600x2000"}, "27h1m", "26h59m"),
    ),
    ("UpshotNotDerived", Case({LAKE + "not_derived_deliveries": "0x60 5x60"}, "1h20m", "1h10m")),
    (
        "UpshotNotDerived",
        Case(
            {
                LAKE + "not_derived_deliveries": "5x120",
                LAKE + "snapshot_published_timestamp_seconds": "60x120",
            },
            "1h20m",
            "1h10m",
        ),
    ),
    (
        "UpshotNotLanded",
        Case(
            {
                LAKE + "not_landed_positions": "5x2000",
                LAKE + 'last_received_timestamp_seconds{source="a"}': "0x2000",
                LAKE + 'last_received_timestamp_seconds{source="b"}': "3600x2000",
            },
            "27h20m",
            "27h10m",
        ),
    ),
    (
        "UpshotSourceBehind",
        Case(
            {LAKE + 'complete_up_to_timestamp_seconds{source="a"}': "3600x3000"}, "37h1m", "36h59m"
        ),
    ),
    (
        "UpshotSourceSilent",
        Case(
            {LAKE + 'last_received_timestamp_seconds{source="a"}': "3600x10300"},
            "169h1m",
            "168h59m",
        ),
    ),
    ("UpshotRejects", Case({REJECTED % "missing or unfit": "_x60 10x3000"}, "2h", "26h")),
    ("UpshotUnreadable", Case({REJECTED % "unreadable": "1x1500 2x3000"}, "26h", "24h30m")),
    (
        "UpshotCopies",
        Case(
            {ITEMS % "kept": "0+1x1440 1440+1x3000", ITEMS % "duplicate": "0+0x1440 0+2x3000"},
            "48h",
            "24h",
        ),
    ),
    (
        "UpshotCollectorFailing",
        Case(
            {
                COLLECT + 'requests_total{route="/github",status="507"}': "0x30 1x60",
                COLLECT + 'requests_total{route="/ready",status="503"}': "0+1x90",
            },
            "35m",
            "29m",
        ),
    ),
    (
        "UpshotCollectorFailing",
        Case(
            {COLLECT + 'requests_total{route="/v1/logs",status="507"}': "_x30 1x60"}, "35m", "55m"
        ),
    ),
    (
        "UpshotDiskLow",
        Case({COLLECT + "disk_free_bytes": f"{2**40}x60 {2**29}x400"}, "7h30m", "1h10m"),
    ),
    (
        "UpshotForwarderFailing",
        Case({COLLECT + "forwarder_failures": "0x60 0+1x10 10x60"}, "1h20m", "1h2m"),
    ),
    (
        "UpshotForwarderBehind",
        Case({COLLECT + "forward_behind": "100000x60 100001x60"}, "1h20m", "1h10m"),
    ),
]


def test_every_alert_has_a_case() -> None:
    assert {name for name, _ in CASES} == BY_NAME.keys()


@needs(PROMTOOL)
@pytest.mark.parametrize(("name", "case"), CASES)
def test_an_alert_fires_when_it_should_and_no_other_does(
    name: str, case: Case, tmp_path: Path
) -> None:
    fired = [{"labels": f'{{alertname="{name}"}}', "value": 1}]
    asked = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})'}
    tests = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": series, "values": values} for series, values in case.series.items()
                ],
                "promql_expr_test": [
                    {**asked, "eval_time": case.fires, "exp_samples": fired},
                    {**asked, "eval_time": case.quiet, "exp_samples": []},
                ],
            }
        ],
    }
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests))

    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "tests.yml"))


def promtool(*arguments: str, told: str = "") -> str:
    """Run it and return what it says; it has to be content."""
    done = subprocess.run(
        [PROMTOOL, *arguments], input=told, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
