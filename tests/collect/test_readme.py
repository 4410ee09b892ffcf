"""The table of routes in connectors/README.md is made from what the sources declare."""

from collections.abc import Callable
from pathlib import Path

import connectors
from connectors import all_sources
from connectors.collect.limits import MIB

README = Path(connectors.__file__).parent / "README.md"
PROOFS = {"token": "token", "hub_signature": "signature"}


def test_the_table_of_routes_is_that_of_the_sources(kept: Callable[[Path, str], None]) -> None:
    head, begin, rest = README.read_text().partition("<!-- generated: routes -->\n")
    _, end, tail = rest.partition("<!-- end -->")
    assert begin
    kept(README, head + begin + table_of_routes() + end + tail)


def table_of_routes() -> str:
    lines = ["| source | POST to | proof | content types | up to |", "|---|---|---|---|---|"]
    for name, source in sorted(all_sources().items()):
        if source.push:
            paths = ", ".join(f"`{path}`" for path in source.push.routes)
            types = ", ".join(f"`{known}`" for known in source.push.content_types)
            size = f"{source.push.max_bytes // MIB} MiB"
            lines.append(f"| {name} | {paths} | {PROOFS[source.push.proof]} | {types} | {size} |")
    return "\n".join(lines) + "\n"
