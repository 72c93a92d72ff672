"""Labels are readable, and differ where the texts differ."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.charts.labels import fitting, label, labels
from loguro_async.text import shortened

TEXTS = st.text(st.characters(codec=None, exclude_categories=()))
# Texts that are likely to look alike once they are decoded or shortened.
ALIKE = st.lists(
    st.sampled_from([*"ab/ %2\u0000\u0001é", "%20", "%C3%A9", "e\u0301", "\u00a0"])
).map("".join)


@given(st.lists(st.one_of(TEXTS, ALIKE, st.none())), st.integers(1, 30))
def test_texts_that_differ_have_labels_that_look_different(
    texts: list[str | None], length: int
) -> None:
    for shown in (labels(texts), labels(texts, lambda text: shortened(text, length))):
        looks = [" ".join(unicodedata.normalize("NFKC", one).split()) for one in shown]
        by_text: dict[str | None, set[str]] = {}
        for text, look in zip(texts, looks, strict=True):
            by_text.setdefault(text or None, set()).add(look)
        assert all(len(found) == 1 for found in by_text.values())
        assert len(set(looks)) == len(by_text)


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["/a%20b"], ["/a b"]),
        (["/a%20b", "/a b"], ["/a%20b", "/a b"]),
        (["/caf%C3%A9", "/cafe%CC%81"], ["/café", "/cafe%CC%81"]),
        (["/a\x00", "/a\x01"], ["/a\N{REPLACEMENT CHARACTER}", "/a%01"]),
        ([None, "", "\N{EN DASH}"], ["\N{EN DASH} (2)", "\N{EN DASH} (2)", "\N{EN DASH}"]),
    ],
)
def test_one_of_two_that_look_alike_stays_as_it_was_sent(
    texts: list[str | None], shown: list[str]
) -> None:
    assert labels(texts) == shown


def test_long_texts_are_shortened_before_their_difference() -> None:
    paths = [quote(f"/مقالات/{'سلام-' * 9}{word}{'-وبلاگ' * 9}") for word in ("من", "ما")]
    one, other = labels(paths, lambda text: shortened(text, 40))
    assert "من" in one
    assert "ما" in other
    assert max(len(one), len(other)) <= 40


@given(TEXTS, st.integers(1, 500))
def test_a_fitting_text_is_the_text_or_shorter(text: str, room: int) -> None:
    assert len(fitting(text, room, 12)) <= len(text)


def test_wide_letters_need_more_room() -> None:
    assert len(fitting("日" * 100, 240, 12)) == 20
    assert len(fitting("l" * 100, 240, 12)) > 30
    assert fitting("e\u0301" * 30, 240, 12) == "e\u0301" * 30


def test_what_is_not_there_is_a_dash() -> None:
    assert label(None) == label("") == "\N{EN DASH}"
