"""Package URLs (``pkg:type/namespace/name@version``): what was put somewhere, without whose it is.

``pkg:github/ada/garden@<sha>`` names its owner, and does not say whether that is an organisation.
So the namespace is always keyed, just as a repository's owner is whom nobody calls an organisation:
a personal repository keeps the name by which its changes are told. An organisation's does not; its
deployments meet its changes by the sha, which is the same on both sides and names nobody.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

from connectors.keys import TenantKey
from connectors.repository import repository_name

HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
"""Types that name a repository, and where it lives; to these the case of a name means nothing."""

_PURL = re.compile(r"pkg:/*([a-z][a-z0-9.+-]*)/+([^@?#]+)(?:@([^?#]+))?(?:[?#].*)?", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9a-f]{7,64}|[a-z0-9]{2,16}:[0-9a-f]{32,128}|v?\d+(?:\.\d+){1,3}")
"""Versions that tell nothing else: an object id, a digest, a version number."""


class PackageUrl:
    """A package URL; leaves as one of a single spelling, so that equal ones join.

    The namespace is keyed, and so is a version that may be words (a branch, a name). Qualifiers and
    subpath, which can hold addresses and paths, are gone. What is no package URL leaves as a hash.
    """

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return what may be known of it."""
        if not isinstance(value, str):
            raise ValueError("Expected `str`")
        found = _PURL.fullmatch(value.strip())
        if found is None:
            return key.pseudonym("artifact", value.strip())
        kind = found[1].lower()
        namespace, _, name = unquote(found[2]).strip("/").rpartition("/")
        where = f"{kind}/{_named(kind, namespace, name, key)}"
        if found[3] is None:
            return f"pkg:{where}"
        version = unquote(found[3]).strip()
        plain = _PLAIN.fullmatch(version.lower())
        return f"pkg:{where}@{plain[0] if plain else key.pseudonym('version', version)}"


def _named(kind: str, namespace: str, name: str, key: TenantKey) -> str:
    """Return namespace and name as they may leave: keyed as in ``Repository``, or alone."""
    if kind in HOSTS:
        name = name.lower()
    if not namespace:
        return quote(name)
    keyed = repository_name(HOSTS.get(kind, kind), f"{namespace}/{name}", False, key)
    return quote(keyed.partition("/")[2])
