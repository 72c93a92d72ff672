"""Personal access tokens: who may ask, and about which projects.

Source: "Authentication".
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.refusals import unauthorized

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "pat_"


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        text: The secret itself.
        projects: The slugs that its owner has access to.
        expired: Whether its time is over.
        revoked: Whether it was taken back.
    """

    text: str = field(repr=False)
    projects: frozenset[str]
    expired: bool = False
    revoked: bool = False


class TokenBook:
    """All tokens that were issued."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def issue(
        self, projects: Iterable[str], *, expired: bool = False, text: str | None = None
    ) -> str:
        """Make a token.

        Args:
            projects: The slugs that its owner has access to.
            expired: Whether its time is over already.
            text: The token itself; by default one that nobody can guess.

        Raises:
            ValueError: The text doesn't begin as tokens do.
        """
        text = text or PREFIX + secrets.token_hex(16)
        if not text.startswith(PREFIX):
            message = f"a token begins with {PREFIX!r}"
            raise ValueError(message)
        self._tokens[text] = Token(text, frozenset(projects), expired=expired)
        return text

    def revoke(self, text: str) -> None:
        """Take a token back.

        Raises:
            ValueError: There is no such token.
        """
        if text not in self._tokens:
            message = "no such token was issued here"
            raise ValueError(message)
        self._tokens[text] = replace(self._tokens[text], revoked=True)

    def bearer(self, authorization: str | None) -> Token:
        """The token of a request.

        Args:
            authorization: The `Authorization` header, if there was one.

        Raises:
            RefusalError: 401, because the token is missing, invalid, expired or revoked.
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
