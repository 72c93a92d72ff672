from __future__ import annotations

import datetime as dt
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.shared_cache.envelope import Opened, Vault, largest_envelope

TOKEN = "pat_secret"
ORIGIN = "https://logu.ro"
MOMENT = dt.datetime(2026, 6, 11, 10, 0, 0, 123456, tzinfo=dt.UTC)
BODY = b'{"items":[{"path":"/pricing","project":"local-shop"}]}'
CONTENT = Opened(BODY, MOMENT, (b"t" * 16, b"s" * 16))
MEANT = (("range", "7d"),)
VAULT = Vault(TOKEN, ORIGIN)
PLACE = VAULT.place("local-shop", "kpis", MEANT)
LIMIT = 4096


@given(body=st.binary(max_size=3000))
def test_what_was_sealed_opens_again(body: bytes) -> None:
    content = CONTENT._replace(body=body)
    assert VAULT.open(PLACE, VAULT.seal(PLACE, content), max_bytes=LIMIT) == content


def test_an_equal_token_opens_it_in_another_process() -> None:
    twin = Vault(TOKEN, ORIGIN)
    place = twin.place("local-shop", "kpis", MEANT)
    assert twin.open(place, VAULT.seal(PLACE, CONTENT), max_bytes=LIMIT) == CONTENT


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_makes_it_a_miss(at: int, bit: int) -> None:
    envelope = bytearray(VAULT.seal(PLACE, CONTENT))
    envelope[at % len(envelope)] ^= 1 << bit
    assert VAULT.open(PLACE, bytes(envelope), max_bytes=LIMIT) is None


@given(st.integers(min_value=0))
def test_an_envelope_cut_short_is_a_miss(kept: int) -> None:
    envelope = VAULT.seal(PLACE, CONTENT)
    assert VAULT.open(PLACE, envelope[: kept % len(envelope)], max_bytes=LIMIT) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_a_miss(foreign: bytes) -> None:
    assert VAULT.open(PLACE, foreign, max_bytes=LIMIT) is None
    assert VAULT.open(PLACE, b"\x01" + foreign, max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "place",
    [
        VAULT.place("other", "kpis", MEANT),
        VAULT.place("local-shop", "timeseries", MEANT),
        VAULT.place("local-shop", "kpis", (("range", "24h"),)),
    ],
)
def test_it_opens_at_its_own_place_only(place: object) -> None:
    assert isinstance(place, type(PLACE))
    assert VAULT.open(place, VAULT.seal(PLACE, CONTENT), max_bytes=LIMIT) is None


@pytest.mark.parametrize("other", [Vault("pat_other", ORIGIN), Vault(TOKEN, "https://else.where")])
def test_another_token_or_origin_neither_finds_nor_opens_it(other: Vault) -> None:
    assert other.scope != VAULT.scope
    assert other.place("local-shop", "kpis", MEANT) != PLACE
    assert other.open(PLACE, VAULT.seal(PLACE, CONTENT), max_bytes=LIMIT) is None


def test_an_envelope_of_another_version_is_a_miss() -> None:
    envelope = VAULT.seal(PLACE, CONTENT)
    assert VAULT.open(PLACE, b"\x02" + envelope[1:], max_bytes=LIMIT) is None


def test_a_body_above_the_bound_is_not_believed() -> None:
    bomb = VAULT.seal(PLACE, CONTENT._replace(body=bytes(1_000_000)))
    assert len(bomb) < 10_000
    assert VAULT.open(PLACE, bomb, max_bytes=10_000) is None
    assert VAULT.open(PLACE, bomb, max_bytes=1_000_000) is not None


def test_an_envelope_above_the_bound_is_not_even_looked_at() -> None:
    noise = secrets.token_bytes(20_000)
    envelope = VAULT.seal(PLACE, CONTENT._replace(body=noise))
    assert VAULT.open(PLACE, envelope, max_bytes=18_000) is None


@pytest.mark.parametrize("size", [0, 1, 1000, 200_000])
def test_no_envelope_is_larger_than_is_said(size: int) -> None:
    noise = secrets.token_bytes(size)  # cannot be compressed
    envelope = VAULT.seal(PLACE, CONTENT._replace(body=noise))
    assert len(envelope) <= largest_envelope(size)


def test_nothing_in_it_can_be_read() -> None:
    seen = VAULT.seal(PLACE, CONTENT) + b"".join(PLACE) + VAULT.scope
    for secret in (TOKEN, "secret", "local-shop", "pricing", "items", "kpis", "logu.ro"):
        assert secret.encode() not in seen
        assert secret.encode().hex() not in seen.hex()


def test_equal_answers_look_different_each_time() -> None:
    assert VAULT.seal(PLACE, CONTENT) != VAULT.seal(PLACE, CONTENT)


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_different_questions_have_different_names(
    slug: str, endpoint: str, meant: list[tuple[str, str]]
) -> None:
    place = VAULT.place(slug, endpoint, meant)
    assert place == VAULT.place(slug, endpoint, meant)
    assert place.entry != VAULT.place(slug + "x", endpoint, meant).entry
    assert place.entry != VAULT.place(slug, endpoint + "x", meant).entry
    assert place.entry != VAULT.place(slug, endpoint, [*meant, ("", "")]).entry
    assert place.entry != place.slug
