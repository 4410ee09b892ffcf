"""Schedules: cron, systemd and Airflow start the same commands, which exist, at the same time.

The DAG is parsed by a real Airflow where `make operations` installed one. Elsewhere
only its shape is held, against stand-ins for the two names that it imports.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.infra.commands import accepted
from tests.infra.installed import AIRFLOW, ROOT, SYSTEMD, needs

SCHEDULE = ROOT / "infra/schedule"
DAG = SCHEDULE / "upshot_backfill.py"
LINE = re.compile(r"((?:\S+ ){5})cd /var/lib/upshot && (upshot .+)")
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def crontab() -> dict[str, str]:
    """Return when each command of the crontab runs: five fields."""
    lines = (SCHEDULE / "crontab").read_text().splitlines()
    entries = [line for line in lines if line and not re.match(r"#|\w+=", line)]
    found = [LINE.fullmatch(line) for line in entries]
    assert None not in found, entries
    return {match[2]: match[1].strip() for match in found if match}


def unit(name: str, key: str) -> list[str]:
    """Return the values of a key of a unit file."""
    return re.findall(rf"^{key}=(.+)$", (SCHEDULE / name).read_text(), re.MULTILINE)


def test_cron_and_systemd_start_the_same_commands_and_they_exist() -> None:
    services = [path.name for path in sorted(SCHEDULE.glob("*.service"))]
    started = [line for name in services for line in unit(name, "ExecStart")]

    assert {f"/usr/bin/env {command}" for command in crontab()} == set(started)
    for command in crontab():
        accepted(command)


def test_every_field_of_the_crontab_is_in_its_bounds() -> None:
    for fields in crontab().values():
        assert len(fields.split()) == 5
        for field, (least, most) in zip(fields.split(), BOUNDS, strict=True):
            every = re.fullmatch(r"(?:\*(?:/(\d+))?|(\d+))", field)
            assert every, field
            assert all(least <= int(number) <= most for number in every.groups() if number), field


def test_systemd_starts_each_when_cron_does() -> None:
    assert crontab() == {
        "upshot backfill": "30 2 * * *",
        "upshot status --prometheus /var/lib/prometheus/node-exporter/upshot.prom": "*/5 * * * *",
    }
    assert unit("upshot-backfill.timer", "OnCalendar") == ["*-*-* 02:30:00 UTC"]
    assert unit("upshot-status.timer", "OnCalendar") == ["*-*-* *:00/5:00 UTC"]


@needs(SYSTEMD)
def test_systemd_accepts_its_units() -> None:
    units = [str(path) for path in sorted((ROOT / "infra").rglob("upshot-*"))]
    done = subprocess.run(
        [SYSTEMD, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert len(units) == 5
    assert (done.returncode, done.stderr) == (0, "")


READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps([bag.import_errors, {
    dag.dag_id: [dag.schedule, str(dag.timezone), dag.catchup, dag.max_active_runs,
                 {task.task_id: task.bash_command for task in dag.tasks}]
    for dag in bag.dags.values()
}]))
"""


@needs(AIRFLOW)
def test_a_real_airflow_reads_the_dag(tmp_path: Path) -> None:
    done = subprocess.run(
        [AIRFLOW, "-c", READ, SCHEDULE],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    errors, dags = json.loads(done.stdout.splitlines()[-1])

    assert errors == {}
    command = {"backfill": "upshot backfill"}
    assert dags == {"upshot_backfill": ["30 2 * * *", "UTC", False, 1, command]}


def test_the_dag_has_the_shape_of_one_against_stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Airflow here: what is held is that it compiles, what it imports, and what it says."""
    said: list[dict[str, Any]] = []

    class StandIn:
        def __init__(self, **named: Any) -> None:
            said.append(named)

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    for module, name in (
        ("airflow.sdk", "DAG"),
        ("airflow.providers.standard.operators.bash", "BashOperator"),
    ):
        stand_in = ModuleType(module)
        setattr(stand_in, name, StandIn)
        monkeypatch.setitem(sys.modules, module, stand_in)
    exec(compile(DAG.read_text(), DAG.name, "exec"), {})  # noqa: S102  # a file of ours

    dag, task = said
    assert dag["schedule"] == crontab()[task["bash_command"]]
    assert dag["start_date"].utcoffset().total_seconds() == 0
    assert re.findall(r"^(?:from|import) (\w+)", DAG.read_text(), re.MULTILINE) == [
        "datetime",
        "airflow",
        "airflow",
    ]
