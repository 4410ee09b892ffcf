"""Package URLs: they join, and do not say whose they are."""

import pytest

from connectors.keys import TenantKey
from connectors.package_url import PackageUrl
from connectors.repository import Repository

KEY = TenantKey(b"a key for tests, 32 bytes long..")
SHA = "5e" * 20
DIGEST = "sha256:" + "0b" * 32


def left(value: str) -> str:
    return PackageUrl().leave(value, KEY)


def test_a_personal_repository_keeps_the_name_by_which_its_changes_are_told() -> None:
    owned = {"full_name": "quillfeather-ada/Garden", "owner": {"type": "User"}}
    _, _, told = Repository("github.com").leave(owned, KEY).partition("/")
    assert left(f"pkg:github/Quillfeather-Ada/garden@{SHA}") == f"pkg:github/{told}@{SHA}"


def test_the_owner_is_keyed_wherever_it_stands() -> None:
    said = left(f"pkg:github/quillfeather/quillfeather.github.io@{SHA}")
    assert "quillfeather" not in said
    assert said.endswith(f".github.io@{SHA}")


@pytest.mark.parametrize(
    "value",
    [
        f"pkg:GitHub/Acme/Web@{SHA.upper()}",
        f" pkg:github/acme/web@{SHA}",
        f"pkg:github/acme/web@{SHA}?checksum=sha1:ad9503c3e994a4f611a4892f2e67ac82df727086",
        f"pkg:github/acme/web@{SHA}#deploy/quillfeather",
        f"pkg://github/acme/web@{SHA}",
    ],
)
def test_one_thing_has_one_spelling(value: str) -> None:
    assert left(value) == left(f"pkg:github/acme/web@{SHA}")


@pytest.mark.parametrize(
    ("value", "leaves"),
    [
        (f"pkg:oci/web@{DIGEST}", f"pkg:oci/web@{DIGEST}"),
        (f"pkg:oci/web@{DIGEST.replace(':', '%3A')}", f"pkg:oci/web@{DIGEST}"),
        (f"pkg:oci/web@{DIGEST}?repository_url=ghcr.io/ada/web", f"pkg:oci/web@{DIGEST}"),
        ("pkg:pypi/django@1.11.1", "pkg:pypi/django@1.11.1"),
        ("pkg:generic/My Tool", "pkg:generic/My%20Tool"),
    ],
)
def test_what_names_nobody_stays(value: str, leaves: str) -> None:
    assert left(value) == leaves


@pytest.mark.parametrize(
    "value",
    [
        "pkg:docker/quillfeather/web@1.0",
        "pkg:npm/%40quillfeather/web@1.0.0",
        "pkg:golang/github.com/quillfeather/web@v1.0.0",
        "pkg:github/acme/web@quillfeather-fixes-it",
        "pkg:pypi/django@1.0-quillfeather",
        "pkg:generic/web@1.0?vcs_url=git%2Bhttps://example.org/quillfeather/web",
        "ghcr.io/quillfeather/web:1.0",
        "quillfeather",
    ],
)
def test_a_person_in_any_part_but_the_name_is_gone(value: str) -> None:
    assert "quillfeather" not in left(value)
    assert left(value) == left(value)
    assert left(value) != left(value.replace("quillfeather", "someoneelse")) or "?" in value


@pytest.mark.parametrize("value", [None, 5, {}, ["pkg:oci/web"]])
def test_what_is_no_text_does_not_fit(value: object) -> None:
    with pytest.raises(ValueError, match="str"):
        PackageUrl().leave(value, KEY)
