"""What the estimate gets wrong, in percent of the truth, beside what the prototype got wrong."""

import math
from collections.abc import Mapping
from pathlib import Path

from pipelines.catalog import open_catalog
from pipelines.show import table_text

PARTS = (
    "hand",
    "prompt",
    "self_review",
    "peer_review",
    "correct_early",
    "rework",
    "correct_late",
)

SUMS = {
    **{part: f"{part}_ms" for part in PARTS},
    "authored": "hand_ms + prompt_ms",
    "correction": "correct_early_ms + rework_ms + correct_late_ms",
    "R+C": "self_review_ms + peer_review_ms + correct_early_ms + rework_ms + correct_late_ms",
}

PROTOTYPE = {
    "authored": 0.7,
    "self_review": 0.7,
    "peer_review": 2.5,
    "correction": 6.4,
    "R+C": 1.2,
    "ratio": 0.6,
    "prompt": 21.0,
    "correct_early": 12.0,
    "ratio at 0": 7.0,
    "ratio at 1-25": 10.0,
    "ratio at 26-50": 2.0,
    "ratio at 51-75": 17.0,
    "ratio at 76-100": 24.0,
}
"""Its errors, in percent, whatever their sign: split rule, 10 minutes; by AI share the worst."""

SPREAD = 1.6
"""How far its seeds lay apart, in points."""

JOINED = """
    SELECT t.bucket, t.author, {columns}
    FROM read_parquet('{truth}/changes.parquet') AS t
    LEFT JOIN (
        -- As the metrics have it: a review of which only its verdict tells is not measured.
        SELECT * REPLACE (
            CASE WHEN review_tier IS DISTINCT FROM 'host' THEN peer_review_ms END AS peer_review_ms)
        FROM facts.changes
    ) AS c USING (repo, number)
    WHERE t.outcome = 'merged' AND NOT t.is_revert"""


def joined(home: Path) -> str:
    """Return a query for merged changes with their truth and estimate, in milliseconds."""
    columns = ", ".join(
        f'{of("t", said)} AS "true {name}", {of("c", said)} AS "{name}"'
        for name, said in SUMS.items()
    )
    return JOINED.format(columns=columns, truth=home / "truth")


def of(side: str, said: str) -> str:
    """Return a sum of one side's columns."""
    return " + ".join(f"{side}.{column}" for column in said.split(" + "))


def printed(home: Path) -> str:
    """Return the tables: by component, by bucket, and by both.

    Each error is over the changes whose estimate of it is known, and of them there may be few.
    """
    with open_catalog(home / "lake") as db:
        db.execute(f"CREATE TEMP TABLE joined AS {joined(home)}")
        rows = " UNION ALL ".join(
            f"SELECT {place} AS place, '{name}' AS what, {_sum('true ', name)} AS truth, "
            f'{_sum("", name)} AS said, count("{name}") / count(*) AS known, '
            f'median(abs("{name}" - "true {name}") / "true {name}") '
            f'FILTER ("true {name}" > 60000) AS each FROM joined'
            for place, name in enumerate(SUMS)
        )
        by_part = table_text(
            db.execute(
                'SELECT what, round(100 * known, 1) AS "known %", '
                'round(truth / 36e5, 1) AS "true h", round(said / 36e5, 1) AS h, '
                f'{_percent("said", "truth")} AS "error %", '
                f'round(100 * each, 1) AS "median of changes %" FROM ({rows}) ORDER BY place'
            )
        )
        errors = ", ".join(f"{_error(part)} AS {part}" for part in PARTS)
        by_bucket = table_text(
            db.execute(
                'SELECT bucket AS "AI share", count(*) AS changes, '
                f"count(*) FILTER ({TIMED}) AS timed, count(DISTINCT author) AS people, "
                f"round({_ratio('true ')}, 3) AS truth, round({_ratio('')}, 3) AS estimate, "
                f'{_percent(_ratio(""), _ratio("true "))} AS "error %", {errors} '
                "FROM joined GROUP BY ROLLUP (bucket) ORDER BY bucket"
            )
        )
    return f"{by_part}\n\n{by_bucket}"


def errors(home: Path) -> dict[str, float]:
    """Return the error of every total and of every bucket's ratio that the prototype's table has.

    In percent; where nothing is known it is infinite.
    """
    ratio = _percent(_ratio(""), _ratio("true "))
    with open_catalog(home / "lake") as db:
        db.execute(f"CREATE TEMP TABLE joined AS {joined(home)}")
        [said] = db.execute(
            f"SELECT {', '.join(map(_error, SUMS))}, {ratio} FROM joined"
        ).fetchall()
        found = dict(zip([*SUMS, "ratio"], said, strict=True))
        by_bucket = db.execute(f"SELECT bucket, {ratio} FROM joined GROUP BY bucket").fetchall()
    found |= {f"ratio at {bucket}": error for bucket, error in by_bucket}
    return {name: math.inf if found.get(name) is None else found[name] for name in PROTOTYPE}


def worse(by_seed: Mapping[int, Mapping[str, float]]) -> list[str]:
    """Return where the estimate is worse than the prototype's, each in words.

    The bias is the mean over the seeds, and is held to the table; one seed alone may be off by as
    much more as the prototype's seeds were.
    """
    found = []
    for name, limit in PROTOTYPE.items():
        said = {seed: errors[name] for seed, errors in by_seed.items()}
        mean = sum(said.values()) / len(said)
        if abs(mean) > limit:
            found.append(f"{name}: {mean:.1f} % on average, the prototype {limit}")
        found += [
            f"{name}: {error} % at seed {seed}, the prototype {limit}, its seeds {SPREAD} apart"
            for seed, error in said.items()
            if abs(error) > limit + SPREAD
        ]
    return found


TIMED = '"R+C" IS NOT NULL AND "authored" IS NOT NULL'
"""Of which changes the metric knows every part of their time."""


def _sum(side: str, name: str) -> str:
    return f'sum("{side}{name}") FILTER ("{name}" IS NOT NULL)'


def _error(name: str) -> str:
    return _percent(_sum("", name), _sum("true ", name))


def _ratio(side: str) -> str:
    return f'(sum("{side}R+C") FILTER ({TIMED}) / sum("{side}authored") FILTER ({TIMED}))'


def _percent(said: str, truth: str) -> str:
    return f"round(100 * ({said} / nullif({truth}, 0) - 1), 1)"
