from __future__ import annotations

import datetime as dt

import pytest

from loguro_async.endpoints import KPIS, RECENT_EVENTS, TOP_FLOWS, TOP_PAGES
from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import F, Filter
from loguro_async.query.ranges import Between
from loguro_async.query.request import Query, build_query, check_path_part

DAY = Between.day(dt.date(2026, 6, 11))
MINUTE = dt.timedelta(minutes=1)


def pages(
    range: object = None,
    filter: object = None,
    limit: object = None,
    *,
    compare: object = None,
) -> Query:
    return TOP_PAGES.query("local", (range, filter, limit, compare))


def test_left_out_parameters_are_not_sent() -> None:
    query = pages()

    assert query.sent == ()
    assert query.target == query.path == "/api/web-events/local/top-pages"
    assert query.meant == (("range", "24h"),)


def test_parameters_are_sent_in_one_order_and_known_in_another() -> None:
    query = pages("7d", F.country("RO"), 20, compare=True)

    assert query.sent == (
        ("range", "7d"),
        ("filter", "country:RO"),
        ("limit", "20"),
        ("compare", "1"),
    )
    assert query.meant == tuple(sorted(query.sent))
    assert query.target.endswith("/top-pages?range=7d&filter=country%3ARO&limit=20&compare=1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pages(), pages("24h")),
        (pages(), pages(compare=False)),
        (pages(), pages(filter="")),
        (pages(), pages(filter=Filter())),
        (pages(filter="country:RO|US"), pages(filter=F.country("US", "RO"))),
        (pages(filter="country:RO"), pages(filter=Filter.raw("country:RO"))),
    ],
)
def test_the_cache_knows_equal_meaning_by_one_key(one: Query, other: Query) -> None:
    assert one.meant == other.meant


@pytest.mark.parametrize(
    "other",
    [pages("7d"), pages(DAY), pages(filter="country:RO"), pages(limit=10), pages(compare=True)],
)
def test_the_cache_tells_other_questions_apart(other: Query) -> None:
    assert other.meant != pages().meant


def test_a_window_takes_the_place_of_the_range() -> None:
    query = pages(DAY)

    assert query.window == DAY
    assert query.range == ""
    assert query.sent == query.meant
    assert dict(query.sent) == {
        "from": "2026-06-11T00:00:00.000Z",
        "to": "2026-06-12T00:00:00.000Z",
    }


def test_a_query_says_which_chip_it_is_about() -> None:
    assert pages().range == "24h"
    assert pages("12m").range == "12m"
    assert pages("12m").window is None
    assert RECENT_EVENTS.query("local", (None, None)).range == ""


def test_queries_are_values() -> None:
    assert pages("7d") == pages("7d")
    assert len({pages("7d"), pages("7d"), pages("30d")}) == 2


@pytest.mark.parametrize(
    ("filter_text", "sent"),
    [
        ("path:/a&b=c", "path%3A%2Fa%26b%3Dc"),
        ('path:"a b"', "path%3A%22a%20b%22"),
        ("path:100%", "path%3A100%25"),
        ("path:a+b", "path%3Aa%2Bb"),
        ("path:é#x", "path%3A%C3%A9%23x"),
    ],
)
def test_text_is_encoded_once(filter_text: str, sent: str) -> None:
    assert pages(filter=filter_text).target.partition("filter=")[2] == sent


@pytest.mark.parametrize("limit", [0, -1, 1.0, "10", True, False, float("nan")])
def test_a_limit_is_a_whole_number_above_nothing(limit: object) -> None:
    with pytest.raises(InvalidQueryError, match=r"limit is .*1 or above"):
        pages(limit=limit)


@pytest.mark.parametrize("limit", [1, 300, 10**9])
def test_the_service_caps_limits_not_the_client(limit: int) -> None:
    assert ("limit", str(limit)) in pages(limit=limit).sent


@pytest.mark.parametrize("compare", [1, 0, "1", "yes"])
def test_compare_is_yes_or_no(compare: object) -> None:
    with pytest.raises(InvalidQueryError, match="give True or False"):
        pages(compare=compare)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_a_depth_of_two_to_five_is_sent(depth: int) -> None:
    assert TOP_FLOWS.query("local", (None, None, None, depth)).sent == (("depth", str(depth)),)


@pytest.mark.parametrize("depth", [1, 6, 0, -3, 3.0, "3", True])
def test_any_other_depth_is_refused(depth: object) -> None:
    with pytest.raises(InvalidQueryError, match="from 2 to 5"):
        TOP_FLOWS.query("local", (None, None, None, depth))


@pytest.mark.parametrize(
    ("window", "sent"),
    [
        (60_000, "60000"),
        (3_600_000, "3600000"),
        (MINUTE, "60000"),
        (60 * MINUTE, "3600000"),
        (dt.timedelta(seconds=90.5), "90500"),
    ],
)
def test_a_window_is_sent_in_milliseconds(window: object, sent: str) -> None:
    assert RECENT_EVENTS.query("local", (None, window)).sent == (("windowMs", sent),)


@pytest.mark.parametrize(
    "window",
    [
        59_999,
        3_600_001,
        0,
        -60_000,
        60_000.0,
        "60000",
        True,
        MINUTE - dt.timedelta(microseconds=1),
        60 * MINUTE + dt.timedelta(milliseconds=1),
        60 * MINUTE + dt.timedelta(microseconds=1),
        dt.timedelta.max,
        -MINUTE,
    ],
)
def test_a_window_outside_a_minute_to_an_hour_is_refused(window: object) -> None:
    with pytest.raises(InvalidQueryError, match="one minute to one hour"):
        RECENT_EVENTS.query("local", (None, window))


@pytest.mark.parametrize("range_", ["8d", 7, True])
def test_an_unknown_range_is_refused(range_: object) -> None:
    with pytest.raises(InvalidQueryError, match="range is"):
        KPIS.query("local", (range_, None))


@pytest.mark.parametrize("condition", ["color:red", 7, "\ud800"])
def test_a_filter_that_cannot_be_read_is_refused(condition: object) -> None:
    with pytest.raises(InvalidQueryError, match="filter"):
        KPIS.query("local", (None, condition))


def test_an_argument_that_no_endpoint_takes_is_not_sent() -> None:
    query = build_query("local", "kpis", "/kpis", ("colour",), ("red",), ())

    assert (query.sent, query.meant) == ((), ())


@pytest.mark.parametrize("part", ["local", "my-shop", "a.b", "..a", "...", "~x_1", "9" * 255])
def test_a_part_of_the_path_is_kept(part: str) -> None:
    assert check_path_part("slug", part) == part


@pytest.mark.parametrize(
    "part",
    [
        "",
        ".",
        "..",
        "/",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a%2f",
        "a b",
        "a\n",
        "a;b",
        "é",
        "9" * 256,
        None,
        7,
        b"a",
    ],
)
def test_what_could_leave_its_place_in_the_path_is_refused(part: object) -> None:
    with pytest.raises(InvalidQueryError, match=r"slug .* cannot be part of the path; use"):
        check_path_part("slug", part)
