"""The response to the users of an application for an error, and the log for its operators."""

from __future__ import annotations

import logging

import pytest

from loguro_async import (
    AuthenticationError,
    BadRequestError,
    CircuitOpenError,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
)
from loguro_async.integrations.failures import describe_failure, log_failure, no_client


@pytest.mark.parametrize(
    ("error", "status", "level"),
    [
        (InvalidQueryError("limit must be 1 or greater, got 0"), 400, logging.INFO),
        (BadRequestError(400), 400, logging.INFO),
        (ProjectNotFoundError(404), 404, logging.INFO),
        (RateLimitedError(429), 503, logging.WARNING),
        (CircuitOpenError("open", retry_after=1), 503, logging.WARNING),
        (DeadlineExceededError("late"), 504, logging.WARNING),
        (ConnectError("refused"), 502, logging.WARNING),
        (QueryFailedError(500), 502, logging.WARNING),
        (DecodeError("bad"), 502, logging.ERROR),
        (AuthenticationError(401), 502, logging.ERROR),
        (ConfigurationError("wrong loop"), 500, logging.ERROR),
        (ClientClosedError("closed"), 500, logging.ERROR),
        (LoguroError("else"), 502, logging.WARNING),
        (ValueError("not ours"), 500, logging.ERROR),
    ],
)
def test_each_error_has_a_status_and_a_level(error: Exception, status: int, level: int) -> None:
    failure = describe_failure(error)
    assert (failure.status, failure.level) == (status, level)
    assert failure.body == {"error": failure.message}


def test_only_an_argument_s_error_is_shown_in_its_own_words() -> None:
    assert "got 0" in describe_failure(InvalidQueryError("limit is wrong, got 0")).message
    assert "secret" not in describe_failure(ValueError("secret")).message


@pytest.mark.parametrize(("seconds", "header"), [(None, None), (0.0, "1"), (1.2, "2")])
def test_the_wait_is_given_in_whole_seconds(seconds: float | None, header: str | None) -> None:
    failure = describe_failure(RateLimitedError(429, retry_after=seconds))
    assert failure.headers.get("Retry-After") == header


def test_the_log_names_the_request_the_error_and_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = ConnectError("no connection").about(slug="shop", endpoint="kpis")
    error.__cause__ = OSError("port closed")
    log_failure("GET /\x1b[2Jvisitors\n", error)
    (record,) = caplog.records
    assert record.name == "loguro_async.integrations"
    assert record.getMessage() == (
        "GET /visitors: ConnectError: kpis of 'shop': no connection (OSError: port closed)"
    )
    assert record.exc_info is None


def test_a_permanent_error_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log_failure("GET /", ConfigurationError("wrong loop"))
    assert caplog.records[0].exc_info is not None


def test_a_missing_client_is_an_error_that_says_what_to_write() -> None:
    assert "give it lifespan=x" in str(no_client("give it lifespan=x"))
