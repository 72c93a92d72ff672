"""Each option for what the reference leaves open, with each of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.emulator_session import running, serving

if TYPE_CHECKING:
    from pathlib import Path

WINDOW = {"from": "2026-06-10T12:00:00Z", "to": "2026-06-11T09:00:00Z"}
INVALID = [
    ("/count", {"range": "2w"}, 4, "Invalid range"),
    ("/count", {"filter": "planet:mars"}, 4, "Invalid filter"),
    ("/count", {"filter": 'os:ios path:"open'}, 2, "Invalid filter"),
    ("", {"limit": "many"}, 4, "Invalid limit"),
    ("", {"limit": "2.5"}, 4, "Invalid limit"),
    ("", {"limit": ""}, 4, "Invalid limit"),
    ("", {"limit": "0"}, 1, "Invalid limit"),
    ("", {"limit": "-3"}, 1, "Invalid limit"),
    ("/top-flows", {"depth": "deep"}, 0, "Invalid depth"),
    ("/top-flows", {"depth": "6"}, 0, "Invalid depth"),
    ("/recent-events", {"windowMs": "1"}, 0, "Invalid windowMs"),
    ("/recent-events", {"windowMs": "3600001"}, 1, "Invalid windowMs"),
    ("/top-pages", {"compare": "yes"}, 3, "Invalid compare"),
]


def rows(body: Any) -> int:  # noqa: ANN401 - JSON
    return body["count"] if "count" in body else len(body["items"])


@pytest.mark.parametrize(("path", "parameters", "expected", "_error"), INVALID)
async def test_an_invalid_parameter_counts_as_left_out(
    tmp_path: Path, path: str, parameters: dict[str, str], expected: int, _error: str
) -> None:
    async with serving(tmp_path) as get:
        status, body = await get(path, **parameters)
    assert (status, rows(body)) == (200, expected)


@pytest.mark.parametrize(("path", "parameters", "_expected", "error"), INVALID)
async def test_an_invalid_parameter_is_an_error_in_strict_mode(
    tmp_path: Path, path: str, parameters: dict[str, str], _expected: int, error: str
) -> None:
    async with serving(tmp_path, strict=True) as get:
        assert await get(path, **parameters) == (400, {"error": error})


async def test_strict_mode_allows_what_the_reference_allows(tmp_path: Path) -> None:
    async with serving(tmp_path, strict=True) as get:
        for path, parameters in (
            ("", {"limit": "99999999999999999999999999"}),
            ("/top-flows", {"depth": "5", "limit": "301"}),
            ("/top-pages", {"compare": "1", "range": "all"}),
            ("/count", {"from": "soon", "to": "later"}),
            ("/count", {"unknown": "parameter"}),
        ):
            assert (await get(path, **parameters))[0] == 200


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 3),
        ({"to_inclusive": True}, 4),
        ({"from_inclusive": False}, 2),
        ({"from_inclusive": False, "to_inclusive": True}, 3),
    ],
)
async def test_bounds(tmp_path: Path, options: dict[str, bool], expected: int) -> None:
    async with serving(tmp_path, **options) as get:
        assert await get("/count", **WINDOW) == (200, {"count": expected})
        _, series = await get("/timeseries", **WINDOW)
        assert sum(item["pageviews"] for item in series["items"]) == expected


@pytest.mark.parametrize(("case_sensitive", "expected"), [(False, 2), (True, 1)])
@pytest.mark.parametrize("text", ["path:/pricing", "search:/pricing"])
async def test_case(tmp_path: Path, text: str, case_sensitive: bool, expected: int) -> None:  # noqa: FBT001 - parametrised
    async with serving(tmp_path, case_sensitive=case_sensitive) as get:
        assert await get("/count", filter=text) == (200, {"count": expected})


@pytest.mark.parametrize(("repeated_key", "expected"), [("and", 0), ("or", 2)])
async def test_repeated_key(tmp_path: Path, repeated_key: str, expected: int) -> None:
    async with serving(tmp_path, repeated_key=repeated_key) as get:
        _, body = await get("/count", filter="country:RO country:DE")
    assert body == {"count": expected}


@pytest.mark.parametrize(("hours", "bucket"), [(21, "hour"), (20, "day")])
async def test_hourly_up_to(tmp_path: Path, hours: int, bucket: str) -> None:
    async with serving(tmp_path, hourly_up_to_hours=hours) as get:
        assert (await get("/timeseries", **WINDOW))[1]["bucket"] == bucket
        assert (await get("/kpis", **WINDOW))[1]["range"]["bucket"] == bucket


async def test_limits(tmp_path: Path) -> None:
    limits = {"default_limits": {"events": 2}, "max_limits": {"events": 3, "top-pages": 1}}
    async with serving(tmp_path, **limits) as get:
        assert (await get(""))[1]["count"] == 2
        assert (await get("", limit="99"))[1]["count"] == 3
        assert len((await get("/top-pages"))[1]["items"]) == 1
        assert len((await get("/top-os"))[1]["items"]) == 2


async def test_a_limit_of_an_unknown_endpoint_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no endpoint pages"):
        async with serving(tmp_path, max_limits={"pages": 1}):
            raise AssertionError


PATHS = ["/", '"/"', '/a"b', "/a\\"]
UNREADABLE = PATHS
"""A term that cannot be parsed is left out, so that every event passes."""


@pytest.mark.parametrize(
    ("text", "escaped", "unescaped", "literal"),
    [
        ('path:"/"', ["/"], ["/"], ['"/"']),
        (r'path:"/a\"b"', ['/a"b'], UNREADABLE, []),
        ('path:"/a\\\\"', ["/a\\"], [], []),
        ('path:"/a\\"', UNREADABLE, ["/a\\"], []),
        ('path:"no" path', [], [], []),
    ],
)
async def test_quotes(
    text: str, escaped: list[str], unescaped: list[str], literal: list[str]
) -> None:
    for quotes, expected in (("escaped", escaped), ("unescaped", unescaped), ("literal", literal)):
        async with running(events=0, quotes=quotes) as get:
            for path in PATHS:
                get.loguro.track(path)
            _, body = await get("/top-pages", range="1h", filter=text)
        assert sorted(item["path"] for item in body["items"]) == sorted(expected), quotes


@pytest.mark.parametrize(
    ("referrers", "expected"),
    [
        ("host", ["direct", "news.example.org"]),
        ("url", ["direct", "https://News.example.org/a?b=c", "https://news.example.org/d"]),
    ],
)
async def test_referrers(referrers: str, expected: list[str]) -> None:
    async with running(events=0, referrers=referrers) as get:
        for referrer in ("", None, "https://News.example.org/a?b=c", "https://news.example.org/d"):
            get.loguro.track(referrer=referrer)
        _, body = await get("/top-referrers", range="1h")
    assert sorted(item["referrer"] for item in body["items"]) == expected


@pytest.mark.parametrize(
    ("status", "message"), [(404, "Project not found"), (401, "No access to this project")]
)
async def test_no_access_status(tmp_path: Path, status: int, message: str) -> None:
    async with serving(tmp_path, no_access_status=status) as get:
        token = get.loguro.issue_token("shop")
        assert await get("/kpis", "local", token) == (status, {"error": message})
        assert await get("/kpis", "nowhere", token) == (404, {"error": "Project not found"})
        assert (await get("/kpis", "shop", token))[0] == 200


async def test_compare_is_accepted_by_every_endpoint(tmp_path: Path) -> None:
    async with serving(tmp_path, strict=True) as get:
        for path in ("/kpis", "/timeseries", "", "/count", "/top-flows"):
            expected = await get(path, range="24h")
            assert expected[0] == 200
            assert await get(path, range="24h", compare="1") == expected
