"""The tenant's key: made once, read by its owner alone, never shown."""

import hmac
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.keys import TenantKey, make_key, read_key
from schemas.errors import Fatal

SECRET = bytes(range(32))


def test_a_pseudonym_is_half_an_hmac_of_its_domain_and_value() -> None:
    expected = hmac.new(SECRET, b"branch:main", sha256).hexdigest()[:32]
    assert TenantKey(SECRET).pseudonym("branch", "main") == expected


def test_equal_bytes_have_equal_digests_that_are_no_plain_hash() -> None:
    assert TenantKey(SECRET).digest(b"x") == TenantKey(SECRET).digest(b"x")
    assert TenantKey(SECRET).digest(b"x") != sha256(b"x").hexdigest()[:32]


def test_a_key_does_not_print_itself() -> None:
    key = TenantKey(SECRET)
    assert SECRET.hex() not in repr(key) + str(key)
    assert not hasattr(key, "__dict__")


def test_a_made_key_is_read_back_and_closed_to_others(tmp_path: Path) -> None:
    make_key(tmp_path / "deep" / "key", SECRET)
    assert stat.S_IMODE((tmp_path / "deep" / "key").stat().st_mode) == 0o600
    assert read_key(tmp_path / "deep" / "key").digest(b"x") == TenantKey(SECRET).digest(b"x")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    make_key(tmp_path / "key", SECRET)
    with pytest.raises(Fatal, match="already holds a key"):
        make_key(tmp_path / "key", bytes(32))
    assert (tmp_path / "key").read_text() == SECRET.hex() + "\n"


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="upshot init"):
        read_key(tmp_path / "key")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "key", SECRET)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(Fatal, match="chmod 600"):
        read_key(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31, "00" * 33])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(Fatal) as problem:
        read_key(file)
    assert not text or text not in str(problem.value).replace(str(file), "")


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x00" * 32])
def test_a_key_file_of_raw_bytes_is_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(raw)
    file.chmod(0o600)
    with pytest.raises(Fatal, match="64 hex characters"):
        read_key(file)
