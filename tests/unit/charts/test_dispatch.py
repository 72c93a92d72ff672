"""Every response has a chart: plain data, without references."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import loguro_async
from loguro_async import ConfigurationError, Count, InvalidQueryError, Overview, Response, charts
from tests.unit.charts.samples import ANSWERS, HOSTILE, kpis, pages, series

if TYPE_CHECKING:
    from loguro_async.charts.theme import ThemeName


def test_every_kind_of_response_has_a_sample_and_so_a_chart() -> None:
    public = (getattr(loguro_async, name) for name in loguro_async.__all__)
    kinds = {one for one in public if isinstance(one, type) and issubclass(one, Response)}
    assert kinds - {Response} | {Overview} == {type(answer) for answer in ANSWERS.values()}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ANSWERS)
def test_a_chart_is_plain_data_without_references(name: str, theme: ThemeName) -> None:
    spec = charts.chart(ANSWERS[name], theme=theme)
    assert json.loads(json.dumps(spec)) == spec
    assert '"url"' not in json.dumps(spec)
    assert spec["$schema"] == "https://vega.github.io/schema/vega-lite/v6.json"


@pytest.mark.parametrize("name", ANSWERS)
def test_a_chart_can_be_drawn(name: str) -> None:
    assert charts.to_svg(charts.chart(ANSWERS[name], title=name)).startswith("<svg")


def test_a_title_stands_above_with_its_invisible_characters_marked() -> None:
    spec = charts.chart(Count(1), title="Last\nweek")
    assert spec["title"] == "Last\N{REPLACEMENT CHARACTER}week"
    assert "title" not in charts.chart(Count(1))


def test_size_and_colours_are_the_caller_s() -> None:
    own = charts.Theme(
        paper="#111111",
        card="#222222",
        ink="#333333",
        faint="#444444",
        rule="#555555",
        series=("#666666", "#777777", "#888888"),
        bar="#999999",
        good="#aaaaaa",
        bad="#bbbbbb",
    )
    spec = charts.chart(series(3), width=300, height=120, theme=own)
    assert (spec["width"], spec["height"]) == (300, 120)
    assert spec["config"]["background"] == "#111111"
    assert spec["encoding"]["color"]["scale"]["range"] == ["#666666", "#777777", "#888888"]


@pytest.mark.parametrize(
    "options",
    [{"width": 0}, {"width": 1.5}, {"height": True}, {"height": 10_001}, {"theme": "blue"}],
)
def test_what_cannot_be_drawn_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        charts.chart(Count(1), **options)


@pytest.mark.parametrize(("answer", "previous"), [(kpis(), series(1)), (series(1), kpis())])
def test_only_a_series_can_have_a_series_behind_it(
    answer: Any,  # noqa: ANN401 - wrong on purpose
    previous: Any,  # noqa: ANN401 - the same
) -> None:
    with pytest.raises(InvalidQueryError, match="only a Timeseries"):
        charts.chart(answer, previous=previous)


def test_an_object_that_is_no_response_is_refused() -> None:
    not_an_answer: Any = "kpis"
    with pytest.raises(TypeError, match="a str has no chart"):
        charts.chart(not_an_answer)


def test_names_of_any_script_and_length_are_drawn() -> None:
    svg = charts.to_svg(charts.chart(pages(*HOSTILE, None)))
    assert "<script" not in svg
    assert "<img" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg
    assert "\u202e" not in svg
