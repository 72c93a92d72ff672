from __future__ import annotations

import pytest

from loguro_async.emulator.errors import ApiError
from loguro_async.emulator.tokens import TokenStore


def error_of(tokens: TokenStore, authorization: str | None) -> str:
    with pytest.raises(ApiError) as caught:
        tokens.bearer(authorization)
    assert caught.value.status == 401
    return caught.value.message


def test_a_token_has_its_projects() -> None:
    tokens = TokenStore()
    text = tokens.issue(["local", "shop"])
    assert text.startswith("pat_")
    assert tokens.bearer(f"Bearer {text}").projects == {"local", "shop"}
    assert tokens.bearer(f"bearer   {text} ").text == text


def test_tokens_differ() -> None:
    tokens = TokenStore()
    assert len({tokens.issue(["local"]) for _ in range(20)}) == 20


def test_a_token_can_be_chosen() -> None:
    tokens = TokenStore()
    assert tokens.issue(["local"], text="pat_mine") == "pat_mine"
    assert tokens.bearer("Bearer pat_mine").projects == {"local"}
    with pytest.raises(ValueError, match="token must begin with 'pat_'"):
        tokens.issue(["local"], text="mine")


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "Missing token"),
        ("", "Missing token"),
        ("Bearer", "Missing token"),
        ("Bearer  ", "Missing token"),
        ("Basic pat_mine", "Missing token"),
        ("pat_mine", "Missing token"),
        ("Bearer pat_other", "Invalid token"),
        ("Bearer pat_mine more", "Invalid token"),
    ],
)
def test_an_invalid_token_is_unauthorized(authorization: str | None, message: str) -> None:
    tokens = TokenStore()
    tokens.issue(["local"], text="pat_mine")
    assert error_of(tokens, authorization) == message


def test_an_expired_or_revoked_token_is_unauthorized() -> None:
    tokens = TokenStore()
    expired, revoked = tokens.issue(["local"], expired=True), tokens.issue(["local"])
    tokens.revoke(revoked)
    assert error_of(tokens, f"Bearer {expired}") == "Token expired"
    assert error_of(tokens, f"Bearer {revoked}") == "Token revoked"


def test_an_unknown_token_cannot_be_revoked() -> None:
    with pytest.raises(ValueError, match="no such token"):
        TokenStore().revoke("pat_other")


def test_the_repr_of_a_token_does_not_contain_it() -> None:
    tokens = TokenStore()
    text = tokens.issue(["local"])
    assert text not in repr(tokens.bearer(f"Bearer {text}"))
