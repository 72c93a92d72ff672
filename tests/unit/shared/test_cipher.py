from __future__ import annotations

import datetime as dt
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.shared.cache_entry import largest_envelope
from loguro_async.shared.cipher import Cipher, Envelope

TOKEN = "pat_secret"
ORIGIN = "https://logu.ro"
MOMENT = dt.datetime(2026, 6, 11, 10, 0, 0, 123456, tzinfo=dt.UTC)
BODY = b'{"items":[{"path":"/pricing","project":"local-shop"}]}'
CONTENT = Envelope(BODY, MOMENT, (b"t" * 16, b"s" * 16))
PARAMETERS = (("range", "7d"),)
CIPHER = Cipher(TOKEN, ORIGIN)
LOCATION = CIPHER.location("local-shop", "kpis", PARAMETERS)
LIMIT = 4096


@given(body=st.binary(max_size=3000))
def test_what_was_sealed_opens_again(body: bytes) -> None:
    content = CONTENT._replace(body=body)
    assert CIPHER.open(LOCATION, CIPHER.seal(LOCATION, content), max_bytes=LIMIT) == content


def test_an_equal_token_opens_it_in_another_process() -> None:
    twin = Cipher(TOKEN, ORIGIN)
    location = twin.location("local-shop", "kpis", PARAMETERS)
    assert twin.open(location, CIPHER.seal(LOCATION, CONTENT), max_bytes=LIMIT) == CONTENT


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_makes_it_a_miss(at: int, bit: int) -> None:
    envelope = bytearray(CIPHER.seal(LOCATION, CONTENT))
    envelope[at % len(envelope)] ^= 1 << bit
    assert CIPHER.open(LOCATION, bytes(envelope), max_bytes=LIMIT) is None


@given(st.integers(min_value=0))
def test_an_envelope_cut_short_is_a_miss(kept: int) -> None:
    envelope = CIPHER.seal(LOCATION, CONTENT)
    assert CIPHER.open(LOCATION, envelope[: kept % len(envelope)], max_bytes=LIMIT) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_a_miss(foreign: bytes) -> None:
    assert CIPHER.open(LOCATION, foreign, max_bytes=LIMIT) is None
    assert CIPHER.open(LOCATION, b"\x02" + foreign, max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "location",
    [
        CIPHER.location("other", "kpis", PARAMETERS),
        CIPHER.location("local-shop", "timeseries", PARAMETERS),
        CIPHER.location("local-shop", "kpis", (("range", "24h"),)),
    ],
)
def test_it_opens_at_its_own_location_only(location: object) -> None:
    assert isinstance(location, type(LOCATION))
    assert CIPHER.open(location, CIPHER.seal(LOCATION, CONTENT), max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "other", [Cipher("pat_other", ORIGIN), Cipher(TOKEN, "https://else.where")]
)
def test_another_token_or_origin_neither_finds_nor_opens_it(other: Cipher) -> None:
    assert other.scope != CIPHER.scope
    assert other.location("local-shop", "kpis", PARAMETERS) != LOCATION
    assert other.open(LOCATION, CIPHER.seal(LOCATION, CONTENT), max_bytes=LIMIT) is None


@pytest.mark.parametrize("version", [b"\x00", b"\x01", b"\x03"])
def test_an_envelope_of_another_version_is_a_miss(version: bytes) -> None:
    envelope = CIPHER.seal(LOCATION, CONTENT)
    assert CIPHER.open(LOCATION, version + envelope[1:], max_bytes=LIMIT) is None


@pytest.mark.parametrize("kind", [b"entry", b"failure"])
def test_what_was_encrypted_as_one_kind_is_none_of_another(kind: bytes) -> None:
    hidden = CIPHER.encrypt(LOCATION, kind, b"text")
    assert CIPHER.decrypt(LOCATION, kind, hidden) == b"text"
    assert CIPHER.decrypt(LOCATION, b"other", hidden) is None


class Text(str):
    """As a data frame or an enumeration gives it."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def test_a_subclass_of_str_has_the_name_of_the_plain_text() -> None:
    assert CIPHER.project(Text("local-shop")) == CIPHER.project("local-shop")


def test_a_body_above_the_bound_is_not_believed() -> None:
    bomb = CIPHER.seal(LOCATION, CONTENT._replace(body=bytes(1_000_000)))
    assert len(bomb) < 10_000
    assert CIPHER.open(LOCATION, bomb, max_bytes=10_000) is None
    assert CIPHER.open(LOCATION, bomb, max_bytes=1_000_000) is not None


def test_an_envelope_above_the_bound_is_not_even_looked_at() -> None:
    noise = secrets.token_bytes(20_000)
    envelope = CIPHER.seal(LOCATION, CONTENT._replace(body=noise))
    assert CIPHER.open(LOCATION, envelope, max_bytes=18_000) is None


@pytest.mark.parametrize("size", [0, 1, 1000, 200_000])
def test_no_envelope_is_larger_than_is_said(size: int) -> None:
    noise = secrets.token_bytes(size)  # cannot be compressed
    envelope = CIPHER.seal(LOCATION, CONTENT._replace(body=noise))
    assert len(envelope) <= largest_envelope(size)


def test_nothing_in_it_can_be_read() -> None:
    seen = CIPHER.seal(LOCATION, CONTENT) + b"".join(LOCATION) + CIPHER.scope
    for secret in (TOKEN, "secret", "local-shop", "pricing", "items", "kpis", "logu.ro"):
        assert secret.encode() not in seen
        assert secret.encode().hex() not in seen.hex()


def test_equal_responses_look_different_each_time() -> None:
    assert CIPHER.seal(LOCATION, CONTENT) != CIPHER.seal(LOCATION, CONTENT)


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_different_questions_have_different_names(
    slug: str, endpoint: str, parameters: list[tuple[str, str]]
) -> None:
    location = CIPHER.location(slug, endpoint, parameters)
    assert location == CIPHER.location(slug, endpoint, parameters)
    assert location.entry != CIPHER.location(slug + "x", endpoint, parameters).entry
    assert location.entry != CIPHER.location(slug, endpoint + "x", parameters).entry
    assert location.entry != CIPHER.location(slug, endpoint, [*parameters, ("", "")]).entry
    assert location.entry != location.project
