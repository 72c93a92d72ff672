from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from loguro_async.emulator.switches import Switches, SwitchOptions


def test_every_switch_can_be_passed_by_its_name_and_type() -> None:
    fields = {field.name: field.type for field in dataclasses.fields(Switches)}
    options = SwitchOptions.__annotations__
    assert {name: option.__forward_arg__ for name, option in options.items()} == fields


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeated_key": "xor"}, "pass 'and' or 'or'"),
        ({"hourly_up_to_hours": -1}, "pass 0 or more"),
        ({"default_limits": {"events": 0}}, "pass 1 or more"),
        ({"max_limits": {"events": -5}}, "pass 1 or more"),
    ],
)
def test_a_position_that_cannot_be_meant_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Switches(**options)
