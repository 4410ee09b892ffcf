"""Real clients, where `make clients` puts them: skipped without them, but never in CI."""

import os
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parents[2] / ".clients"
PACKAGES = CLIENTS / "node_modules"


def needs(client: Path, name: str) -> pytest.MarkDecorator:
    """Skip where a client is not installed; in CI its absence fails the test that starts it."""
    absent = not client.exists() and os.environ.get("CI") != "true"
    return pytest.mark.skipif(absent, reason=f"needs {name}: run `make clients`")
