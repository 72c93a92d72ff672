"""Strategies for filters and their spellings, and for responses of every endpoint."""

from __future__ import annotations

import functools
from typing import Final

from hypothesis import strategies as st

from loguro_async.query.filter_text import KEYS
from loguro_async.query.filters import F, Filter

# Few values, so that terms often share some; and text that needs care.
_COMMON: Final = st.sampled_from(["RO", "US", "DE", "/pricing"])
_AWKWARD: Final = st.text(alphabet='a "\\|:!\n\t\u2028\u00a0\x1c\x00\u00e9', max_size=6)
values: Final = _COMMON | _AWKWARD | st.text(max_size=8)
keys: Final = st.sampled_from(KEYS)


def _single(key: str, key_values: list[str], *, negated: bool) -> Filter:
    positive: Filter = getattr(F, key)(*key_values)
    return ~positive if negated else positive


single_terms: Final = st.builds(
    _single,
    st.sampled_from(["country", "path"]) | keys,
    st.lists(values, min_size=1, max_size=4),
    negated=st.booleans(),
)
filters: Final = st.lists(single_terms, max_size=5).map(
    lambda parts: functools.reduce(Filter.__and__, parts, Filter())
)


@st.composite
def spelled_values(draw: st.DrawFn, value: str) -> str:
    """One of the ways to write a value: bare where that is possible, or in quotes."""
    is_plain = bool(value) and not any(
        character in '|",;&!' or character.isspace() for character in value
    )
    if is_plain and draw(st.booleans()):
        return value
    written = [f"\\{character}" if character in '\\"' else character for character in value]
    return f'"{"".join(written)}"'


@st.composite
def _spelled_terms(draw: st.DrawFn, key: str, key_values: list[str], *, negated: bool) -> str:
    written = [draw(spelled_values(value)) for value in key_values]
    return f"{'!' if negated else ''}{key}:{'|'.join(written)}"


@st.composite
def spellings(draw: st.DrawFn, condition: Filter) -> str:
    """Text that means the same as a filter: other order, repeats, quotes, and weaker terms."""
    parts: list[str] = []
    for term in condition.terms:
        own = list(term.values)
        repeated = draw(st.permutations(own + draw(st.lists(st.sampled_from(own), max_size=2))))
        if term.negated and draw(st.booleans()):
            parts += [draw(_spelled_terms(term.key, [value], negated=True)) for value in repeated]
        else:
            parts.append(draw(_spelled_terms(term.key, repeated, negated=term.negated)))
        if draw(st.booleans()):
            weaker = own[:1] if term.negated else [*own, *draw(st.lists(values, max_size=2))]
            parts.append(draw(_spelled_terms(term.key, weaker, negated=term.negated)))
    space = st.text(alphabet=" \t\n\u2028", min_size=1, max_size=3)
    ends = st.sampled_from(["", " ", "\n"])
    written = "".join(f"{part}{draw(space)}" for part in draw(st.permutations(parts)))
    return f"{draw(ends)}{written}"


json_values: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["2026-06-11T09:59:02.000Z", "2026-06-11", "0001-01-01T00:00:00+14:00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
