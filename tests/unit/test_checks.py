"""Checks return exact values, or say what is wrong, the value, and what to give."""

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np
import pytest

from loguro_async.checks import (
    check_bool,
    check_seconds,
    check_type,
    check_whole_number,
    exact_str,
)
from loguro_async.errors import ConfigurationError, InvalidQueryError


class Slug(str, enum.Enum):  # noqa: UP042 - as users write it
    SHOP = "shop"


class Number(enum.IntEnum):
    SEVEN = 7


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "LOUD"


@pytest.mark.parametrize("text", ["shop", Slug.SHOP, Loud("shop"), np.str_("shop")])
def test_text_of_any_subclass_becomes_plain_text(text: str) -> None:
    exact = exact_str(text)
    assert type(exact) is str
    assert exact == f"{exact}" == "shop"


@pytest.mark.parametrize("number", [7, np.int64(7), Number.SEVEN])
def test_whole_numbers_of_any_library_become_plain_ints(number: Any) -> None:  # noqa: ANN401
    exact = check_whole_number("limit", number, least=1)
    assert type(exact) is int
    assert exact == 7


@pytest.mark.parametrize("value", [0, -1, 1.0, "5", None, True, math.nan])
def test_what_is_no_whole_number_is_named_with_its_bounds(value: object) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        check_whole_number("limit", value, least=1, error=InvalidQueryError)
    assert str(caught.value) == f"limit must be a whole number, 1 or greater, got {value!r}"


@pytest.mark.parametrize("value", [1, 6])
def test_a_whole_number_has_both_bounds_where_both_are_given(value: int) -> None:
    with pytest.raises(ConfigurationError, match="between 2 and 5, got"):
        check_whole_number("depth", value, least=2, most=5)


@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan, "5", None, True, 1j])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"timeout must be a (finite )?number"):
        check_seconds("timeout", value)


def test_zero_seconds_can_be_refused() -> None:
    assert check_seconds("ttl", 0) == 0
    with pytest.raises(ConfigurationError, match="greater than 0, got 0"):
        check_seconds("timeout", 0, zero=False)


@pytest.mark.parametrize("value", [0, 1, None, "yes"])
def test_only_true_and_false_are_bools(value: object) -> None:
    assert check_bool("hedge", value=True) is True
    with pytest.raises(ConfigurationError, match="hedge must be True or False, got"):
        check_bool("hedge", value)


def test_another_type_is_refused_with_advice() -> None:
    with pytest.raises(ConfigurationError, match="limits must be a Limits, got int"):
        check_type("limits", 5, str, advice="a Limits")
