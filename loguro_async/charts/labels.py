"""Labels of rows: readable, short, and never the same for two different texts."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from loguro_async.text import NOTHING, readable, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The number of characters to show before the first difference.
_CONTEXT: Final = 6
_ASCII: Final = "".join(map(chr, range(0x20, 0x7F)))


def label(text: str | None) -> str:
    """Returns a text as one readable line; a dash for no text."""
    return readable(text) if text else NOTHING


def labels(texts: Iterable[str | None], fit: Callable[[str], str] = str) -> list[str]:
    """Returns a label for each text; different texts get labels that look different.

    If two texts look the same when decoded, one of them is not decoded. If they look the same when
    shortened, both begin shortly before their first difference. Labels that still look the same
    are numbered.

    Args:
        texts: The texts of one list.
        fit: Shortens a text to the available space.
    """
    rows = [text or None for text in texts]
    whole = _whole_labels(list(dict.fromkeys(rows)))
    short = _short_labels(whole, fit)
    return [short[text] for text in rows]


def _whole_labels(texts: list[str | None]) -> dict[str | None, str]:
    found: dict[str | None, str] = {}
    taken: set[str] = set()
    # Texts that decoding does not change come first, so that they get the plain label.
    for text in sorted(texts, key=lambda text: label(text) != text):
        found[text] = _first_free(_candidates(text), taken)
    return found


def _first_free(candidates: Iterable[str], taken: set[str]) -> str:
    """Returns the first candidate that looks different from all labels in use, and adds it."""
    found = next(candidate for candidate in candidates if _look(candidate) not in taken)
    taken.add(_look(found))
    return found


def _candidates(text: str | None) -> Iterable[str]:
    yield label(text)
    if text is not None:
        yield visible(text)
        # Composed and decomposed letters look the same; escapes make the difference visible.
        yield quote(text, safe=_ASCII, errors="surrogatepass")
    yield from _numbered(label(text))


def _numbered(text: str) -> Iterable[str]:
    number = 2
    while True:
        yield f"{text} ({number})"
        number += 1


def _short_labels(whole: dict[str | None, str], fit: Callable[[str], str]) -> dict[str | None, str]:
    short = {text: fit(whole[text]) for text in whole}
    looks = Counter(_look(one) for one in short.values())
    taken = {look for look, count in looks.items() if count == 1}
    alike = sorted(
        (text for text in whole if looks[_look(short[text])] > 1), key=lambda text: whole[text]
    )
    for index, text in enumerate(alike):
        neighbours = [whole[one] for one in alike[max(index - 1, 0) : index + 2] if one != text]
        short[text] = _first_free(_differing(whole[text], neighbours, fit), taken)
    return short


def _differing(text: str, neighbours: list[str], fit: Callable[[str], str]) -> Iterable[str]:
    common = max((_common_length(text, one) for one in neighbours), default=0)
    start = max(common - _CONTEXT, 0)
    yield fit(f"…{text[start:]}") if start else fit(text)
    yield fit(text)
    length = len(fit(text))
    for numbered in _numbered(""):
        yield shortened(text, max(length - len(numbered), 1)) + numbered


def _common_length(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _look(text: str) -> str:
    """Returns a normalized text, which is equal for texts that look the same."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fitting(text: str, room_px: float, size_px: float) -> str:
    """Returns the text, shortened to what is likely to fit into a line.

    Vega can shorten labels too, but splits surrogate pairs.
    """
    ems = sum(map(_width_em, text))
    if ems * size_px <= room_px:
        return text
    return shortened(text, max(1, int(room_px / size_px * len(text) / ems)))


def _width_em(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1
    return 0.75 if character.isupper() else 0.6
