"""The real programs that `infra/` is for, where `make operations` puts them."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".operations"
PROMTOOL = Path(shutil.which("promtool") or PLACE / "promtool")
MANIFESTS = PLACE / "manifests/bin/python"
AIRFLOW = PLACE / "airflow/bin/python"
SYSTEMD = Path(shutil.which("systemd-analyze") or "systemd-analyze")


def needs(program: Path) -> pytest.MarkDecorator:
    """Skip, with the reason, where a program is not installed."""
    return pytest.mark.skipif(
        not program.exists(), reason=f"needs {program.name}: run `make operations`"
    )
