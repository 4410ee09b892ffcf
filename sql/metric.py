"""Metrics: one file each in ``sql/metrics``, found by being there.

A metric says its question, grain and unit, how many things and how much of the truth each row
rests on, how sure it is, and its pair: the metric that would show if this one were gamed.
"""

from dataclasses import dataclass
from typing import Literal

from sql.example import Example
from sql.sheet import Sheet, sheets
from sql.suppress import suppress

NOBODY = "none"
"""The ``people`` of a metric that counts no people."""

PLANNED = "planned:"
"""Marks a pair that does not exist yet."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a metric's header must say; every key is required."""

    title: str
    question: str
    """The question it answers, as a leader would ask it."""
    grain: tuple[str, ...]
    """The columns that say which row it is; rows come in their order."""
    unit: str
    better: Literal["higher", "lower", "neither"]
    pair: str
    """The metric that would expose gaming this one, or ``planned:<name>``."""
    pair_because: str
    """How this one would be gamed, and how the pair shows it."""
    n: str
    """The column that says how many things a row rests on."""
    coverage: str
    """The column with the known share (0 to 1) of what a row is about, or why there is none."""
    interval: dict[str, tuple[str, str] | str]
    """By value column: its low and high column, or a sentence why it has none."""
    people: str
    """The column that counts people (rows with few are withheld), or ``none``."""


@dataclass(frozen=True, kw_only=True)
class Metric(Header):
    """One metric, as its file declares it."""

    name: str
    query: str
    """The author's query."""
    published: str
    """The query that is run and stored: the author's, with small groups withheld."""
    reads: tuple[str, ...]
    """The tables it depends on, such as ``facts.changes``; sorted."""
    examples: tuple[Example, ...]

    @property
    def fingerprint(self) -> str:
        """The text whose change makes a stored answer stale."""
        return self.published

    @property
    def docs(self) -> dict[str, str]:
        """What each column of the published table says."""
        docs = dict.fromkeys(self.grain, "Which row it is.")
        for value, ends in self.interval.items():
            docs[value] = f"{self.title}; unit: {self.unit}."
            if not isinstance(ends, str):
                docs[ends[0]] = f"Low end of the 95 % interval of {value}."
                docs[ends[1]] = f"High end of the 95 % interval of {value}."
        docs[self.n] = "How many things the row rests on."
        docs[self.coverage] = "Known share, 0 to 1, of what the row is about."
        docs["suppressed"] = "Why the row is withheld; NULL where it is shown."
        return docs


def metric(sheet: Sheet) -> Metric:
    """Read one metric. Raises Fatal, naming the file and the key, for one that is incomplete."""
    header = sheet.header_as(Header)
    for key in ("title", "question", "grain", "unit", "pair_because", "coverage", "interval"):
        if not getattr(header, key):
            raise sheet.wrong(f"header key `{key}` is empty", "Say it, or the number stands alone")
    for table in sheet.reads:
        if table.startswith("metrics."):
            raise sheet.wrong(f"it reads {table}", "A metric reads facts, never another metric")
    key = ", ".join(header.grain)
    if not sheet.code.upper().endswith(f"ORDER BY {key}".upper()):
        raise sheet.wrong("rows come in no order that `grain` names", f"End with ORDER BY {key}")
    counted = header.people != NOBODY
    return Metric(
        **vars(header),
        name=sheet.name,
        query=sheet.query,
        published=suppress(sheet.query, header.grain, header.people) if counted else sheet.query,
        reads=sheet.reads,
        examples=sheet.examples,
    )


def metrics() -> dict[str, Metric]:
    """Return every metric by name, sorted. Raises Fatal, naming file and key, for a wrong one."""
    found = {sheet.name: (sheet, metric(sheet)) for sheet in sheets("metrics")}
    for sheet, one in found.values():
        check_pair(sheet, one, set(found))
    return {name: one for name, (_, one) in found.items()}


def check_pair(sheet: Sheet, one: Metric, names: set[str]) -> None:
    """Raise Fatal where a pair does not exist, is the metric itself, or is no longer planned."""
    planned = one.pair.removeprefix(PLANNED)
    if one.pair in names - {one.name} or (planned != one.pair and planned not in names):
        return
    raise sheet.wrong(
        f"header key `pair` names `{one.pair}`, which is not another metric's name",
        f"Name one of {sorted(names - {one.name})}, or `{PLANNED}<name>` while it is unwritten",
    )
