from __future__ import annotations

import enum
import ssl
from typing import Any

import pytest

from loguro_async.connection import RESERVED_HEADERS, ConnectionOptions, check_headers
from loguro_async.errors import ConfigurationError


class Name(str, enum.Enum):  # noqa: UP042 - as many programs have them
    SHOP = "X-Shop"


class Spelled(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def message_of(**options: Any) -> str:  # noqa: ANN401 - wrong ones too
    with pytest.raises(ConfigurationError) as caught:
        ConnectionOptions(**options)
    return str(caught.value)


def test_the_defaults_change_nothing() -> None:
    options = ConnectionOptions()
    assert (options.proxy, options.ssl, options.trust_env) == (None, None, False)
    assert dict(options.headers) == {}
    assert options.secrets == ()


@pytest.mark.parametrize(
    "proxy",
    [
        "http://proxy.example:3128",
        "https://proxy.example",
        "http://user:password@10.0.0.1:8080/",
        "http://[::1]:3128",
    ],
)
def test_a_proxy_is_a_url_of_a_host(proxy: str) -> None:
    assert ConnectionOptions(proxy=proxy).proxy == proxy


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("proxy.example:3128", "scheme and host"),
        ("ftp://proxy.example", "scheme and host"),
        ("http://", "scheme and host"),
        ("http://proxy.example:port", "scheme and host"),
        ("http://[::1", "scheme and host"),
        ("http://proxy.example/path", "only scheme, host and port"),
        ("http://proxy.example/?a=b", "only scheme, host and port"),
        ("http://proxy.example\r\nX: y", "must be a URL"),
        ("http://pröxy.example", "must be a URL"),
        ("", "must be a URL"),
        (3128, "must be a URL"),
        ("socks5://proxy.example:1080", "SOCKS"),
    ],
)
def test_another_proxy_is_refused(proxy: object, said: str) -> None:
    assert said in message_of(proxy=proxy)


def test_a_refused_proxy_does_not_show_its_password() -> None:
    assert "hunter2" not in message_of(proxy="http://user:hunter2@proxy.example/path")


def test_the_proxy_s_credentials_are_known_as_secrets() -> None:
    secrets = ConnectionOptions(proxy="http://me:p%40ss@proxy.example").secrets
    assert secrets == ("me:p%40ss", "me:p@ss", "p%40ss", "p@ss")


def test_a_tls_context_is_one() -> None:
    context = ssl.create_default_context()
    assert ConnectionOptions(ssl=context).ssl is context
    for wrong in (True, False, "ca.pem"):
        assert "create_default_context" in message_of(ssl=wrong)


def test_trust_env_is_a_switch() -> None:
    assert "trust_env must be True or False" in message_of(trust_env="yes")


def test_headers_are_copied_and_made_exact() -> None:
    given: dict[str, str] = {Name.SHOP: Spelled("blue shop")}
    options = ConnectionOptions(headers=given)
    given["X-More"] = "later"
    assert [*options.headers.items()] == [("X-Shop", "blue shop")]
    assert {type(text) for pair in options.headers.items() for text in pair} == {str}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([("X", "y")], "a mapping"),
        ({"": "x"}, "not a header name"),
        ({"X Y": "x"}, "not a header name"),
        ({"X:": "x"}, "not a header name"),
        ({"X\r\nY": "x"}, "not a header name"),
        ({1: "x"}, "not a header name"),
        ({"X-Y": "a\r\nEvil: b"}, "printable"),
        ({"X-Y": "a\x00"}, "printable"),
        ({"X-Y": "\u202ea"}, "printable"),
        ({"X-Y": " a"}, "printable"),
        ({"X-Y": 1}, "printable"),
        ({"X-Y": None}, "printable"),
        ({"X-Y": "a", "x-y": "b"}, "twice"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(headers: object, said: str) -> None:
    assert said in message_of(headers=headers)


def test_a_refused_header_does_not_show_its_value() -> None:
    assert "hunter2" not in message_of(headers={"X-Key": "hunter2\n"})


def test_headers_of_the_client_are_its_own() -> None:
    assert {"authorization", "host", "content-length", "transfer-encoding"} <= RESERVED_HEADERS
    for name in RESERVED_HEADERS:
        assert "must not set" in message_of(headers={name.title(): "x"})


def test_the_user_agent_can_be_set() -> None:
    assert check_headers({"User-Agent": "my-app/1.0"}) == {"User-Agent": "my-app/1.0"}


def test_its_representation_shows_no_secret() -> None:
    options = ConnectionOptions(
        proxy="http://me:hunter2@proxy.example", headers={"X-Key": "hunter3"}
    )
    assert repr(options) == "<ConnectionOptions with proxy, headers>"
    assert repr(ConnectionOptions()) == "<ConnectionOptions with defaults>"
