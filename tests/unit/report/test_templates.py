"""Small drawings of the page."""

from __future__ import annotations

from loguro_async.report.templates import polyline


def test_a_line_goes_from_left_to_right_and_up_to_the_top() -> None:
    assert polyline((0, 5, 10)) == "0.0,20.0 50.0,10.0 100.0,0.0"


def test_a_line_of_one_value_or_none_can_be_drawn() -> None:
    assert polyline((0,)) == "0.0,20.0"
    assert polyline(()) == ""
