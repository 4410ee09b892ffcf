"""A small invented organisation, which all tests of the simulator look at."""

import pytest

from connectors.simulator.simulate import History, Organisation, simulate

SMALL = Organisation(seed=3, weeks=6, teams=1)


@pytest.fixture(scope="session")
def history() -> History:
    """Return six weeks of one team; to be looked at, never changed."""
    return simulate(SMALL)
