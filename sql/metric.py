"""Metrics: one file each in ``sql/metrics``, found by being there.

A metric says its question, grain and unit, how many things and how much of the truth each row
rests on, how sure it is, and its pair: the metric that would show if this one were gamed. One that
estimates says with which estimator, and that it is provisional until somebody has judged it.
"""

from dataclasses import dataclass, field
from typing import Literal

from sql.estimator import INNER, Estimator, estimated, refusals
from sql.example import Example
from sql.sheet import UNREPEATABLE, Sheet, sheets
from sql.suppress import NOBODY, REASON, suppress

PLANNED = "planned:"
"""Marks a pair that does not exist yet."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a metric's header says; what has no default here is required."""

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
    provisional: str = ""
    """Why nobody should decide by it yet; empty where somebody may."""
    caution: str = ""
    """What a reader would take it to say and it does not, such as an effect."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Why a row's values are withheld, by reason: an SQL condition on the query's columns."""
    estimator: Estimator | None = None
    """What makes the ends of a value's interval from the query's ``sample``."""


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
    def values(self) -> tuple[str, ...]:
        """The columns that a refused row loses: values and the ends of their intervals."""
        return _values(self)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason for which a row of it may be withheld."""
        few = () if self.people == NOBODY else (REASON,)
        return (*few, *_refused(self))

    @property
    def doc(self) -> str:
        """What the published table says of itself."""
        marked = (
            f"Provisional: {self.provisional}." if self.provisional else "",
            self.question,
            f"{self.caution}." if self.caution else "",
        )
        return " ".join(filter(None, marked))

    @property
    def docs(self) -> dict[str, str]:
        """What each column of the published table says."""
        docs = dict.fromkeys(self.grain, "Which row it is.")
        estimate = "Provisional. " if self.provisional else ""
        for value, ends in self.interval.items():
            docs[value] = f"{estimate}{self.title}; unit: {self.unit}."
            if not isinstance(ends, str):
                docs[ends[0]] = f"{estimate}Low end of the 95 % interval of {value}."
                docs[ends[1]] = f"{estimate}High end of the 95 % interval of {value}."
        docs[self.n] = "How many things the row rests on."
        docs[self.coverage] = "Known share, 0 to 1, of what the row is about."
        docs[self.people] = "How many people the row is about."
        docs["resampled"] = "What was drawn again for the interval: teams or engineers."
        docs["clusters"] = "How many of them there were."
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
    for condition in header.refuse.values():
        if unrepeatable := UNREPEATABLE.search(condition):
            raise sheet.wrong(
                f"`{unrepeatable[0]}` would give another answer tomorrow", "Refuse by its columns"
            )
    key = ", ".join(header.grain)
    if not sheet.code.upper().endswith(f"ORDER BY {key}".upper()):
        raise sheet.wrong("rows come in no order that `grain` names", f"End with ORDER BY {key}")
    return Metric(
        **vars(header),
        name=sheet.name,
        query=sheet.query,
        published=_published(sheet, header),
        reads=sheet.reads,
        examples=sheet.examples,
    )


def _published(sheet: Sheet, header: Header) -> str:
    """Return the query that is stored: with its interval estimated and its refusals made."""
    query = sheet.query
    if header.estimator:
        ends = _ends(header, header.estimator)
        if ends is None:
            raise sheet.wrong(
                f"header key `estimator` estimates `{header.estimator.value}`, which has no ends",
                "Name its low and high column under [interval]",
            )
        query = estimated(header.estimator, query, header.grain, ends)
    refused = _refused(header)
    if header.people == NOBODY and not refused:
        return query
    inner = INNER if header.estimator else ()
    return suppress(query, header.grain, header.people, refused, _values(header), inner)


def _ends(header: Header, estimator: Estimator) -> tuple[str, str] | None:
    ends = header.interval.get(estimator.value)
    return None if isinstance(ends, str) else ends


def _refused(header: Header) -> dict[str, str]:
    """Return every reason to refuse a row but that of few people, with its condition."""
    ends = _ends(header, header.estimator) if header.estimator else None
    made = refusals(header.estimator, ends) if header.estimator and ends else {}
    return header.refuse | made


def _values(header: Header) -> tuple[str, ...]:
    kept = {header.n, header.coverage, header.people}
    ends = (end for said in header.interval.values() if not isinstance(said, str) for end in said)
    return tuple(name for name in (*header.interval, *ends) if name not in kept)


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
