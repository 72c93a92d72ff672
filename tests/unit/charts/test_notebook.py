"""Responses in a notebook."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from html import unescape
from typing import Any

import msgspec
import pytest

from loguro_async import EventList, Kpis, Overview, Response, TopList, charts
from loguro_async.charts.theme import DARK, LIGHT
from tests.unit.charts.samples import ANSWERS, HOSTILE, event, kpis, pages

VEGA_LITE = "application/vnd.vegalite.v5+json"


def shown(answer: Response | Overview) -> dict[str, Any]:
    """What IPython would be given."""
    bundle: dict[str, Any] = answer._repr_mimebundle_(include=None, exclude=None)
    return bundle


@pytest.mark.parametrize("name", ANSWERS)
def test_a_response_is_a_chart_a_picture_and_a_text(name: str) -> None:
    answer = ANSWERS[name]
    bundle = shown(answer)
    assert len(bundle["text/plain"]) <= 1_000
    assert bundle["text/plain"].startswith(type(answer).__name__)
    assert bundle[VEGA_LITE]["config"] == charts.chart(answer)["config"]
    assert bundle[VEGA_LITE]["$schema"].endswith("/v5.json")
    images = re.findall(
        r'<img class="([\w-]+)" alt="([^"]+)" src="data:image/svg\+xml;base64,([^"]+)">',
        bundle["text/html"],
    )
    assert [name for name, *_ in images] == ["loguro-light", "loguro-dark"]
    assert {unescape(text) for _, text, _ in images} == {charts.chart(answer)["description"]}
    light, dark = (b64decode(picture).decode() for *_, picture in images)
    assert LIGHT.paper in light
    assert DARK.paper in dark


def test_a_short_response_is_its_repr() -> None:
    answer = ANSWERS["count"]
    assert shown(answer)["text/plain"] == repr(answer)


def test_a_long_list_is_its_first_rows() -> None:
    first, *rows, last = shown(pages(*(f"/{n}" for n in range(1_000))))["text/plain"].splitlines()
    assert first == "TopList with 1,000 rows:"
    assert [row.partition("(")[0] for row in rows] == ["  TopPage"] * 5
    assert last == "  … 995 more"


def test_without_the_extra_there_is_a_table_instead_of_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    bundle = shown(pages("/pricing"))
    assert bundle["text/html"].startswith("<table><thead><tr><th>count</th>")
    assert "<td>/pricing</td>" in bundle["text/html"]
    assert VEGA_LITE in bundle


@pytest.mark.parametrize("name", ANSWERS)
def test_every_response_can_be_a_table(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert shown(ANSWERS[name])["text/html"].count("<tr>") >= 2


def test_names_in_a_table_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    table = shown(pages(*HOSTILE))["text/html"]
    assert set(re.findall(r"</?(\w+)", table)) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert "&lt;script&gt;" in table


def test_properties_that_are_no_text_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    odd = msgspec.structs.replace(event(0), custom_props_json=msgspec.Raw(b'{"a": "\xff"}'))
    assert "\N{REPLACEMENT CHARACTER}" in shown(EventList((odd,), 1))["text/html"]


def test_a_long_table_says_how_much_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    table = shown(pages(*map(str, range(25))))["text/html"]
    assert table.count("<tr>") == 1 + 20
    assert table.endswith("<p>… and 5 more rows</p>")


def test_a_response_of_the_user_s_own_is_a_table() -> None:
    class Own(Response, frozen=True):
        """Some answer."""

        name: str

    bundle = shown(Own("<b>"))
    assert bundle["text/html"].endswith("<tr><td>&lt;b&gt;</td></tr></tbody></table>")
    assert VEGA_LITE not in bundle


def test_showing_a_response_does_not_change_it() -> None:
    answer = kpis()
    before = (repr(answer), hash(answer), msgspec.json.encode(answer))
    shown(answer)
    assert (repr(answer), hash(answer), msgspec.json.encode(answer)) == before
    assert answer == kpis()
    assert Kpis.__struct_fields__ == ("current", "previous", "range")
    assert TopList.__struct_fields__ == ("items",)
