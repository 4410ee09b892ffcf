"""kafka-python as we use it: exactly these settings, and the real cause when it cannot connect.

The client says ``Unable to bootstrap`` to a wrong password, an unknown authority and a broker that
is not there alike, and the cause only in its log; so we read that. Its other defects are lived
with here: it never lets a batch expire (``delivery_timeout_ms``), or an idempotent producer goes
silent for good; and it never runs without the compiled ``crc32c`` (3 to 29 times slower, unsaid).
"""

import importlib
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.kafka_access import Access
from schemas.errors import Fatal

BOOTSTRAP_MS = 5_000
RECORD_BYTES = 8 << 20
"""What one record may take; the topics allow as much, so that a refusal harms no producer."""

PRODUCER: dict[str, Any] = {
    "enable_idempotence": True,
    "acks": "all",
    "compression_type": None,
    "linger_ms": 20,
    "request_timeout_ms": 5_000,
    "delivery_timeout_ms": 2**31 - 1,
    "reconnect_backoff_max_ms": 1_000,
    "max_block_ms": 60_000,
    "max_request_size": RECORD_BYTES,
    "allow_auto_create_topics": False,
}
CONSUMER: dict[str, Any] = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "isolation_level": "read_committed",
    "request_timeout_ms": 5_000,
    "reconnect_backoff_max_ms": 1_000,
    "max_poll_records": 50,
    "fetch_max_bytes": 16 << 20,
    "max_partition_fetch_bytes": RECORD_BYTES,
    "allow_auto_create_topics": False,
}

TLS = "name the authority's certificate with --kafka-ca"
LOGIN = "check --kafka-user and the file of --kafka-password-file"
CAUSES = (
    ("SaslAuthenticationFailed", "refused the user or the password", LOGIN),
    (
        "UnsupportedSaslMechanism|SaslHandshake failed",
        "does not offer that way of logging in",
        "choose another with --kafka-mechanism",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED.*(mismatch|not valid for)",
        "shows a certificate for another address",
        "name it as its certificate does",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "shows a certificate of an authority that is not trusted here",
        TLS,
    ),
    (
        "ALERT|certificate required",
        "does not accept our certificate",
        "name one of its authority with --kafka-cert and --kafka-key",
    ),
    (
        "Handshake failed",
        "does not speak TLS at that port",
        "leave out --kafka-ca, or name its port",
    ),
    ("ECONNREFUSED", "is not there: nobody listens", "start it, or correct --log"),
    ("DNS", "is not known by that name", "correct --log"),
)
CUT_BEFORE = ("cut the connection at once: perhaps it wants TLS", TLS)
CUT_BEHIND = ("cut the connection: perhaps it wants a login", "give --kafka-user")
CUT_LOGIN = ("refused the user or the password", LOGIN)
SILENT = ("does not answer", "see that it runs and that nothing stands between")


def producer(access: Access, **more: Any) -> Any:
    """Return a producer. Raises Fatal, naming the real cause, when there is no way to a broker."""
    return connected("KafkaProducer", access, PRODUCER | more)


def consumer(access: Access, **more: Any) -> Any:
    """Return a consumer; raises as ``producer`` does."""
    return connected("KafkaConsumer", access, CONSUMER | more)


def admin(access: Access) -> Any:
    """Return an admin client; raises as ``producer`` does."""
    return connected("KafkaAdminClient", access, {"request_timeout_ms": 10_000})


def connected(kind: str, access: Access, settings: dict[str, Any]) -> Any:
    """Make a client of kafka-python's and return it once it is connected."""
    client = getattr(_library(), kind)
    said = access.settings()
    with listening() as lines:
        from kafka.errors import KafkaError

        try:
            return client(**said, **settings, bootstrap_timeout_ms=BOOTSTRAP_MS)
        except KafkaError:
            problem, next_step = cause(lines, login=bool(access.user))
    raise Fatal(f"the broker at {', '.join(access.servers)} {problem}", next_step) from None


def cause(lines: list[str], *, login: bool) -> tuple[str, str]:
    """Return what kafka-python's log lines mean, and what to do about it. Pure."""
    for pattern, problem, next_step in CAUSES:
        if any(re.search(pattern, line) for line in lines):
            return problem, next_step
    if not any("disconnected" in line for line in lines):
        return SILENT
    # The broker had told its version, so what it did not like is who we are.
    if any(re.search(r"broker_version=\(.*disconnected", line) for line in lines):
        return CUT_LOGIN if login else CUT_BEHIND
    return CUT_BEFORE


def _library() -> Any:
    try:
        importlib.import_module("crc32c")
    except ImportError:
        raise Fatal(
            "the package crc32c is missing: Kafka would be up to 29 times slower, silently",
            "install it: `pip install crc32c`",
        ) from None
    with warnings.catch_warnings():
        # What it says of itself while it is imported is its makers' to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("kafka")


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def listening() -> Iterator[list[str]]:
    """Give what kafka-python logs meanwhile.

    It tells each retry as an error; nobody needs that on a terminal, so it goes no further.
    """
    logger = logging.getLogger("kafka")
    logger.propagate = False
    handler = _Lines()
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
