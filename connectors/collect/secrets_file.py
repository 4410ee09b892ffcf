"""The secrets file: who may push. TOML, readable by its owner alone (mode 600).

[[token]]                # a client that sends a token: as Bearer, or as Basic
id = "wakatime-1f0c"     # what logs and errors call it
source = "wakatime"      # all that it may push
sha256 = "9f86d0..."     # of the token, which is kept nowhere
account = "larkspur"     # whose it is, for sources whose deliveries do not say; optional
tenant = "default"       # optional
rate = 50                # requests a second, ten seconds' worth at once; optional

[[secret]]               # a sender that signs what it sends, such as GitHub
source = "github"
values = ["new", "old"]  # one, or two while the sender moves from one to the other
tenant = "default"       # optional
rate = 50                # optional
"""

import json
import os
import re
import secrets
import stat
import uuid
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from connectors.source import Source
from schemas.errors import Fatal, Usage

TENANT = "default"
RATE = 50.0
MODE = 0o600
SHORTEST = 16
"""Characters that a signing secret must have."""


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client's token, known by its hash."""

    id: str
    source: str
    sha256: str
    account: str = ""
    tenant: str = TENANT
    rate: float = RATE


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one sender signs with."""

    source: str
    values: list[str]
    tenant: str = TENANT
    rate: float = RATE


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the file holds."""

    token: list[Token] = []
    secret: list[Secret] = []


def read_secrets(path: Path, sources: Mapping[str, Source], tenant: str = TENANT) -> Secrets:
    """Read the file. Raises Fatal, naming the entry and never its value, for what is not right."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text()
    except FileNotFoundError:
        raise Fatal(
            f"there is no secrets file at {path}", "`upshot token SOURCE` makes one"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise Fatal(f"{path} cannot be read", "check the file and who may read it") from None
    if mode & 0o077:
        raise Fatal(f"{path} can be read by others (mode {mode:o})", f"run `chmod 600 {path}`")
    said = _parsed(path, text)
    for name, problem in _problems(said, sources, tenant):
        raise Fatal(f"{path}: {name} {problem}", "mend the entry; `upshot token` makes whole ones")
    return said


def new_token(source: Source) -> str:
    """Return 256 random bits for a source, or a random UUID where its clients take no other."""
    if source.push and source.push.credential == "uuid4":
        return str(uuid.uuid4())
    return secrets.token_urlsafe(32)


def add_token(
    path: Path,
    source: Source,
    sources: Mapping[str, Source],
    token: str,
    *,
    account: str = "",
    tenant: str = TENANT,
) -> str:
    """Add an entry for a new token and return its id; a signing secret is kept as it is.

    Makes the file where there is none. Raises Usage where the source never pushes or has its
    secret already, Fatal where the file is not right.
    """
    if source.push is None:
        known = ", ".join(sorted(name for name, one in sources.items() if one.push))
        raise Usage(f"source {source.name} does not push", f"use one of: {known}")
    digest = sha256(token.encode()).hexdigest()
    name = f"{source.name}-{digest[:8]}"
    if source.push.proof == "token":
        entry = {"id": name, "source": source.name, "sha256": digest, "tenant": tenant}
        lines = ["[[token]]", *_lines(entry | ({"account": account} if account else {}))]
    else:
        name = source.name
        lines = ["[[secret]]", *_lines({"source": name, "tenant": tenant}), f'values = ["{token}"]']
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, MODE)
    with os.fdopen(file, "r+") as out:
        before = read_secrets(path, sources, tenant)
        if source.push.proof != "token" and any(one.source == name for one in before.secret):
            raise Usage(
                f"{path} has a secret for {name} already",
                "to change it, add the new one to its `values`, and take the old one out later",
            )
        out.write("\n".join(["", *lines, ""]))
        out.flush()
        os.fsync(out.fileno())
    return name


def _lines(entry: dict[str, str]) -> list[str]:
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()]


def _parsed(path: Path, text: str) -> Secrets:
    try:
        return msgspec.toml.decode(text, type=Secrets)
    except msgspec.ValidationError as problem:
        raise Fatal(f"{path}: {problem}", "see the form of the file in its documentation") from None
    except msgspec.DecodeError as problem:
        where = re.search(r"at line \d+, column \d+", str(problem))
        raise Fatal(
            f"{path} is no TOML{f' ({where[0]})' if where else ''}", "mend the file"
        ) from None


def _problems(said: Secrets, sources: Mapping[str, Source], tenant: str) -> list[tuple[str, str]]:
    found = []
    for number, token in enumerate(said.token, 1):
        name = f"token {number}"
        if not re.fullmatch(r"[0-9a-f]{64}", token.sha256):
            found.append((name, "has no `sha256` of 64 hex characters"))
        found += [(name, wrong) for wrong in _scope(token, "token", sources, tenant)]
    if len({token.id for token in said.token}) < len(said.token):
        found.append(("two tokens", "have the same `id`"))
    for number, secret in enumerate(said.secret, 1):
        name = f"secret {number}"
        if not 1 <= len(secret.values) <= 2 or min(map(len, secret.values)) < SHORTEST:
            found.append((name, f"needs one or two `values` of {SHORTEST} characters or more"))
        found += [(name, wrong) for wrong in _scope(secret, "hub_signature", sources, tenant)]
    if len({secret.source for secret in said.secret}) < len(said.secret):
        found.append(("two secrets", "have the same `source`; put both into its `values`"))
    return found


def _scope(
    entry: Token | Secret, proof: str, sources: Mapping[str, Source], tenant: str
) -> list[str]:
    found = []
    push = sources[entry.source].push if entry.source in sources else None
    if push is None or push.proof != proof:
        found.append("is for a `source` that does not push with one")
    if entry.tenant != tenant:
        found.append(f"is for another `tenant` than {tenant}, whose key and log these are")
    if not entry.rate > 0:
        found.append("has a `rate` that lets nothing through")
    return found
