"""How often a 95 % interval of the bootstrap holds the truth, by what is drawn and how many of it.

    python -m tests.bench.intervals

Engineers of a team are alike, changes differ tenfold in size, and what takes longer to write takes
less review an hour; the true ratio is known in closed form. Beside it the plain percentile
interval, which is what there would be without ``sql.bootstrap.FIRST``. It fails where an interval
of eight clusters or more holds the truth in less than 90 % of the cells.
"""

import math
import sys
from random import Random

import duckdb
import pyarrow as pa

from sql.bootstrap import FIRST, bootstrap_ratio

CELLS = 500
"""Buckets invented for each shape: a percentage of them is within 2 points of the true one."""

SHAPES = {
    "5 engineers of 1 team": (1, 5),
    "8 engineers of 1 team": (1, 8),
    "8 teams of 5": (8, 5),
    "12 teams of 5": (12, 5),
    "24 teams of 5": (24, 5),
    "48 teams of 3": (48, 3),
}
CHANGES = 6
"""Changes an engineer has in a bucket, on average."""

TEAM, PERSON, SIZE, REVIEW, LESS = 0.3, 0.3, 0.9, 0.8, 0.7
"""Standard deviations of log effects, and the power of a change's size that its review grows by."""

ASKED = """
SELECT cell, list({'team': team, 'person': person, 'part': part, 'whole': whole}) AS sample
FROM seen GROUP BY cell ORDER BY cell
"""


def true_ratio(teams: int) -> float:
    """Return the ratio in an organisation without end; of one team, in that team alone."""
    alike = (TEAM**2 if teams > 1 else 0) + PERSON**2
    spent = math.exp((LESS * SIZE) ** 2 / 2 + REVIEW**2 / 2 + alike / 2)
    return spent / math.exp(SIZE**2 / 2)


def invented(teams: int, engineers: int, rng: Random) -> pa.Table:
    """Return the changes of all cells of one shape."""
    rows = []
    for cell in range(CELLS):
        for team in range(teams):
            team_effect = rng.gauss(0, TEAM) if teams > 1 else 0
            for engineer in range(engineers):
                effect = team_effect + rng.gauss(0, PERSON)
                for _ in range(rng.randint(1, 2 * CHANGES - 1)):
                    size = rng.gauss(0, SIZE)
                    spent = math.exp(LESS * size + rng.gauss(0, REVIEW) + effect)
                    sums = round(3_600_000 * spent), round(3_600_000 * math.exp(size))
                    rows.append((cell, f"t{team}", f"p{team}.{engineer}", *sums))
    columns = ("cell", "team", "person", "part", "whole")
    return pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


def held(seen: pa.Table, truth: float, first: tuple[int, ...]) -> tuple[float, float]:
    """Return the share of cells whose interval holds the truth, and its middle width."""
    with duckdb.connect(config={"threads": 2}) as con:
        con.register("seen", seen)
        answered = bootstrap_ratio(ASKED, ("cell",), ("low", "high"), 4, first)
        [found] = con.execute(
            f"SELECT avg(({truth} BETWEEN low AND high)::INT), median(high - low) FROM ({answered})"
        ).fetchall()
    return found


def main() -> None:
    """Print a line for each shape."""
    print("drawn                    truth   holds it   width   plain percentile holds it   width")
    rng = Random(7)
    failed = []
    for name, (teams, engineers) in SHAPES.items():
        truth = true_ratio(teams)
        seen = invented(teams, engineers, rng)
        (share, width), plain = held(seen, truth, FIRST), held(seen, truth, (5,) * 50)
        print(
            f"{name:<24} {truth:.3f}     {share:6.1%}   {width:.3f}"
            f"                      {plain[0]:6.1%}   {plain[1]:.3f}"
        )
        if share < 0.9 and max(teams, engineers) >= 8:
            failed.append(name)
    if failed:
        sys.exit(f"held too seldom: {', '.join(failed)}")


if __name__ == "__main__":
    main()
