"""A metric's card: what stands above and below its rows, so that no number stands alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sql.bootstrap import TEAMS
from sql.metric import Metric


def above(metric: Metric) -> list[str]:
    """Return the lines to read before the numbers: what is asked, and how far to trust it."""
    return [
        f"{metric.title} ({metric.unit}; better: {metric.better})",
        f"Question: {metric.question}",
        *([f"Provisional: {metric.provisional}."] if metric.provisional else []),
        *([f"Caution: {metric.caution}."] if metric.caution else []),
    ]


def below(metric: Metric, rows: int, refused: Mapping[str, int]) -> list[str]:
    """Return the lines to read behind them: what they rest on, what is refused and why, the pair.

    ``refused`` counts the rows that are withheld, by what ``suppressed`` says of them.
    """
    return [
        f"n: {metric.n}. Coverage: {metric.coverage}.",
        *_intervals(metric),
        *([_refusals(metric, rows, refused)] if metric.reasons else []),
        f"Pair: {metric.pair}. {metric.pair_because}",
    ]


def complete(up_to: datetime | None, sources: Sequence[str], silent: Sequence[str]) -> str:
    """Return the line that says up to when all is there, by whose word, and who gives none."""
    known = f"{up_to:%Y-%m-%d %H:%M} UTC, by {', '.join(sources)}" if up_to else "unknown"
    return " ".join(
        [
            f"Complete up to: {known}.",
            *([f"Without a word: {', '.join(silent)}."] if silent else []),
        ]
    )


def _intervals(metric: Metric) -> Iterable[str]:
    for value, ends in metric.interval.items():
        if isinstance(ends, str):
            yield f"No interval: {value}. {ends}."
            continue
        how = ""
        if metric.estimator and metric.estimator.value == value:
            how = f", by drawing teams again (engineers where there are fewer than {TEAMS} teams)"
        yield f"Interval: {value} is from {ends[0]} to {ends[1]} at 95 %{how}."


def _refusals(metric: Metric, rows: int, refused: Mapping[str, int]) -> str:
    if not refused:
        return f"Refused: none of {rows} rows; it would be for: {'; '.join(metric.reasons)}."
    said = ". ".join(f"{count} for: {reason}" for reason, count in sorted(refused.items()))
    return f"Refused: {sum(refused.values())} of {rows} rows. {said}."
