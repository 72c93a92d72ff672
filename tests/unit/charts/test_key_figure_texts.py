"""The key figures and whether their change is good news."""

from __future__ import annotations

import msgspec

from loguro_async.charts.key_figure_texts import key_figures
from tests.unit.charts.samples import kpis


def test_more_is_good_but_of_bounces() -> None:
    shown = kpis()
    assert shown.previous is not None
    other_way = msgspec.structs.replace(shown, current=shown.previous, previous=shown.current)
    assert [figure.is_good for figure in key_figures(shown)] == [True] * 5
    assert [figure.is_good for figure in key_figures(other_way)] == [False] * 5
    assert [figure.arrow for figure in key_figures(other_way)] == ["▼", "▼", "▼", "▲", "▼"]


def test_no_change_is_no_news() -> None:
    shown = msgspec.structs.replace(kpis(), previous=kpis().current)
    assert {(figure.is_good, figure.arrow) for figure in key_figures(shown)} == {(None, "")}


def test_without_a_period_before_nothing_is_said_of_change() -> None:
    assert {figure.change for figure in key_figures(kpis(previous=False))} == {""}
