"""Where the broker is and how we prove who we are: ``kafka://HOST:PORT[,HOST:PORT][/PREFIX]``.

The rest comes from the environment, so that no secret is ever in a command line, a log's name or
a job's description: ``UPSHOT_KAFKA_USER``, ``..._PASSWORD_FILE``, ``..._MECHANISM``, ``..._CA``,
``..._CERT``, ``..._KEY``. Files are PEM; ``UPSHOT_KAFKA_CA=system`` trusts what the machine trusts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import Usage

SCHEME = "kafka://"
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512")
SYSTEM = "system"
_SERVER = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True)
class Access:
    """A way to one cluster."""

    servers: tuple[str, ...]
    prefix: str = ""
    """Put before every topic's name, for a cluster that many share."""
    user: str = ""
    password_file: str = ""
    mechanism: str = MECHANISMS[1]
    ca: str = ""
    cert: str = ""
    key: str = ""

    @classmethod
    def read(cls, name: str, environ: Mapping[str, str]) -> "Access":
        """Read a log's name and the environment. Raises Usage for what cannot be meant."""
        servers, _, prefix = name.removeprefix(SCHEME).partition("/")
        listed = tuple(servers.split(","))
        if not name.startswith(SCHEME) or not all(map(_SERVER.fullmatch, listed)):
            raise Usage("--log does not name a broker", f"use --log {SCHEME}HOST:PORT")
        if prefix and not _PREFIX.fullmatch(prefix):
            raise Usage(
                "--log names a prefix that no topic can have", "use letters, digits, dots and -"
            )
        said = {
            field: environ[f"UPSHOT_KAFKA_{field.upper()}"]
            for field in ("user", "password_file", "mechanism", "ca", "cert", "key")
            if environ.get(f"UPSHOT_KAFKA_{field.upper()}")
        }
        access = cls(listed, prefix, **said)
        access._sensible()
        return access

    def topic(self, name: str) -> str:
        """Return the broker's name of one of our topics."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def settings(self) -> dict[str, Any]:
        """Return what kafka-python wants to know. Raises Usage for a file that cannot be read."""
        said: dict[str, Any] = {"bootstrap_servers": list(self.servers)}
        tls = bool(self.ca or self.cert)
        if tls:
            files = {
                "ssl_cafile": "" if self.ca == SYSTEM else self.ca,
                "ssl_certfile": self.cert,
                "ssl_keyfile": self.key,
            }
            said |= {name: _readable(file) for name, file in files.items() if file}
        if self.user:
            said |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": Path(_readable(self.password_file)).read_text().strip("\n"),
            }
        protocol = ("SASL_" if self.user else "") + ("SSL" if tls else "PLAINTEXT")
        return said | {"security_protocol": protocol}

    def _sensible(self) -> None:
        if bool(self.user) != bool(self.password_file):
            raise Usage(
                "a Kafka user and the file with its password go together",
                "give both: --kafka-user NAME --kafka-password-file FILE",
            )
        if bool(self.cert) != bool(self.key):
            raise Usage(
                "a client's certificate and its key go together",
                "give both: --kafka-cert FILE --kafka-key FILE",
            )
        if self.mechanism not in MECHANISMS:
            raise Usage(
                "that way of logging in to Kafka is not supported",
                f"use --kafka-mechanism {' or '.join(MECHANISMS)}",
            )


def _readable(file: str) -> str:
    try:
        with Path(file).open("rb"):
            return file
    except OSError as problem:
        raise Usage(
            f"{file} cannot be read: {problem.strerror}", "name a file that holds PEM or a password"
        ) from None
