"""The tables in ``sql/README.md``, made from the files; ``python -m sql.readme`` writes them."""

from collections.abc import Iterable
from pathlib import Path

from sql.check import checks
from sql.metric import metrics

README = Path(__file__).with_name("README.md")


def written(readme: str) -> str:
    """Return the README with its tables as the files say they should be."""
    tables = {
        "metrics": _table(
            ("metric", "question", "a row is", "unit", "read it with"),
            (
                (f"`{one.name}`", one.question, ", ".join(one.grain), one.unit, f"`{one.pair}`")
                for one in metrics().values()
            ),
        ),
        "checks": _table(
            ("check", "what holds", "otherwise"),
            ((f"`{one.name}`", one.title, one.severity) for one in checks().values()),
        ),
    }
    for name, table in tables.items():
        before, begin, rest = readme.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        readme = before + begin + table + end + after
    return readme


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
