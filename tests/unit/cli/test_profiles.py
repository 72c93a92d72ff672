"""Named profiles: who goes before whom, and what is said of a file that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loguro_async.cli.profiles import find_profile, profile_names
from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = """
[profiles.default]
token = "pat_default"

[profiles.staging]
token = "pat_staging"
base_url = "https://staging.example"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with two profiles, and an environment that says nothing else."""
    path = tmp_path / "config.toml"
    path.write_text(PROFILES)
    path.chmod(0o600)
    monkeypatch.setenv("LOGURO_CONFIG", str(path))
    monkeypatch.delenv("LOGURO_PAT", raising=False)
    monkeypatch.delenv("LOGURO_PROFILE", raising=False)
    return path


def token_of(name: str | None) -> str | None:
    profile = find_profile(name)
    return None if profile is None else profile.token


def test_a_named_profile_goes_before_the_environment_and_that_before_the_default(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert token_of(None) == "pat_default"
    monkeypatch.setenv("LOGURO_PAT", "pat_environment")
    assert token_of(None) is None
    assert token_of("staging") == "pat_staging"
    monkeypatch.setenv("LOGURO_PROFILE", "staging")
    assert token_of(None) == "pat_staging"
    assert token_of("default") == "pat_default"


def test_a_file_may_begin_with_a_byte_order_mark(config: Path) -> None:
    config.write_text(PROFILES, encoding="utf-8-sig")
    assert token_of("staging") == "pat_staging"


def test_without_a_file_the_environment_is_meant(config: Path) -> None:
    config.unlink()
    assert find_profile(None) is None
    assert profile_names() == []
    with pytest.raises(ConfigurationError, match=r"cannot read .*No such file"):
        find_profile("staging")


def test_an_unknown_profile_is_refused_with_the_known_names(config: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'stagin'.*'default', 'staging'"):
        find_profile("stagin")


def test_the_names_can_be_completed(config: Path) -> None:
    assert profile_names() == ["default", "staging"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_can_read_is_refused_with_a_hint(config: Path, mode: int) -> None:
    config.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"chmod 600 {config}"):
        find_profile(None)
    assert profile_names() == []


def test_a_file_of_another_user_is_refused(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        find_profile(None)


@pytest.mark.parametrize(
    "text",
    [
        'token = "pat_secret',
        "[profiles.a]\ntoken = pat_secret",
        '[profiles.a]\npat_secret = "x"',
        '[profiles.a]\ntoken = ["pat_secret"]',
        '[profiles]\na = "pat_secret"',
        '[other]\ntoken = "pat_secret"',
        '[profiles.a]\nbase_url = "https://pat_secret@x"',
    ],
)
def test_what_is_no_profile_is_refused_and_no_token_shown(config: Path, text: str) -> None:
    config.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        find_profile(None)
    assert str(config) in str(caught.value)
    assert "secret" not in repr(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text_is_refused(config: Path) -> None:
    config.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not text in UTF-8"):
        find_profile(None)


def test_a_profile_shows_no_token(config: Path) -> None:
    assert repr(find_profile("staging")) == "Profile(base_url='https://staging.example')"
