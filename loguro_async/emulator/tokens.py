"""Personal access tokens, and the projects that each has access to.

Source: "Authentication".
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.errors import unauthorized

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "pat_"


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        text: The secret itself.
        projects: The slugs that it has access to.
        expired: Whether it has expired.
        revoked: Whether it was revoked.
    """

    text: str = field(repr=False)
    projects: frozenset[str]
    expired: bool = False
    revoked: bool = False


class TokenStore:
    """All tokens that were issued. Safe to use from several threads."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def issue(
        self, projects: Iterable[str], *, expired: bool = False, text: str | None = None
    ) -> str:
        """Issues a token.

        Args:
            projects: The slugs that it has access to.
            expired: Whether it has expired already.
            text: The token itself; by default a random one.

        Raises:
            ValueError: The text does not begin as tokens do.
        """
        text = text or PREFIX + secrets.token_hex(16)
        if not text.startswith(PREFIX):
            message = f"token must begin with {PREFIX!r}"
            raise ValueError(message)
        self._tokens[text] = Token(text, frozenset(projects), expired=expired)
        return text

    def revoke(self, text: str) -> None:
        """Revokes a token.

        Raises:
            ValueError: There is no such token.
        """
        if text not in self._tokens:
            message = "no such token was issued here"
            raise ValueError(message)
        self._tokens[text] = replace(self._tokens[text], revoked=True)

    def bearer(self, authorization: str | None) -> Token:
        """Returns the token of a request.

        Args:
            authorization: The `Authorization` header, if there was one.

        Raises:
            ApiError: 401, if the token is missing, invalid, expired or revoked.
        """
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise unauthorized("Missing token")
        token = self._tokens.get(text.strip())
        if token is None:
            raise unauthorized("Invalid token")
        if token.revoked:
            raise unauthorized("Token revoked")
        if token.expired:
            raise unauthorized("Token expired")
        return token
