"""The tenant's key: the only thing that ties a pseudonym to a name, and it never leaves its file.

``upshot init`` makes it: 32 random bytes as 64 hex characters, readable by its owner alone. Nothing
logs it, prints it or copies it; losing it means that old and new pseudonyms no longer meet.
"""

import hmac
import os
import stat
from pathlib import Path

from schemas.errors import Fatal

KEY_BYTES = 32


class TenantKey:
    """A secret that turns names into pseudonyms; it does not print itself."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise Fatal(
                f"the tenant key has {len(secret)} bytes, not {KEY_BYTES}",
                "restore the key file from your backup; a new key would split every person in two",
            )
        self._secret = secret

    def pseudonym(self, domain: str, value: str) -> str:
        """Return the 32-character pseudonym of a value within a domain.

        HMAC-SHA256 over ``domain:value``, cut to 128 bits: equal inputs join, and without the key
        no list of guesses can be tried.
        """
        return hmac.digest(self._secret, f"{domain}:{value}".encode(), "sha256").hex()[:32]

    def digest(self, raw: bytes) -> str:
        """Return a keyed digest of bytes that may not be kept: equal bytes, equal digest."""
        return hmac.digest(self._secret, b"digest:" + raw, "sha256").hex()[:32]


def make_key(path: Path, secret: bytes) -> None:
    """Write a new key file with mode 600. Raises Fatal when there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError:
        raise Fatal(
            f"{path} already holds a key", "keep it: a new key would split every person in two"
        ) from None
    with os.fdopen(file, "w") as out:
        out.write(secret.hex() + "\n")
        out.flush()
        os.fsync(out.fileno())


def read_key(path: Path) -> TenantKey:
    """Read the key file. Raises Fatal when it is missing, readable by others, or no key."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(errors="replace").strip()
    except FileNotFoundError:
        raise Fatal(
            f"there is no tenant key at {path}", "run `upshot init` once, then back the file up"
        ) from None
    except OSError as problem:
        raise Fatal(
            f"the tenant key at {path} cannot be read: {problem.strerror}",
            "name another with --key",
        ) from None
    if mode & 0o077:
        raise Fatal(f"{path} can be read by others (mode {mode:o})", f"run `chmod 600 {path}`")
    try:
        return TenantKey(bytes.fromhex(text))
    except ValueError:
        raise Fatal(
            f"{path} does not hold a key (64 hex characters)", "restore it from your backup"
        ) from None
