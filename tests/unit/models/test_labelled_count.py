from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from loguro_async.decoding import decode
from loguro_async.endpoints import CUSTOM_EVENTS, ENDPOINTS, RECENT_EVENTS, TOP_PAGES, Endpoint
from loguro_async.models.events import CustomEvent, RecentEvent
from loguro_async.models.top_lists import (
    TopBrowser,
    TopCountry,
    TopDevice,
    TopEntryPage,
    TopExitPage,
    TopFlow,
    TopList,
    TopLocation,
    TopOs,
    TopPage,
    TopReferrer,
)

if TYPE_CHECKING:
    from loguro_async.models.labelled_count import LabelledCount

ROWS: list[tuple[LabelledCount, str, str]] = [
    (TopPage(path="/", count=3), "/", "pageviews"),
    (TopEntryPage(path="/", count=3), "/", "sessions"),
    (TopExitPage(path="/", count=3), "/", "sessions"),
    (TopReferrer(referrer="direct", count=3), "direct", "events"),
    (TopCountry(country_code="RO", count=3), "RO", "events"),
    (TopBrowser(browser_family="Chrome", count=3), "Chrome", "events"),
    (TopOs(os_family="macOS", count=3), "macOS", "events"),
    (TopDevice(device_type="mobile", count=3), "mobile", "events"),
    (TopFlow(steps=("/", "/pricing"), count=3), "/ → /pricing", "sessions"),
    (TopLocation(city="Cluj", country_code="RO", events=3, visitor_id="v"), "Cluj, RO", "events"),
    (CustomEvent(name="signup", count=3), "signup", "events"),
]


def rows_of(endpoint: Endpoint[Any], *rows: str) -> tuple[Any, ...]:
    items: tuple[Any, ...] = decode(endpoint, f'{{"items":[{",".join(rows)}]}}'.encode()).items
    return items


@pytest.mark.parametrize(("row", "label", "unit"), ROWS, ids=lambda one: type(one).__name__)
def test_a_row_has_a_label_a_value_and_a_unit(row: LabelledCount, label: str, unit: str) -> None:
    assert (row.label, row.value, row.unit) == (label, 3, unit)


@pytest.mark.parametrize("kind", [type(row) for row, *_ in ROWS if type(row) is not CustomEvent])
def test_a_row_without_members_has_no_label_and_no_value(kind: type[LabelledCount]) -> None:
    row = kind()
    assert (row.label, row.value, row.unit) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["x", "name", "key", "page", "url", "country", "referrer", "source", "browser", "os"]
)
def test_a_label_is_found_under_its_other_names(name: str) -> None:
    (row,) = rows_of(TOP_PAGES, f'{{"{name}":"Oz","count":1}}')
    assert row.label == "Oz"


TOP_LISTS = [one for one in ENDPOINTS if one.name.startswith("top-")]


@pytest.mark.parametrize("endpoint", TOP_LISTS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", ["name", "Country", "x"])
def test_every_top_list_finds_labels(endpoint: Endpoint[Any], name: str) -> None:
    (row,) = rows_of(endpoint, f'{{"{name}":"Oz","total":1}}')
    assert (row.label, row.value) == ("Oz", 1)


@pytest.mark.parametrize("endpoint", TOP_LISTS, ids=lambda one: one.name)
def test_a_label_is_found_in_camel_case(endpoint: Endpoint[Any]) -> None:
    kind = get_args(endpoint.shape)[0]
    head, *tail = str(kind.label_field).split("_")
    (row,) = rows_of(endpoint, f'{{"{head}{"".join(map(str.title, tail))}":"Oz"}}')
    assert row.label == "Oz"


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("views", "pageviews"),
        ("pageviews", "pageviews"),
        ("pageViews", "pageviews"),
        ("unique", None),
        ("events", "events"),
        ("visits", "sessions"),
        ("sessions", "sessions"),
        ("hits", "pageviews"),
        ("total", "pageviews"),
        ("value", "pageviews"),
        ("y", "pageviews"),
    ],
)
def test_a_value_is_found_under_its_other_names(name: str, unit: str | None) -> None:
    (row,) = rows_of(TOP_PAGES, f'{{"path":"/","{name}":7,"visitors":3}}')
    assert (row.value, row.unit) == ((7, unit) if unit else (None, None))


@pytest.mark.parametrize("sent", ["7.0", '"7"', "7"])
def test_a_value_may_be_spelled_otherwise(sent: str) -> None:
    (row,) = rows_of(TOP_PAGES, f'{{"path":"/","hits":{sent}}}')
    assert row.value == 7
    assert isinstance(row.value, int)


@pytest.mark.parametrize("sent", ["7.5", '"7.5"', "-1", "true", "null", '"many"', "1e300", "[7]"])
def test_what_is_no_whole_number_is_no_value(sent: str) -> None:
    (row,) = rows_of(TOP_PAGES, f'{{"path":"/","hits":{sent}}}')
    assert (row.value, row.unit) == (None, None)


def test_visitors_are_never_taken_for_the_main_count() -> None:
    counted, other = rows_of(TOP_PAGES, '{"path":"/a","count":120}', '{"path":"/b","visitors":97}')
    assert (counted.value, counted.unit) == (120, "pageviews")
    assert (other.value, other.unit, other.visitors) == (None, None, 97)


def test_a_field_wins_over_other_names() -> None:
    (row,) = rows_of(TOP_PAGES, '{"path":"/a","url":"https://example.com/a","count":3,"views":5}')
    assert (row.label, row.value) == ("/a", 3)


def test_an_event_is_labelled_by_its_name_or_path_and_has_no_value() -> None:
    viewed, bought = rows_of(
        RECENT_EVENTS, '{"path":"/a"}', '{"path":"/a","custom_event_name":"buy"}'
    )
    assert isinstance(viewed, RecentEvent)
    assert (viewed.label, bought.label) == ("/a", "buy")
    assert (bought.value, bought.unit) == (None, None)


def test_custom_events_have_labels() -> None:
    body = b'{"items":[{"name":"signup","count":4}],"buckets":[],"bucket":"day"}'
    (row,) = decode(CUSTOM_EVENTS, body).items
    assert (row.label, row.value, row.unit) == ("signup", 4, "events")


def test_a_list_says_what_its_rows_count() -> None:
    assert TopList(items=(TopPage(path="/"), TopPage(path="/b", sessions=3))).unit == "sessions"
    assert TopList(items=(TopCountry(count=1),)).unit == "events"
    assert TopList[TopPage](items=()).unit is None
