"""How far the log has landed: the names under which ``lake/deliveries`` remembers it."""

from hashlib import sha256

PACKED = "rows/packed"
"""The name under which the table remembers how many rows came many to a position."""

LOST = "rows/lost"
"""The name under which the table remembers how many positions of spools were lost, and accepted."""

COMPACTED = "compacted"
"""The name under which the table remembers which version its last compaction made."""

ERASURES = "erasures"
"""The name under which the table remembers how often somebody was erased from it."""

REPLAYED = "replayed"
"""The name under which a lake that was replayed from another remembers that it was."""


def app_id(stream: str) -> str:
    """Return the name under which the table remembers a stream's next position."""
    return f"log/{stream}"


def made_of(partition: str) -> str:
    """Return the name under which the table remembers which stream a partition was."""
    return f"stream/{partition}"


def number(stream: str) -> int:
    """Return a stream's name as a number that fits into a commit."""
    return int.from_bytes(sha256(stream.encode()).digest()[:7], "big")
