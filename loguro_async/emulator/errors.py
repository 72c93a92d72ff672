"""Error responses: a status, and the text that the body has under `error`."""

from __future__ import annotations

from http import HTTPStatus


class ApiError(Exception):
    """A request that gets an error response.

    Source: "Status codes".

    Args:
        status: The status of the response.
        message: The text of the body's `error`.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def bad_request(message: str) -> ApiError:
    """Returns a 400: a part of the request is invalid."""
    return ApiError(HTTPStatus.BAD_REQUEST, message)


def unauthorized(message: str) -> ApiError:
    """Returns a 401: the token is missing, unknown, expired or revoked."""
    return ApiError(HTTPStatus.UNAUTHORIZED, message)


def not_found(message: str) -> ApiError:
    """Returns a 404: the resource does not exist, or the token has no access to it."""
    return ApiError(HTTPStatus.NOT_FOUND, message)


def query_failed() -> ApiError:
    """Returns a 500: the query is too large, or it failed.

    Source: "Status codes": "Query failed. Retry later or reduce range/filter size."
    """
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "Query failed")
