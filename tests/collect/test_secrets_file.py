"""The secrets file: made by `upshot token`, read strictly, told of without a word of it."""

import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.collect.proof import presented
from connectors.collect.secrets_file import add_token, read_secrets
from schemas.errors import Fatal, UpshotError, Usage
from tests.collect.served import SOURCES

DIGEST = "0" * 64


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_token_is_kept_as_its_hash_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secrets.toml"
    name = add_token(path, SOURCES["tiny"], SOURCES, "a token", account='lark\'spur "q" ü')
    assert path.stat().st_mode & 0o777 == 0o600
    assert "a token" not in path.read_text()
    [token] = tomllib.loads(path.read_text())["token"]
    assert token == {
        "id": name,
        "source": "tiny",
        "sha256": sha256(b"a token").hexdigest(),
        "tenant": "default",
        "account": 'lark\'spur "q" ü',
    }


def test_tokens_and_a_signing_secret_are_added_and_nothing_is_changed(tmp_path: Path) -> None:
    path = written(
        tmp_path, "# ours\n[[token]]\nid = 'a'\nsource = 'tiny'\nsha256 = '" + DIGEST + "'"
    )
    add_token(path, SOURCES["tiny"], SOURCES, "another token")
    add_token(path, SOURCES["signed"], SOURCES, "a secret that signs")
    secrets = read_secrets(path, SOURCES)
    assert [token.id for token in secrets.token] == ["a", secrets.token[1].id]
    assert [secret.values for secret in secrets.secret] == [["a secret that signs"]]
    assert path.read_text().startswith("# ours\n")
    with pytest.raises(Usage, match="has a secret for signed already"):
        add_token(path, SOURCES["signed"], SOURCES, "one more secret")
    assert len(read_secrets(path, SOURCES).secret) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[token]", r"no TOML \(at line 1, column 8\)"),
        ("[[token]]\nid = 'a'\nsource = 'tiny'", r"missing required field `sha256`"),
        ("[[token]]\nid = 'a'\nsource = 'tiny'\nsha256 = 'larkspur'", r"token 1 has no `sha256`"),
        (
            f"[[token]]\nid = 'a'\nsource = 'roster'\nsha256 = '{DIGEST}'",
            r"token 1 is for a `source`",
        ),
        (
            f"[[token]]\nid = 'a'\nsource = 'signed'\nsha256 = '{DIGEST}'",
            r"token 1 is for a `source`",
        ),
        (f"[[token]]\nid='a'\nsource='tiny'\nsha256='{DIGEST}'\ntenant='b'", r"another `tenant`"),
        (f"[[token]]\nid='a'\nsource='tiny'\nsha256='{DIGEST}'\nrate=0", r"lets nothing through"),
        (f"[[token]]\nid='a'\nsource='tiny'\nsha256='{DIGEST}'\n" * 2, r"have the same `id`"),
        (f"[[token]]\nid='a'\nsource='tiny'\nsha256='{DIGEST}'\nlarkspur=1", r"unknown field"),
        ("[[secret]]\nsource='signed'\nvalues=[]", r"secret 1 needs one or two `values`"),
        ("[[secret]]\nsource='signed'\nvalues=['larkspur']", r"of 16 characters or more"),
        ("[[secret]]\nsource='tiny'\nvalues=['larkspur larkspur']", r"secret 1 is for a `source`"),
        ("[[secret]]\nsource='signed'\nvalues=['larkspur larkspur']\n" * 2, r"the same `source`"),
    ],
)
def test_a_file_that_is_not_right_is_refused_by_its_entry(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(Fatal, match=said) as problem:
        read_secrets(written(tmp_path, text), SOURCES)
    assert problem.value.next_step
    assert "larkspur" not in str(problem.value).replace("unknown field `larkspur`", "")
    assert "\n" not in str(problem.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "", 0o640)
    for use in (
        lambda: read_secrets(path, SOURCES),
        lambda: add_token(path, SOURCES["tiny"], SOURCES, "t"),
    ):
        with pytest.raises(Fatal, match=r"can be read by others \(mode 640\). run `chmod 600"):
            use()
    assert path.read_text() == ""


def test_a_file_that_is_not_there_is_refused_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"no secrets file .* `upshot token SOURCE` makes one"):
        read_secrets(tmp_path / "secrets.toml", SOURCES)


def test_a_source_that_never_pushes_has_no_token(tmp_path: Path) -> None:
    from connectors import all_sources

    with pytest.raises(UpshotError, match=r"source roster does not push. use one of: other, sig"):
        add_token(tmp_path / "s", all_sources()["roster"], SOURCES, "t")


@pytest.mark.parametrize(
    ("header", "tokens"),
    [
        ("Bearer abc", [b"abc"]),
        ("bearer  abc ", [b"abc"]),
        ("Basic YWJj", [b"abc"]),
        ("Basic YWJjOg==", [b"abc"]),
        ("Basic bmFtZTphYmM=", [b"abc"]),
        ("Basic YWJj!", []),
        ("Basic \xfc", []),
        ("abc", []),
        ("", []),
    ],
)
def test_a_token_is_found_in_each_form_that_clients_send(header: str, tokens: list[bytes]) -> None:
    assert presented(header) == tokens
