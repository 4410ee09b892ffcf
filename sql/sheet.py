"""A sheet: one ``.sql`` file with a TOML header, one query, and the examples that prove it.

The header is the first comment, an example is a comment that begins with ``test:``, and the query
is what is left. The file runs unchanged in a ``duckdb`` shell on the catalogue. Everything here is
text work; reading a sheet needs no engine.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

from schemas.errors import Fatal
from sql.example import Example

HEADER = re.compile(r"\A\s*/\*(?!\s*test:)(.*?)\*/", re.DOTALL)
EXAMPLE = re.compile(r"/\*\s*test:(.*?)\*/", re.DOTALL)
NOT_CODE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
TABLE = re.compile(r"\b((?:facts|events|lake|metrics)\.[a-z_]\w*)")
UNREPEATABLE = re.compile(
    r"\b(now|today|random|current_date|current_time|current_timestamp|get_current_timestamp"
    r"|transaction_timestamp|localtime|localtimestamp|gen_random_uuid|uuid)\b",
    re.IGNORECASE,
)

H = TypeVar("H")


@dataclass(frozen=True)
class Sheet:
    """One file, taken apart."""

    place: str
    """The file as a reader finds it, such as ``sql/metrics/change_outcome.sql``."""
    name: str
    header: dict[str, Any]
    query: str
    """The query as written, without header, examples and the last semicolon."""
    examples: tuple[Example, ...]

    @property
    def code(self) -> str:
        """The query with every comment and every text literal blanked."""
        return " ".join(NOT_CODE.sub(" ", self.query).split())

    @property
    def reads(self) -> tuple[str, ...]:
        """The schema-qualified tables that the query reads, sorted."""
        return tuple(sorted(set(TABLE.findall(self.code))))

    def header_as(self, declaration: type[H]) -> H:
        """Return the header as a declared dataclass. Raises Fatal, naming the key."""
        known = [field.name for field in fields(declaration)]  # type: ignore[arg-type]
        if unknown := sorted(set(self.header) - set(known)):
            raise self.wrong(f"header key `{unknown[0]}` is unknown", f"Known are {known}")
        try:
            return msgspec.convert(self.header, declaration)
        except msgspec.ValidationError as problem:
            said = str(problem).replace("Object missing required field", "there is no header key")
            raise self.wrong(said, f"The header holds {known}") from None

    def wrong(self, problem: str, next_step: str) -> Fatal:
        """Return the error that says what is wrong in this file."""
        return Fatal(f"{self.place}: {problem}", next_step)


def parse(place: str, text: str) -> Sheet:
    """Take one file apart. Raises Fatal, naming the file, where it is not a sheet."""

    def wrong(problem: str, next_step: str) -> Fatal:
        return Fatal(f"{place}: {problem}", next_step)

    found = HEADER.match(text)
    if found is None:
        raise wrong("there is no header", "Begin the file with a /* */ comment that holds TOML")
    try:
        header = tomllib.loads(found[1])
    except tomllib.TOMLDecodeError as problem:
        raise wrong(f"the header is not TOML: {problem}", "Correct the first comment") from None
    body = text[found.end() :]
    examples = []
    for comment in EXAMPLE.findall(body):
        try:
            examples.append(Example.parse(comment))
        except ValueError as problem:
            raise wrong(str(problem), "An example is `test:`, `given`s and `expect:`") from None
    if not examples:
        raise wrong("there is no worked example", "Add a /* test: ... */ comment with one")
    name = place.rpartition("/")[2].removesuffix(".sql")
    query = EXAMPLE.sub("", body).strip().removesuffix(";").rstrip()
    sheet = Sheet(place, name, header, query, tuple(examples))
    if not sheet.code or ";" in sheet.code:
        raise wrong("it must hold exactly one query", "Keep one SELECT, its semicolon last")
    if unrepeatable := UNREPEATABLE.search(sheet.code):
        raise wrong(
            f"`{unrepeatable[0]}` would give another answer tomorrow", "Use a time from the facts"
        )
    return sheet


def sheets(folder: str) -> Iterator[Sheet]:
    """Read every sheet of one folder of this package, by name; works from a wheel, too."""
    found = {entry.name: entry for entry in files("sql").joinpath(folder).iterdir()}
    for name in sorted(found):
        if name.endswith(".sql"):
            yield parse(f"sql/{folder}/{name}", found[name].read_text("utf-8"))
