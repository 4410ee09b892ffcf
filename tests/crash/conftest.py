"""The calm run that all cases are compared with; every test puts back what it starts from."""

import pytest

from tests.crash.calm import Calm, calm


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """Return a home whose every state before a command can be put back."""
    return calm(tmp_path_factory.mktemp("calm"))
