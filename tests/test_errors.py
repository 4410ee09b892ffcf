import pickle

import pytest

from schemas.errors import Fatal, LostRace, Rejected, Unsent, UpshotError, Usage


@pytest.mark.parametrize(("error", "code"), [(Fatal, 1), (Usage, 2), (LostRace, 3), (Unsent, 4)])
def test_an_error_that_ends_a_command_has_its_exit_code(
    error: type[UpshotError], code: int
) -> None:
    assert error("x").exit_code == code


def test_an_error_reads_as_its_problem_and_the_next_step() -> None:
    assert str(Fatal("there is no lake at lake/", "run `upshot stream` first")) == (
        "there is no lake at lake/. run `upshot stream` first."
    )
    assert str(Rejected("gharchive: created_at is no time")) == "gharchive: created_at is no time."


@pytest.mark.parametrize("error", [Fatal, Usage, LostRace, Rejected, Unsent])
def test_an_error_survives_the_way_from_a_worker(error: type[UpshotError]) -> None:
    back = pickle.loads(pickle.dumps(error("the problem", "the next step")))  # noqa: S301

    assert type(back) is error
    assert (back.problem, back.next_step) == ("the problem", "the next step")
