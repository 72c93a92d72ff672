"""Error messages of the command line."""

from __future__ import annotations

import pytest

from loguro_async import (
    AuthenticationError,
    BadRequestError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    RedirectError,
    ResponseTooLargeError,
)
from loguro_async.cli.advice import TOKEN_SOURCE, describe

OF_THE_LIBRARY = ("Limits", "CachePolicy", "RetryPolicy", ".body", "with_options", "LoguroClient")
ERRORS: list[LoguroError] = [
    AuthenticationError(401, reason="Invalid token"),
    BadRequestError(400),
    RateLimitedError(429, reason="Too many requests").about(slug="local", endpoint="kpis"),
    RedirectError(301),
    QueryFailedError(500),
    DecodeError("the response cannot be read; look at .body, check base_url, and so on"),
    ConnectError("no connection to https://x; check the network and base_url"),
    ResponseTooLargeError("too large; ask for fewer rows, or raise Limits.max_body_bytes"),
    DeadlineExceededError("waited 3 s for a permit (Limits.concurrency=64); try again"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_advice_is_for_the_shell(error: LoguroError) -> None:
    said = describe(error)
    assert not [word for word in OF_THE_LIBRARY if word in said]
    assert "; " in said


def test_the_failure_stays_in_the_message() -> None:
    assert describe(ERRORS[2]) == (
        "kpis of 'local': the service responded with 429 (Too many requests); "
        "wait, or lower --concurrency of batch"
    )
    assert describe(QueryFailedError(500)) == str(QueryFailedError(500))
    assert describe(DecodeError("no advice")) == "no advice"
    error = DecodeError("no JSON; look at .body, and more").about(endpoint="kpis", attempts=3)
    assert describe(error).startswith("kpis: no JSON; check $LOGURO_BASE_URL")
    assert describe(error).endswith(" (after 3 attempts)")


def test_the_path_of_an_address_is_named_by_where_it_is_from() -> None:
    said = describe(LoguroError("check the slug, and the path /x of base_url"))
    assert said.endswith("the path /x of $LOGURO_BASE_URL, or base_url of the profile")


def test_a_refused_token_is_named_by_where_it_is_from() -> None:
    assert "the token of $LOGURO_PAT" in describe(AuthenticationError(401))
    before = TOKEN_SOURCE.set("profile 'staging' in /x/config.toml")
    try:
        said = describe(AuthenticationError(401, reason="Invalid token"))
    finally:
        TOKEN_SOURCE.reset(before)
    assert said == (
        "the service refused the token of profile 'staging' in /x/config.toml with status 401 "
        "(Invalid token); replace it by a new personal access token"
    )
