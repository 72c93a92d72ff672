from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING

import pytest

from loguro_async import errors
from loguro_async.errors import (
    AttemptTimeoutError,
    AuthenticationError,
    BadRequestError,
    CacheMissError,
    CircuitOpenError,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    IncompleteAnswerError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    RedirectError,
    ResponseError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
    error_for_status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES: list[LoguroError] = [
    LoguroError("failed"),
    ConfigurationError("no token"),
    InvalidQueryError("depth is 9"),
    ClientClosedError("closed"),
    CacheMissError("not there"),
    CircuitOpenError("open", retry_after=2.5),
    TransportError("reset"),
    ConnectError("refused"),
    AttemptTimeoutError("no complete response within 1 s"),
    DeadlineExceededError("30 s are over"),
    ResponseError("odd", body=b"<html>"),
    ResponseTooLargeError("too large", body=b"{"),
    DecodeError("odd", path="$.current", body=b"{}"),
    IncompleteAnswerError("more than a page", body=b"{}"),
    StatusError(418, reason="teapot", retry_after=1.0, request_id="r-1"),
    RedirectError(302),
    BadRequestError(400, reason="Invalid visitor id"),
    AuthenticationError(401),
    ProjectNotFoundError(404),
    RateLimitedError(429, retry_after=7.0),
    QueryFailedError(503, request_id="r-2"),
]
PASSED_ON: list[Callable[[LoguroError], LoguroError]] = [
    lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - made here
    lambda error: pickle.loads(pickle.dumps(error, protocol=0)),  # noqa: S301 - made here
    copy.copy,
    copy.deepcopy,
    LoguroError.for_another_waiter,
]


def test_there_is_a_sample_of_every_error() -> None:
    defined = {
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, LoguroError)
    }
    assert {type(error) for error in SAMPLES} == defined


@pytest.mark.parametrize("pass_on", PASSED_ON, ids=["pickle", "pickle-0", "copy", "deep", "waiter"])
@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_a_copied_or_pickled_error_has_all_attributes(
    error: LoguroError, pass_on: Callable[[LoguroError], LoguroError]
) -> None:
    original = copy.copy(error).about(slug="local", endpoint="kpis", attempts=3)
    original.add_note("seen in a job")
    twin = pass_on(original)

    assert twin is not original
    assert type(twin) is type(original)
    assert vars(twin) == vars(original)
    assert (twin.args, str(twin), repr(twin)) == (original.args, str(original), repr(original))
    assert (twin.slug, twin.endpoint, twin.attempts) == ("local", "kpis", 3)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_is_one_line(error: LoguroError) -> None:
    assert len(str(error).splitlines()) == 1


def test_another_waiter_s_error_has_a_traceback_of_its_own_and_the_same_cause() -> None:
    cause = OSError("reset")
    with pytest.raises(TransportError) as caught:
        raise TransportError("no response") from cause
    twin = caught.value.for_another_waiter()

    assert twin.__traceback__ is None
    assert twin.__cause__ is cause


def test_an_error_says_which_call_it_is_about() -> None:
    error = TransportError("the connection was reset; try again")

    assert str(error) == "the connection was reset; try again"
    assert (error.slug, error.endpoint, error.attempts) == (None, None, None)
    assert error.about(slug="local", endpoint="kpis", attempts=1) is error
    assert str(error) == "kpis of 'local': the connection was reset; try again"


def test_an_error_says_how_often_it_was_tried() -> None:
    assert str(TransportError("reset").about(attempts=3)) == "reset (after 3 attempts)"
    error = TransportError("reset").about(slug="shop", attempts=2)
    assert str(error) == "of 'shop': reset (after 2 attempts)"


def test_what_is_known_about_a_call_stays() -> None:
    error = TransportError("reset").about(slug="local", endpoint="kpis", attempts=2)
    error.about(slug="other", endpoint="count", attempts=5)

    assert (error.slug, error.endpoint, error.attempts) == ("local", "kpis", 2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, RedirectError),
        (304, RedirectError),
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, StatusError),
        (404, ProjectNotFoundError),
        (418, StatusError),
        (429, RateLimitedError),
        (500, QueryFailedError),
        (503, QueryFailedError),
        (599, QueryFailedError),
        (204, StatusError),
        (999, StatusError),
    ],
)
def test_every_status_has_its_error(status: int, kind: type[StatusError]) -> None:
    error = error_for_status(status, reason="why", retry_after=2.0, request_id="r")

    assert type(error) is kind
    assert (error.status, error.status_code) == (status, status)
    assert (error.reason, error.retry_after, error.request_id) == ("why", 2.0, "r")
    assert str(error) == f"the service responded with {status} (why); {kind.advice}"


def test_a_status_without_a_reason_says_what_to_do_next() -> None:
    assert str(error_for_status(500)) == (
        "the service responded with 500; try again later, or reduce the range or filter"
    )


def test_a_404_says_that_the_owner_may_lack_access() -> None:
    text = str(error_for_status(404))

    assert "missing" in text
    assert "owner may lack access" in text


def test_errors_are_caught_as_python_s_own_kinds() -> None:
    assert isinstance(InvalidQueryError("x"), ValueError)
    assert isinstance(DeadlineExceededError("x"), TimeoutError)
