from __future__ import annotations

import traceback
from typing import Any, TypeAlias

import pytest

from loguro_async.credentials import check_base_url, check_token
from loguro_async.errors import ConfigurationError, LoguroError

Odd: TypeAlias = Any  # a value that the signature does not allow

SECRET = "pat_s3cr3t"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGURO_PAT", raising=False)
    monkeypatch.delenv("LOGURO_BASE_URL", raising=False)


def test_the_token_comes_from_the_argument_or_else_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGURO_PAT", "pat_env")

    assert check_token(None) == "pat_env"
    assert check_token("pat_argument") == "pat_argument"


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_the_error_says_how_to_set_it(token: str | None) -> None:
    with pytest.raises(ConfigurationError, match="set LOGURO_PAT"):
        check_token(token)


def test_an_empty_token_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGURO_PAT", "pat_env")
    with pytest.raises(ConfigurationError, match="no token"):
        check_token("")


@pytest.mark.parametrize(
    "token",
    [
        "s3cr3t",
        "PAT_s3cr3t",
        "pat_",
        " pat_s3cr3t",
        "pat_s3cr3t ",
        "pat_s3cr3t\n",
        "pat_s3\r\ncr3t",
        "pat_s3cr3t\x00",
        "pat_s3cr3té",
        "Bearer pat_s3cr3t",
        "lgr_s3cr3t",
        b"pat_s3cr3t",
        7,
    ],
)
def test_what_cannot_be_a_token_is_refused_and_not_shown(token: Odd) -> None:
    with pytest.raises(ConfigurationError, match="begin with pat_") as caught:
        check_token(token)
    assert "s3cr3t" not in all_texts(caught.value)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("pat_s3cr3té", "this one has another character at position 11; copy it again"),
        ("pat_s3\ncr3t", "this one has a space or line break at position 7; copy it again"),
        ("lgr_s3cr3t", "a project's API key is for ingest only"),
    ],
)
def test_the_message_about_a_token_says_what_is_wrong(token: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{reason}$"):
        check_token(token)


@pytest.mark.parametrize("path", ["/api/web-events", "/api/web-events/", "/x/api/web-events/shop"])
def test_an_origin_with_the_path_of_the_api_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="must end before /api/web-events/"):
        check_base_url(f"https://logu.ro{path}")


def all_texts(error: LoguroError) -> str:
    return repr(error) + repr(vars(error)) + "".join(traceback.format_exception_only(error))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://logu.ro", "https://logu.ro"),
        ("https://logu.ro/", "https://logu.ro"),
        ("https://proxy.example.com:8443/loguro/", "https://proxy.example.com:8443/loguro"),
        ("https://proxy.example.com/a..b", "https://proxy.example.com/a..b"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST", "http://LOCALHOST"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_may_have_a_path_prefix(given: str, kept: str) -> None:
    assert check_base_url(given) == kept


def test_the_origin_comes_from_the_argument_or_the_environment_or_is_the_service_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check_base_url(None) == "https://logu.ro"
    monkeypatch.setenv("LOGURO_BASE_URL", "https://env.example.com/")
    assert check_base_url(None) == "https://env.example.com"
    assert check_base_url("https://argument.example.com") == "https://argument.example.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://logu.ro",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://[::2]",
        "http://2130706433",
    ],
)
def test_plain_http_is_refused_but_for_loopback(url: str) -> None:
    with pytest.raises(ConfigurationError, match="use https"):
        check_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "logu.ro",
        "//logu.ro",
        "ftp://logu.ro",
        "https://",
        "https:///path",
        "https://[::1",
        "https://logu.ro:port",
        "https://logu.ro:65536",
        "https://logu.ro?a=1",
        "https://logu.ro?",
        "https://logu.ro#a",
        "https://@logu.ro",
        "https://logu.ro/..",
        "https://logu.ro/a/../b",
        "https://logu.ro/%2e%2E/b",
        "https://logu.ro/a b",
        "https://logu.ro\\a",
        "https://logu.ro\n",
        "https://logu.ro\t/a",
        "https://bücher.example",
        b"https://logu.ro",
        7,
    ],
)
def test_what_is_no_origin_is_refused(url: Odd) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        check_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        SECRET,
        f"https://user:{SECRET}@logu.ro",
        f"https://{SECRET}@logu.ro",
        f"https://logu.ro:{SECRET}",
        f"ftp://user:{SECRET}@logu.ro",
        f"https://logu.ro/{SECRET} ",
        f"http://logu.ro/{SECRET}",
        f"https://logu.ro?token={SECRET}",
    ],
)
def test_a_token_in_the_wrong_argument_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        check_base_url(url)
    assert "s3cr3t" not in all_texts(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_password_in_the_address_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_base_url("ftp://user:hunter2@logu.ro")
    assert "hunter2" not in all_texts(caught.value)
