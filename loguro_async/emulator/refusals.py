"""Answers that refuse: a status and what the body's `error` says."""

from __future__ import annotations

from http import HTTPStatus


class RefusalError(Exception):
    """A request is refused.

    Source: "Status codes".

    Args:
        status: The answer's status.
        message: What its body says under `error`.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def bad_request(message: str) -> RefusalError:
    """A 400: something in the request cannot be used."""
    return RefusalError(HTTPStatus.BAD_REQUEST, message)


def unauthorized(message: str) -> RefusalError:
    """A 401: the token is missing, unknown, expired or revoked."""
    return RefusalError(HTTPStatus.UNAUTHORIZED, message)


def not_found(message: str) -> RefusalError:
    """A 404: there is no such thing, or the token's owner may not see it."""
    return RefusalError(HTTPStatus.NOT_FOUND, message)


def query_failed() -> RefusalError:
    """A 500: the query asks for too much, or broke.

    Source: "Status codes": "Query failed. Retry later or reduce range/filter size."
    """
    return RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, "Query failed")
