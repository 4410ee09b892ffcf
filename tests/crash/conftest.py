"""The calm run that the cases of one file are compared with."""

import pytest

from tests.crash.calm import Calm, calm


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """Return a home whose every state before a command can be put back."""
    return calm(tmp_path_factory.mktemp("calm"))
