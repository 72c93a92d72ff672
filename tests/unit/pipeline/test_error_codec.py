from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.errors import (
    AuthenticationError,
    ConnectError,
    DecodeError,
    LoguroError,
    QueryFailedError,
    ResponseTooLargeError,
    TransportError,
    error_for_status,
)
from loguro_async.pipeline.error_codec import decode_error, encode_error


@pytest.mark.parametrize("status", [301, 400, 401, 404, 418, 429, 500, 503])
def test_an_error_of_a_status_comes_out_as_it_went_in(status: int) -> None:
    error = error_for_status(status, reason="why", retry_after=1.5, request_id="r1")
    error.about(slug="shop", endpoint="kpis", attempts=3)
    twin = decode_error(encode_error(error))
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)


@pytest.mark.parametrize(
    "error", [DecodeError("odd", path="$.a", body=b"x" * 10_000), ResponseTooLargeError("large")]
)
def test_an_error_of_a_response_has_the_beginning_of_its_body(error: DecodeError) -> None:
    twin = decode_error(encode_error(error))
    assert isinstance(twin, type(error))
    assert (str(twin), twin.body) == (str(error), error.body[:4096])


@pytest.mark.parametrize("error", [TransportError("reset"), ConnectError("refused")])
def test_a_failed_connection_is_no_news_to_others(error: LoguroError) -> None:
    assert encode_error(error) == b""
    assert decode_error(b"") is None


def test_an_error_that_cannot_be_encoded_is_not_shared() -> None:
    error = QueryFailedError(500)
    error.reason = object()  # type: ignore[assignment]
    assert encode_error(error) == b""


@pytest.mark.parametrize("kind", ["Exception", "NoSuchError", "error_for_status", "Final", "Any"])
def test_what_is_no_error_of_this_package_is_not_raised(kind: str) -> None:
    assert decode_error(msgspec.msgpack.encode([kind, ["text"], {}])) is None


def test_the_error_can_be_raised_and_caught() -> None:
    twin = decode_error(encode_error(AuthenticationError(401)))
    assert twin is not None
    with pytest.raises(AuthenticationError, match="personal access token"):
        raise twin


@given(st.binary(max_size=200))
def test_other_bytes_are_no_failure(plain: bytes) -> None:
    assert decode_error(plain) is None
