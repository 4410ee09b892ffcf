"""The sweep can fail: each broken protocol is caught, and by the checker that is there for it."""

import pytest

from connectors.spool import END, End
from tests.crash import mutants
from tests.crash.calm import STREAM, Calm
from tests.crash.process import Prepare
from tests.crash.sweep import Case, audited, run, run_chain


@pytest.mark.parametrize(
    ("mutant", "case", "caught_by"),
    [
        (mutants.commit_before_write, Case(3, "land-write", 1), {"rerun", "audit"}),
        (mutants.remember_the_offset_apart, Case(1, "land-commit+", 1), {"audit"}),
        (mutants.keep_every_telling, Case(2, "fsync", 1), {"audit", "reader"}),
        (mutants.publish_before_tables, Case(3, "derive-commit", 1), {"rerun"}),
        (mutants.catalog_before_snapshot, Case(3, "snapshot-commit", 1), {"reader"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_protocol_is_caught(
    known: Calm, mutant: Prepare, case: Case, caught_by: set[str]
) -> None:
    outcome = run(known, case, mutant)
    assert outcome.killed
    assert caught_by <= outcome.checkers, outcome.wrong


@pytest.mark.parametrize(
    ("mutant", "command", "places", "caught_by"),
    [
        (mutants.keep_every_telling, 2, ("append", "fsync"), {"audit", "reader"}),
        (mutants.catalog_before_snapshot, 3, ("derive-write", "snapshot-commit"), {"reader"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_protocol_is_caught_among_other_deaths(
    known: Calm, mutant: Prepare, command: int, places: tuple[str, ...], caught_by: set[str]
) -> None:
    outcome = run_chain(known, [Case(command, place, 1) for place in places], mutant)
    assert outcome.killed
    assert caught_by <= outcome.checkers, outcome.wrong


def test_a_hole_in_the_log_is_refused_and_one_that_was_tolerated_is_found(known: Calm) -> None:
    home = known.home
    home.put_back("2")
    [spool] = home.log.iterdir()
    end = End.read(spool)
    for segment in spool.glob("*.seg"):
        segment.unlink()
    later = end.position + 10
    (spool / END).write_bytes(End(later, later, 0).encode())
    assert home.run(known.commands[2]).code == 0

    refused = home.run(STREAM)
    assert refused.code == 1
    assert f"positions {end.position} to {later - 1} are gone" in refused.err
    assert "Traceback" not in refused.err

    home.run(STREAM, prepare=mutants.tolerate_a_hole)
    assert any("landed + unreadable = consumed" in what for _, what in audited(known))
