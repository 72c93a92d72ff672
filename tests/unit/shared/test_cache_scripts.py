from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.shared.cache_entry import Location
from loguro_async.shared.cache_scripts import Invalidated, LoadFinished, Names, decode_message


@pytest.mark.parametrize(
    "message",
    [
        LoadFinished(b"e" * 16, b"o" * 16),
        LoadFinished(b"e" * 16, b"o" * 16, b"why"),
        Invalidated(b"s" * 16, b"x" * 16),
        Invalidated(b"s" * 16, None),
    ],
)
def test_a_message_is_read_as_it_was_written(message: LoadFinished | Invalidated) -> None:
    assert decode_message(message.encode()) == message


@pytest.mark.parametrize("message", [b"", b"done", b"gone" + b"s" * 17, b"other" * 7])
def test_a_message_that_says_something_else_is_ignored(message: bytes) -> None:
    assert decode_message(message) is None


@given(st.binary(max_size=100))
def test_foreign_bytes_are_no_error(message: bytes) -> None:
    decode_message(message)


def test_all_keys_of_a_token_lie_on_one_node_of_a_cluster() -> None:
    names = Names.of("site", b"\x01" * 16)
    keys = names.keys(Location(b"e" * 16, b"s" * 16))
    tag = "{" + "01" * 16 + "}"
    assert all(key.startswith(f"site:1:{tag}:") for key in keys)
    assert len(set(keys)) == 4
