"""Who an event is: 128 bits that any path to the same fact computes alike.

``id128("change.reviewed", "github.com", "694073641")`` is the first half of the sha256 of the
fields written as netstrings (``<bytes>:<text>``; ``-`` for an unknown field), so no two lists of
fields share a spelling. The same rule exists as SQL, because ids are computed in bulk and are
not stored: ``id_sql`` and ``id128`` are held together by golden vectors (tests/test_identity.py).
"""

from datetime import UTC, date, datetime
from hashlib import sha256

KeyField = str | int | bool | datetime | date | None
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def canonical(field: KeyField) -> str:
    """Spell one key field: times as microseconds since 1970 UTC, days as ISO, truth as true."""
    if isinstance(field, bool):
        return "true" if field else "false"
    if isinstance(field, datetime):
        moment = field if field.tzinfo else field.replace(tzinfo=UTC)
        delta = moment - EPOCH
        return str((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds)
    if isinstance(field, date):
        return field.isoformat()
    return str(field)


def id128(*fields: KeyField) -> str:
    """Return 32 hex characters that name these fields, in this order, and nothing else."""
    digest = sha256()
    for field in fields:
        if field is None:
            digest.update(b"-")
        else:
            text = canonical(field).encode()
            digest.update(b"%d:%s" % (len(text), text))
    return digest.hexdigest()[:32]


def id_sql(prefix: str, columns: dict[str, str]) -> str:
    """Return the SQL of ``id128(prefix, *columns)`` for column names and their SQL types."""
    parts = [f"'{len(prefix.encode())}:{prefix}'"]
    for name, sql_type in columns.items():
        text = f'epoch_us("{name}")::VARCHAR' if sql_type == "TIMESTAMP" else f'"{name}"::VARCHAR'
        parts.append(f"coalesce(strlen({text}) || ':' || {text}, '-')")
    return f"left(sha256({' || '.join(parts)}), 32)"
