from __future__ import annotations

import datetime as dt
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.shared.cipher import Cipher, Envelope
from loguro_async.shared.entry import largest_envelope

TOKEN = "pat_secret"
ORIGIN = "https://logu.ro"
MOMENT = dt.datetime(2026, 6, 11, 10, 0, 0, 123456, tzinfo=dt.UTC)
BODY = b'{"items":[{"path":"/pricing","project":"local-shop"}]}'
CONTENT = Envelope(BODY, MOMENT, (b"t" * 16, b"s" * 16))
PARAMETERS = (("range", "7d"),)
CIPHER = Cipher(TOKEN, ORIGIN)
PLACE = CIPHER.place("local-shop", "kpis", PARAMETERS)
LIMIT = 4096


@given(body=st.binary(max_size=3000))
def test_what_was_sealed_opens_again(body: bytes) -> None:
    content = CONTENT._replace(body=body)
    assert CIPHER.open(PLACE, CIPHER.seal(PLACE, content), max_bytes=LIMIT) == content


def test_an_equal_token_opens_it_in_another_process() -> None:
    twin = Cipher(TOKEN, ORIGIN)
    place = twin.place("local-shop", "kpis", PARAMETERS)
    assert twin.open(place, CIPHER.seal(PLACE, CONTENT), max_bytes=LIMIT) == CONTENT


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_makes_it_a_miss(at: int, bit: int) -> None:
    envelope = bytearray(CIPHER.seal(PLACE, CONTENT))
    envelope[at % len(envelope)] ^= 1 << bit
    assert CIPHER.open(PLACE, bytes(envelope), max_bytes=LIMIT) is None


@given(st.integers(min_value=0))
def test_an_envelope_cut_short_is_a_miss(kept: int) -> None:
    envelope = CIPHER.seal(PLACE, CONTENT)
    assert CIPHER.open(PLACE, envelope[: kept % len(envelope)], max_bytes=LIMIT) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_a_miss(foreign: bytes) -> None:
    assert CIPHER.open(PLACE, foreign, max_bytes=LIMIT) is None
    assert CIPHER.open(PLACE, b"\x02" + foreign, max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "place",
    [
        CIPHER.place("other", "kpis", PARAMETERS),
        CIPHER.place("local-shop", "timeseries", PARAMETERS),
        CIPHER.place("local-shop", "kpis", (("range", "24h"),)),
    ],
)
def test_it_opens_at_its_own_place_only(place: object) -> None:
    assert isinstance(place, type(PLACE))
    assert CIPHER.open(place, CIPHER.seal(PLACE, CONTENT), max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "other", [Cipher("pat_other", ORIGIN), Cipher(TOKEN, "https://else.where")]
)
def test_another_token_or_origin_neither_finds_nor_opens_it(other: Cipher) -> None:
    assert other.scope != CIPHER.scope
    assert other.place("local-shop", "kpis", PARAMETERS) != PLACE
    assert other.open(PLACE, CIPHER.seal(PLACE, CONTENT), max_bytes=LIMIT) is None


@pytest.mark.parametrize("version", [b"\x00", b"\x01", b"\x03"])
def test_an_envelope_of_another_version_is_a_miss(version: bytes) -> None:
    envelope = CIPHER.seal(PLACE, CONTENT)
    assert CIPHER.open(PLACE, version + envelope[1:], max_bytes=LIMIT) is None


@pytest.mark.parametrize("kind", [b"entry", b"failure"])
def test_what_was_encrypted_as_one_kind_is_none_of_another(kind: bytes) -> None:
    hidden = CIPHER.encrypt(PLACE, kind, b"text")
    assert CIPHER.decrypt(PLACE, kind, hidden) == b"text"
    assert CIPHER.decrypt(PLACE, b"other", hidden) is None


class Text(str):
    """As a data frame or an enumeration gives it."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def test_a_subclass_of_str_has_the_name_of_the_plain_text() -> None:
    assert CIPHER.project(Text("local-shop")) == CIPHER.project("local-shop")


def test_a_body_above_the_bound_is_not_believed() -> None:
    bomb = CIPHER.seal(PLACE, CONTENT._replace(body=bytes(1_000_000)))
    assert len(bomb) < 10_000
    assert CIPHER.open(PLACE, bomb, max_bytes=10_000) is None
    assert CIPHER.open(PLACE, bomb, max_bytes=1_000_000) is not None


def test_an_envelope_above_the_bound_is_not_even_looked_at() -> None:
    noise = secrets.token_bytes(20_000)
    envelope = CIPHER.seal(PLACE, CONTENT._replace(body=noise))
    assert CIPHER.open(PLACE, envelope, max_bytes=18_000) is None


@pytest.mark.parametrize("size", [0, 1, 1000, 200_000])
def test_no_envelope_is_larger_than_is_said(size: int) -> None:
    noise = secrets.token_bytes(size)  # cannot be compressed
    envelope = CIPHER.seal(PLACE, CONTENT._replace(body=noise))
    assert len(envelope) <= largest_envelope(size)


def test_nothing_in_it_can_be_read() -> None:
    seen = CIPHER.seal(PLACE, CONTENT) + b"".join(PLACE) + CIPHER.scope
    for secret in (TOKEN, "secret", "local-shop", "pricing", "items", "kpis", "logu.ro"):
        assert secret.encode() not in seen
        assert secret.encode().hex() not in seen.hex()


def test_equal_answers_look_different_each_time() -> None:
    assert CIPHER.seal(PLACE, CONTENT) != CIPHER.seal(PLACE, CONTENT)


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_different_questions_have_different_names(
    slug: str, endpoint: str, parameters: list[tuple[str, str]]
) -> None:
    place = CIPHER.place(slug, endpoint, parameters)
    assert place == CIPHER.place(slug, endpoint, parameters)
    assert place.entry != CIPHER.place(slug + "x", endpoint, parameters).entry
    assert place.entry != CIPHER.place(slug, endpoint + "x", parameters).entry
    assert place.entry != CIPHER.place(slug, endpoint, [*parameters, ("", "")]).entry
    assert place.entry != place.project
