"""The tables in ``sql/README.md``, made from the files; ``python -m sql.readme`` writes them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sql.check import checks
from sql.metric import metrics

README = Path(__file__).with_name("README.md")


def written(readme: str) -> str:
    """Return the README with its tables as the files say they should be."""
    tables = {
        "metrics": table(
            ("metric", "question", "a row is", "unit", "read it with"),
            (
                (f"`{one.name}`", one.question, ", ".join(one.grain), one.unit, f"`{one.pair}`")
                for one in metrics().values()
            ),
        ),
        "checks": table(
            ("check", "what holds", "otherwise"),
            ((f"`{one.name}`", one.title, one.severity) for one in checks().values()),
        ),
    }
    return filled(readme, tables)


def filled(readme: str, parts: Mapping[str, str]) -> str:
    """Return a text with what stands between ``<!-- name -->`` and ``<!-- end -->`` replaced.

    Raises ValueError for a name that the text does not have.
    """
    for name, part in parts.items():
        before, begin, rest = readme.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            raise ValueError(f"there is no <!-- {name} --> with its <!-- end -->")
        readme = before + begin + part + end + after
    return readme


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
