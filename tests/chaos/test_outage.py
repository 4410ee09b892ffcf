"""A broker that is away for 20 seconds; ``python -m tests.chaos.outage`` is ten minutes of it."""

from pathlib import Path

from tests.chaos.outage import outage
from tests.kafka.broker import require_broker

AWAY_S, RATE_HZ = 20.0, 1_200


def test_a_broker_that_is_away_is_nothing_to_a_client_and_made_up_for_when_it_is_back(
    tmp_path: Path,
) -> None:
    require_broker()
    seen = outage(tmp_path, AWAY_S, RATE_HZ, lambda look: None)
    assert seen.turned_away == {}
    assert (seen.lost, seen.copies) == (0, 0)
    assert "Traceback" not in seen.told
    assert {look.ready for look in seen.looks} == {200}
    waiting = seen.behind("away")
    assert waiting[0] < waiting[len(waiting) // 2] < waiting[-1]
    assert waiting[-1] > 0.5 * AWAY_S * RATE_HZ
    assert seen.behind("done") == [0]
    assert seen.recovery_s < seen.away_s
