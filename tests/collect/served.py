"""A collector in a process of its own, with two small sources; ``python -m tests.collect.served``.

Its first line of output is its URL. What it is given on the command line are names of limits.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Raw

from connectors.collect.limits import Limits
from connectors.collect.run import Probe, Setup, collect
from connectors.collect.server import Listen, tell_on
from connectors.file_log import FileLog
from connectors.keys import TenantKey
from connectors.record import Person, record
from connectors.source import Item, Push, Reply, Request, Source
from schemas.errors import Rejected, UpshotError

KEY = TenantKey(b"a key for tests, 32 bytes long..")


@record
class Beat:
    """One thing said; the account is the token's."""

    number: int
    text: str
    account: Annotated[str, Person("tiny")]


def items(request: Request) -> Iterator[Item]:
    try:
        said = msgspec.json.decode(request.body, type=list[Raw] | dict[str, Raw])
    except msgspec.DecodeError as problem:
        raise Rejected(f"tiny: {problem}", "send a list of objects") from None
    for raw in said if isinstance(said, list) else [Raw(request.body)]:
        fields = msgspec.json.decode(raw)
        if "defect" in fields:
            raise KeyError("larkspur@example.com")
        yield Item(fields.get("kind", "beat"), {**fields, "account": request.account})


def reply(request: Request, count: int) -> Reply:
    seen = sorted(request.headers)
    return Reply(201, "application/json", msgspec.json.encode({"kept": count, "headers": seen}))


TINY = Source(
    name="tiny",
    topic="ide",
    records={"beat": Beat},
    read=lambda path: iter(()),
    push=Push(routes=("/tiny", "/tiny.bulk"), proof="token", items=items, reply=reply),
)
OTHER = Source(
    name="other",
    topic="ide",
    records={},
    read=lambda path: iter(()),
    push=Push(routes=("/other",), proof="token", items=items, reply=reply, credential="uuid4"),
)
SIGNED = Source(
    name="signed",
    topic="review",
    records={"beat": Beat},
    read=lambda path: iter(()),
    push=Push(
        routes=("/signed",),
        proof="hub_signature",
        items=items,
        reply=reply,
        max_bytes=25 * 2**20,
    ),
)
SOURCES = {source.name: source for source in (TINY, OTHER, SIGNED)}


def tell(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--behind", type=int, default=0)
    options.add_argument("--cover-every", type=float, default=300)
    options.add_argument("--cert", type=Path)
    options.add_argument("--cert-key", type=Path)
    options.add_argument("--limits", default="{}")
    given = options.parse_args()
    tell_on(sys.stderr)
    listen = Listen(host="127.0.0.1", port=0, cert=given.cert, key=given.cert_key)
    setup = Setup(
        log=FileLog(given.folder / "log"),
        listen=listen,
        secrets=given.folder / "secrets.toml",
        key=KEY,
        sources=SOURCES,
        limits=msgspec.convert(msgspec.json.decode(given.limits), Limits),
        probe=Probe(behind=lambda: given.behind, too_far=10),
        cover_every_s=given.cover_every,
    )
    try:
        collect(setup, lambda: time.time_ns() // 1000, tell)
    except UpshotError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
