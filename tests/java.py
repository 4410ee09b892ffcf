"""What runs on Java: there, or else skipped with the reason, and required on CI."""

import os
import shutil
from collections.abc import Callable

import pytest

from schemas.errors import Fatal

NEEDED = {"java": "openjdk-17-jre-headless", "mvn": "maven"}


def require(what: str, jars: Callable[[], object]) -> None:
    """Skip where something of Java cannot run, or its jars cannot be had; on CI, fail."""
    missing = [f"{name} ({package})" for name, package in NEEDED.items() if not shutil.which(name)]
    reason = f"{what} needs {' and '.join(missing)}" if missing else ""
    if not missing:
        try:
            jars()
        except Fatal as problem:
            reason = str(problem)
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
