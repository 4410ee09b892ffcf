"""Repositories: plain where an organisation owns them, keyed where a person does."""

import pytest

from connectors.keys import TenantKey
from connectors.repository import Repository, repository_name

KEY = TenantKey(b"a key for tests, 32 bytes long..")
GITHUB = Repository("github.com")


def test_the_repository_of_an_organisation_keeps_its_name_in_lower_case() -> None:
    owned = {"full_name": "Acme/Web", "owner": {"type": "Organization"}}
    assert GITHUB.leave(owned, KEY) == "github.com/acme/web"


@pytest.mark.parametrize("owner", [{"type": "User"}, {"type": None}, {}, None, "Organization"])
def test_any_other_owner_is_keyed_and_the_name_stays(owner: object) -> None:
    name = GITHUB.leave({"full_name": "quillfeather-ada/Garden", "owner": owner}, KEY)
    host, keyed, repository = name.split("/")
    assert (host, repository) == ("github.com", "garden")
    assert keyed == KEY.pseudonym("owner", "github.com/quillfeather-ada")


@pytest.mark.parametrize("full_name", ["ada/ada.github.io", "Ada/my-ADA-site", "ada/ada"])
def test_a_personal_owner_does_not_stand_in_the_repositorys_own_name(full_name: str) -> None:
    named = repository_name("github.com", full_name, organisation=False, key=KEY)
    assert "ada" not in named.replace(KEY.pseudonym("owner", "github.com/ada"), "")
    assert repository_name("github.com", full_name, organisation=True, key=KEY).endswith(
        full_name.lower()
    )


def test_a_personal_owner_differs_from_host_to_host() -> None:
    here = repository_name("github.com", "ada/garden", organisation=False, key=KEY)
    there = repository_name("gitlab.com", "ada/garden", organisation=False, key=KEY)
    assert here.split("/")[1] != there.split("/")[1]


def test_a_group_within_a_persons_group_is_keyed_with_it() -> None:
    name = repository_name("gitlab.com", "ada/private/garden", organisation=False, key=KEY)
    assert name == f"gitlab.com/{KEY.pseudonym('owner', 'gitlab.com/ada/private')}/garden"


@pytest.mark.parametrize("value", [None, "acme/web", {}, {"full_name": 5}])
def test_what_is_no_repository_does_not_fit(value: object) -> None:
    with pytest.raises(ValueError, match="full_name"):
        GITHUB.leave(value, KEY)
