"""Proof: who sent a request, by the token that it carries or the signature over its bytes.

Comparisons take the same time whatever is wrong. A token of no entry is 401; one of another
source is 403, because then the client is known and only the address is wrong.
"""

import base64
import binascii
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from connectors.collect.limits import Bucket
from connectors.collect.refused import Refused
from connectors.collect.secrets_file import Secrets, Token

PROVING = frozenset({"authorization", "proxy-authorization", "cookie", "x-hub-signature"}) | {
    "x-hub-signature-256"
}
"""Headers that no source gets to see."""


@dataclass(frozen=True)
class Caller:
    """Whoever proved to be allowed to push to a source."""

    id: str
    account: str
    bucket: Bucket

    def admit(self, now: float) -> None:
        """Let one request through. Raises Refused (429) when the rate is used up."""
        wait_s = self.bucket.take(now)
        if wait_s:
            seconds = str(math.ceil(wait_s))
            raise Refused(
                429,
                "rate",
                f"{self.id} sends faster than its `rate` in the secrets file",
                f"send it again in {seconds} s; put more into one request",
                [(b"retry-after", seconds.encode())],
            )


class Proof:
    """All tokens and secrets that are live, with what is left of each one's rate."""

    def __init__(self, secrets: Secrets, now: float) -> None:
        # Found by a few characters of the hash, so that the time to find one tells no more.
        self._tokens: dict[str, list[tuple[Token, Caller]]] = {}
        for token in secrets.token:
            caller = Caller(token.id, token.account, Bucket(token.rate, now))
            self._tokens.setdefault(token.sha256[:4], []).append((token, caller))
        self._signers = {
            secret.source: (
                [value.encode() for value in secret.values],
                Caller(secret.source, "", Bucket(secret.rate, now)),
            )
            for secret in secrets.secret
        }

    def by_token(self, headers: Mapping[str, str], source: str) -> Caller:
        """Return who sent it. Raises Refused: 401 without a live token, 403 with another's."""
        for token in presented(headers.get("authorization", "")):
            digest = sha256(token).hexdigest()
            for known, caller in self._tokens.get(digest[:4], ()):
                if hmac.compare_digest(known.sha256, digest):
                    if known.source == source:
                        return caller
                    raise Refused(
                        403,
                        "scope",
                        f"{known.id} is a token for another source",
                        f"make one with `upshot token {source}`",
                    )
        raise Refused(
            401,
            "token",
            "there is no live token with this request",
            f"send `Authorization: Bearer TOKEN`; `upshot token {source}` makes one",
            [(b"www-authenticate", b"Bearer")],
        )

    def by_signature(self, headers: Mapping[str, str], raw: bytes, source: str) -> Caller:
        """Return who signed exactly these bytes. Raises Refused (401) for nobody we know."""
        given = headers.get("x-hub-signature-256", "").encode("latin-1")
        values, caller = self._signers.get(source, ([], None))
        matches = [hmac.compare_digest(signature(value, raw), given) for value in values]
        if caller is None or not any(matches):
            raise Refused(
                401,
                "signature",
                "X-Hub-Signature-256 does not match the body",
                f"give the webhook the secret of {source} in the secrets file",
            )
        return caller


def signature(secret: bytes, raw: bytes) -> bytes:
    """Return GitHub's ``X-Hub-Signature-256`` of a body."""
    return b"sha256=" + hmac.new(secret, raw, sha256).hexdigest().encode()


def presented(authorization: str) -> list[bytes]:
    """Return the tokens that an ``Authorization`` header may mean.

    Bearer is the token. Basic is base64 of the token alone (as WakaTime's clients send it), of
    ``name:token``, or of ``token:``.
    """
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return [value.strip().encode("latin-1")]
    if scheme.lower() != "basic":
        return []
    try:
        plain = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return []
    name, colon, word = plain.partition(b":")
    return [word or name] if colon else [plain]
