from __future__ import annotations

import pytest

from loguro_async.emulator.refusals import RefusalError
from loguro_async.emulator.tokens import TokenBook


def refusal(book: TokenBook, authorization: str | None) -> str:
    with pytest.raises(RefusalError) as caught:
        book.bearer(authorization)
    assert caught.value.status == 401
    return caught.value.message


def test_a_token_is_good_for_its_projects() -> None:
    book = TokenBook()
    text = book.issue(["local", "shop"])
    assert text.startswith("pat_")
    assert book.bearer(f"Bearer {text}").projects == {"local", "shop"}
    assert book.bearer(f"bearer   {text} ").text == text


def test_tokens_differ() -> None:
    book = TokenBook()
    assert len({book.issue(["local"]) for _ in range(20)}) == 20


def test_a_token_of_one_s_own() -> None:
    book = TokenBook()
    assert book.issue(["local"], text="pat_mine") == "pat_mine"
    assert book.bearer("Bearer pat_mine").projects == {"local"}
    with pytest.raises(ValueError, match="begins with 'pat_'"):
        book.issue(["local"], text="mine")


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
def test_what_is_no_token_is_refused(authorization: str | None, message: str) -> None:
    book = TokenBook()
    book.issue(["local"], text="pat_mine")
    assert refusal(book, authorization) == message


def test_an_expired_or_revoked_token_is_refused() -> None:
    book = TokenBook()
    old, taken = book.issue(["local"], expired=True), book.issue(["local"])
    book.revoke(taken)
    assert refusal(book, f"Bearer {old}") == "Token expired"
    assert refusal(book, f"Bearer {taken}") == "Token revoked"


def test_only_what_was_issued_can_be_revoked() -> None:
    with pytest.raises(ValueError, match="no such token"):
        TokenBook().revoke("pat_other")


def test_a_token_does_not_show_itself() -> None:
    book = TokenBook()
    text = book.issue(["local"])
    assert text not in repr(book.bearer(f"Bearer {text}"))
