"""What the lake knows when the first request of WakaTime's client was refused."""

from pathlib import Path

from tests.clients.lake import Lake
from tests.clients.wakatime import QUEUED, SENT, beat, installed

pytestmark = installed

MORE_THAN_ANY_DISK_MIB = str(2**40)


def test_both_heartbeats_arrive_once_though_the_first_was_refused(tmp_path: Path) -> None:
    lake, home = Lake(tmp_path), tmp_path / "home"
    file = home / "larkspur" / "tulip_prices.py"
    file.parent.mkdir(parents=True)
    file.write_text("tulips = 3\n")

    with lake.collecting("wakatime", "--free-mib", MORE_THAN_ANY_DISK_MIB) as (url, token):
        assert beat(home, url, token, file, "1767600001.5") == QUEUED
    assert lake.said() == []
    with lake.collecting("wakatime") as (url, token):
        assert beat(home, url, token, file, "1767600125.25") == SENT
        # It sends what it has queued behind what is new, so they come out of order.
        assert [one.kind for one in lake.said()] == ["heartbeat", "heartbeat"]
        assert beat(home, url, token, file, "1767600250") == SENT
        assert len(lake.said()) == 3, "what was answered is not sent again"
    lake.derive()

    beats = """
        SELECT epoch_us(time), editor, entity_type, language, is_write
        FROM events.activity_observed ORDER BY time"""
    assert lake.ask(beats) == [
        (1_767_600_001_500_000, "vscode", "file", "Python", True),
        (1_767_600_125_250_000, "vscode", "file", "Python", True),
        (1_767_600_250_000_000, "vscode", "file", "Python", True),
    ]
    assert lake.ask("SELECT count(DISTINCT account) FROM events.activity_observed") == [(1,)]
    for secret in ("tulip_prices", "larkspur", "mossbank-ben", str(home)):
        assert secret.encode() not in lake.known()
