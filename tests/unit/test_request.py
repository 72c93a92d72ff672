from __future__ import annotations

import datetime as dt
import math
from typing import Any
from urllib.parse import unquote

import pytest

from loguro_async import LoguroClient
from loguro_async.endpoints import ANY, KPIS, RECENT_EVENTS, TOP_FLOWS, TOP_PAGES, VISITOR_SESSIONS
from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import F, Filter
from loguro_async.query.path import check_slug, check_visitor_id, endpoint_path
from loguro_async.query.ranges import Between
from loguro_async.request import Query, Request, prepare
from tests.calls import a_request

DAY = Between.day(dt.date(2026, 6, 11))
MINUTE = dt.timedelta(minutes=1)


def pages(
    range: object = None,
    filter: object = None,
    limit: object = None,
    *,
    compare: object = None,
) -> Request:
    return a_request(TOP_PAGES, range=range, filter=filter, limit=limit, compare=compare)


def test_left_out_parameters_are_not_sent() -> None:
    request = pages()

    assert request.parameters == ()
    assert request.target == request.path == "/api/web-events/local/top-pages"
    assert request.canonical == (("range", "24h"),)


def test_parameters_are_sent_in_the_endpoint_s_order_and_sorted_in_the_key() -> None:
    request = pages("7d", F.country("RO"), 20, compare=True)

    assert request.parameters == (
        ("range", "7d"),
        ("filter", "country:RO"),
        ("limit", "20"),
        ("compare", "1"),
    )
    assert request.canonical == tuple(sorted(request.parameters))
    assert request.target.endswith("/top-pages?range=7d&filter=country%3ARO&limit=20&compare=1")


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
def test_requests_that_mean_the_same_have_one_cache_key(one: Request, other: Request) -> None:
    assert one.key == other.key


@pytest.mark.parametrize(
    "other",
    [pages("7d"), pages(DAY), pages(filter="country:RO"), pages(limit=10), pages(compare=True)],
)
def test_requests_that_differ_have_different_cache_keys(other: Request) -> None:
    assert other.key != pages().key


def test_a_window_replaces_the_range() -> None:
    request = pages(DAY)

    assert request.window == DAY
    assert request.range == ""
    assert request.parameters == request.canonical
    assert dict(request.parameters) == {
        "from": "2026-06-11T00:00:00.000Z",
        "to": "2026-06-12T00:00:00.000Z",
    }


def test_a_request_names_its_chip() -> None:
    assert pages().range == "24h"
    assert pages("12m").range == "12m"
    assert pages("12m").window is None
    assert a_request(RECENT_EVENTS).range == ""


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
def test_text_is_percent_encoded_once(filter_text: str, sent: str) -> None:
    assert pages(filter=filter_text).target.partition("filter=")[2] == sent


@pytest.mark.parametrize("limit", [0, -1, 1.0, "10", True, False, float("nan")])
def test_a_limit_is_a_whole_number_of_at_least_one(limit: object) -> None:
    with pytest.raises(InvalidQueryError, match="limit must be a whole number, 1 or greater, got"):
        pages(limit=limit)


@pytest.mark.parametrize("limit", [1, 300, 10**9])
def test_limits_are_not_capped_by_the_client(limit: int) -> None:
    assert ("limit", str(limit)) in pages(limit=limit).parameters


@pytest.mark.parametrize("compare", [1, 0, "1", "yes"])
def test_compare_is_a_bool(compare: object) -> None:
    with pytest.raises(InvalidQueryError, match="compare must be True or False, got"):
        pages(compare=compare)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_a_depth_of_two_to_five_is_sent(depth: int) -> None:
    assert a_request(TOP_FLOWS, depth=depth).parameters == (("depth", str(depth)),)


@pytest.mark.parametrize("depth", [1, 6, 0, -3, 3.0, "3", True])
def test_any_other_depth_is_refused(depth: object) -> None:
    with pytest.raises(InvalidQueryError, match="between 2 and 5, got"):
        a_request(TOP_FLOWS, depth=depth)


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
    assert a_request(RECENT_EVENTS, window=window).parameters == (("windowMs", sent),)


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
        a_request(RECENT_EVENTS, window=window)


@pytest.mark.parametrize("range_", ["8d", 7, True])
def test_an_unknown_range_is_refused(range_: object) -> None:
    with pytest.raises(InvalidQueryError, match="range"):
        a_request(KPIS, range=range_)


@pytest.mark.parametrize("condition", ["color:red", 7, "\ud800"])
def test_an_unreadable_filter_is_refused(condition: object) -> None:
    with pytest.raises(InvalidQueryError, match="filter"):
        a_request(KPIS, filter=condition)


@pytest.mark.parametrize("part", ["local", "my-shop", "a.b", "..a", "...", "~x_1", "9" * 255])
def test_a_slug_may_hold_unreserved_characters(part: str) -> None:
    assert check_slug(part) == part


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
def test_a_slug_that_could_change_the_path_is_refused(part: object) -> None:
    with pytest.raises(InvalidQueryError, match="project slug must hold only"):
        check_slug(part)


@pytest.mark.parametrize("slug", ["", ".", "..", "9" * 256])
def test_the_message_of_a_refused_slug_names_the_rule_that_it_breaks(slug: str) -> None:
    rule = r"must not be empty, '\.', '\.\.' or longer than 255 characters, got '"
    with pytest.raises(InvalidQueryError, match=rule):
        check_slug(slug)


@pytest.mark.parametrize(
    "visitor_id", ["v:1", "a+b=", "a b", "x|y", "é", "😀", "{uuid}", "a?b", "a#b", "...", "'\""]
)
def test_visitor_ids_are_opaque_and_encoded_into_one_segment(visitor_id: str) -> None:
    request = a_request(VISITOR_SESSIONS, visitor_id=visitor_id)
    segments = request.path.split("/")
    assert segments[:4] == ["", "api", "web-events", "local"]
    assert [unquote(segment) for segment in segments[4:]] == ["visitor", visitor_id, "sessions"]


@pytest.mark.parametrize(
    "visitor_id",
    [
        *("", " ", "\t", "x/y", "a\\b", "100%", ".", ".."),
        *("a\nb", "a\x00b", "\x7f", "\u2028", "\ud800", "v" * 1025, None, 7, b"v"),
    ],
)
def test_a_visitor_id_that_could_become_another_path_is_refused(visitor_id: object) -> None:
    with pytest.raises(InvalidQueryError, match="visitor id must not"):
        check_visitor_id(visitor_id)


@pytest.mark.parametrize(
    ("path", "encoded"),
    [
        ("top-cities", "/top-cities"),
        ("/top-cities/", "/top-cities"),
        ("", ""),
        ("visitor/a b/sessions", "/visitor/a%20b/sessions"),
    ],
)
def test_any_path_below_the_project_can_be_requested(path: str, encoded: str) -> None:
    assert endpoint_path(path) == encoded


@pytest.mark.parametrize(
    "path",
    ["..", "../other/kpis", "kpis/../..", "a//b", "./kpis", "a%2fb", "a?b=c", "a#b", "a\\b", 7],
)
def test_a_path_that_leaves_the_project_is_refused(path: object) -> None:
    with pytest.raises(InvalidQueryError, match="path must be one below the project"):
        endpoint_path(path)


def get_request(**params: object) -> Request:
    query: Query[Any] = Query(ANY, "local", path="top-cities", params=tuple(params.items()))
    return prepare(query)


def test_parameters_of_any_endpoint_are_sent_as_text() -> None:
    moment = dt.datetime(2026, 6, 11, 12, tzinfo=dt.UTC)
    request = get_request(
        range="7d",
        limit=5,
        ratio=0.5,
        compare=True,
        off=False,
        since=moment,
        filter=F.os("a"),
        no=None,
    )
    assert dict(request.parameters) == {
        "range": "7d",
        "limit": "5",
        "ratio": "0.5",
        "compare": "1",
        "off": "0",
        "since": "2026-06-11T12:00:00.000Z",
        "filter": "os:a",
    }


def test_the_order_of_parameters_makes_no_other_request() -> None:
    assert get_request(a="1", b="2").key == get_request(b="2", a="1").key
    assert get_request(a="1").key != get_request(a="2").key


def test_any_endpoint_shares_nothing_with_the_documented_one() -> None:
    query: Query[Any] = Query(ANY, "local", path="top-pages")
    assert prepare(query).key != pages().key


@pytest.mark.parametrize("value", [[1], {"a": 1}, object(), math.nan, "\ud800", b"x"])
def test_a_parameter_that_cannot_be_sent_is_refused(value: object) -> None:
    with pytest.raises(InvalidQueryError, match="colour"):
        get_request(colour=value)


@pytest.mark.parametrize("params", [[("a", 1)], "a=1", 5])
async def test_parameters_that_are_no_mapping_are_refused(params: Any) -> None:  # noqa: ANN401 - a value that the signature does not allow
    client = LoguroClient("pat_x")
    with pytest.raises(InvalidQueryError, match="params must be a mapping"):
        await client.project("local").get("top-pages", params)
