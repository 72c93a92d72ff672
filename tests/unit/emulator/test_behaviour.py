from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from loguro_async.emulator.behaviour import Behaviour, BehaviourOptions


def test_every_option_is_a_keyword_argument_of_the_same_type() -> None:
    fields = {field.name: field.type for field in dataclasses.fields(Behaviour)}
    options = BehaviourOptions.__annotations__
    assert {name: option.__forward_arg__ for name, option in options.items()} == fields


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeated_key": "xor"}, "repeated_key must be 'and' or 'or', got 'xor'"),
        ({"quotes": "single"}, "quotes must be 'escaped' or 'unescaped' or 'literal', got"),
        ({"referrers": "domain"}, "referrers must be 'host' or 'url', got 'domain'"),
        ({"no_access_status": 403}, "no_access_status must be 401 or 404, got 403"),
        ({"hourly_up_to_hours": -1}, "hourly_up_to_hours must be 0 or greater, got -1"),
        ({"default_limits": {"events": 0}}, "default_limits must be 1 or greater"),
        ({"max_limits": {"events": -5}}, "max_limits must be 1 or greater"),
    ],
)
def test_an_invalid_value_is_an_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Behaviour(**options)
