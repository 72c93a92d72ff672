"""Users' own Parquet files, and those that exports of this package write, served as they are."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

from loguro_async import LoguroClient
from loguro_async.emulator import LoguroEmulator
from loguro_async.export import export_events
from tests.events_by_hand import NOW, event
from tests.integration.emulator_session import Getter, running

if TYPE_CHECKING:
    from pathlib import Path

EVENTS: Final = [
    event(number, f"2026-06-11 09:{50 + number}", f"/{number % 2}", f"s{number % 3}")
    for number in range(6)
]
FRAME: Final = pl.DataFrame(EVENTS).with_columns(pl.col(pl.Null).cast(pl.String))
REQUIRED: Final = ["id", "event_type", "timestamp", "path", "url", "visitor_id", "session_id"]
TIME: Final = pl.col("timestamp")
KINDS: Final[dict[str, pl.DataFrame]] = {
    "required columns only": FRAME.select(REQUIRED),
    "columns of the null type": pl.DataFrame(EVENTS),
    "other columns, in another order": FRAME.with_columns(more=pl.lit(1)).select(
        sorted([*FRAME.columns, "more"])
    ),
    "names in upper case": FRAME.rename(str.upper),
    "categories": FRAME.with_columns(pl.col("device_type", "path").cast(pl.Categorical)),
    "numbers as ids": FRAME.with_columns(pl.int_range(6).alias("id"), pl.lit(7).alias("user_id")),
    "whole numbers with a fraction type": FRAME.with_columns(pl.lit(7.0).alias("user_id")),
    "decimals as ids": FRAME.with_columns(user_id=pl.lit(7).cast(pl.Decimal(10, 0))),
    "small numbers": FRAME.with_columns(pl.col("viewport_width").cast(pl.Int16)),
    "properties as a struct": FRAME.with_columns(custom_props=pl.struct(plan=pl.lit("pro"))),
    "properties as a list": FRAME.with_columns(custom_props=pl.concat_list(pl.lit(1), pl.lit(2))),
    "times with a zone": FRAME.with_columns(TIME.dt.replace_time_zone("UTC")),
    "times in another zone": FRAME.with_columns(
        TIME.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Bucharest")
    ),
    "times in nanoseconds": FRAME.with_columns(TIME.cast(pl.Datetime("ns"))),
    "times in nanoseconds with a zone": FRAME.with_columns(TIME.cast(pl.Datetime("ns", "UTC"))),
    "times in milliseconds": FRAME.with_columns(TIME.cast(pl.Datetime("ms"))),
    "times as text": FRAME.with_columns(TIME.dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")),
    "times as text with an offset": FRAME.with_columns(
        (TIME + pl.duration(hours=3)).dt.strftime("%Y-%m-%d %H:%M:%S+03:00")
    ),
    "times as text without a zone": FRAME.with_columns(TIME.dt.strftime("%Y-%m-%d %H:%M:%S")),
    "seconds since 1970": FRAME.with_columns(TIME.dt.epoch("s")),
    "milliseconds since 1970": FRAME.with_columns(TIME.dt.epoch("ms")),
    "microseconds since 1970": FRAME.with_columns(TIME.dt.epoch("us")),
    "nanoseconds since 1970": FRAME.with_columns(TIME.dt.epoch("ns")),
}
INVALID: Final[dict[str, tuple[pl.DataFrame, str]]] = {
    "without a required column": (FRAME.drop("visitor_id"), "lacks the column visitor_id"),
    "no timestamp": (FRAME.with_columns(timestamp=pl.lit("soon")), "the column timestamp of .*"),
    "a flag as a time": (FRAME.with_columns(timestamp=pl.lit(1) == 1), "timestamp .* BOOLEAN"),
    "bytes": (FRAME.with_columns(city=pl.lit(b"\xff")), "column city .* BLOB.* write it as text"),
    "a list": (FRAME.with_columns(path=pl.concat_list("path")), "the column path .* VARCHAR"),
    "fractions": (FRAME.with_columns(user_id=pl.lit(0.5)), "the column user_id of .* 6 of its"),
    "a null id": (
        FRAME.with_columns(id=pl.when(pl.col("id") != "id-003").then(pl.col("id"))),
        "the column id of .*: 1 of its values are missing",
    ),
}


def put(file: Path, frame: pl.DataFrame = FRAME) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(file)
    return file


def snapshot(folder: Path) -> dict[str, bytes]:
    """The files below a folder and what they contain."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


async def figures(data: Path, project: str = "local", **options: Any) -> list[object]:  # noqa: ANN401
    """Figures of several endpoints, over ranges that read files by their days."""
    async with running(data=data, **options) as get:

        async def body(path: str, chip: str) -> Any:  # noqa: ANN401 - JSON
            status, found = await get(path, project, range=chip)
            assert status == 200
            return found

        return [
            (await body("/count", "1h"))["count"],
            (await body("/count", "all"))["count"],
            (await body("/kpis", "3m"))["current"]["pageviews"],
            [item["path"] for item in (await body("/top-pages", "7d"))["items"]],
            len((await body("/visitor/v1/sessions", "7d"))["sessions"]),
            (await body("", "24h"))["items"][0]["timestamp"],
        ]


EXPECTED: Final = [6, 6, 6, ["/0", "/1"], 1, "2026-06-11T09:55:00.000Z"]


@pytest.mark.parametrize("kind", KINDS)
async def test_columns_of_other_types_are_converted(tmp_path: Path, kind: str) -> None:
    put(tmp_path / "events.parquet", KINDS[kind])
    assert await figures(tmp_path) == EXPECTED


@pytest.mark.parametrize("kind", INVALID)
async def test_a_file_that_cannot_be_served_is_an_error_at_start(tmp_path: Path, kind: str) -> None:
    frame, message = INVALID[kind]
    put(tmp_path / "good.parquet")
    put(tmp_path / "bad.parquet", frame)
    with pytest.raises(ValueError, match=message) as caught:
        async with LoguroEmulator(data=tmp_path, now=NOW):
            raise AssertionError
    assert str(tmp_path / "bad.parquet") in str(caught.value)


async def test_a_file_that_is_no_parquet_is_an_error_that_names_it(tmp_path: Path) -> None:
    put(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"no such thing")
    with pytest.raises(ValueError, match=r"b\.parquet is no valid Parquet file"):
        async with LoguroEmulator(data=tmp_path, now=NOW):
            raise AssertionError


async def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    put(tmp_path / "a.parquet")
    damaged = put(tmp_path / "b.parquet")
    data = bytearray(damaged.read_bytes())
    data[4:200] = b"\xff" * 196  # the pages of the first columns; the footer stays valid
    damaged.write_bytes(data)
    with pytest.raises(ValueError, match=r"the columns of .*b\.parquet cannot be read"):
        async with LoguroEmulator(data=tmp_path, now=NOW):
            raise AssertionError


async def test_a_file_without_rows_can_be_served(tmp_path: Path) -> None:
    put(tmp_path / "a.parquet", pl.DataFrame(EVENTS).clear())
    async with running(data=tmp_path) as get:
        assert await get("/count", range="all") == (200, {"count": 0})


async def test_files_of_different_columns_are_one_project(tmp_path: Path) -> None:
    for number, kind in enumerate(KINDS):
        frame = KINDS[kind]
        name = "ID" if "ID" in frame.columns else "id"
        put(tmp_path / f"{number}.parquet", frame.with_columns(pl.lit(f"e{number}").alias(name)))
    async with running(data=tmp_path) as get:
        assert await get("/count", range="1h") == (200, {"count": 6 * len(KINDS)})
        _, listing = await get("", range="1h", limit="1000")
        _, kpis = await get("/kpis", range="1h")
    assert {item["timestamp"] for item in listing["items"]} == {
        f"2026-06-11T09:{minute}:00.000Z" for minute in range(50, 56)
    }
    assert kpis["current"]["sessions"] == 3


@pytest.mark.parametrize(
    "place",
    [
        "events.parquet",
        "EVENTS.PARQUET",
        "events.pq",
        "june/part-0.parquet",
        "day=2026-06-10/events.parquet",
        "project=local/events.parquet",
        "project=local/month=2026-06/part-0.parquet",
        "project=local/2026/06/11/09.parquet",
        "project=local/day=today/a.parquet",
        "project=local/day=2026-06-10/events.parquet",
        "year=2026/project=local/events.parquet",
        "local/events.parquet",
    ],
)
async def test_files_are_found_in_any_folder(tmp_path: Path, place: str) -> None:
    put(tmp_path / place)
    assert await figures(tmp_path) == EXPECTED


async def test_folders_may_have_the_values_of_columns(tmp_path: Path) -> None:
    for code in ("RO", "US"):
        frame = FRAME.drop("country_code", "city").with_columns(id=pl.col("id") + code)
        put(tmp_path / f"Country_Code={code}" / "city=Cluj%20Napoca" / "a.parquet", frame)
    null = "country_code=__HIVE_DEFAULT_PARTITION__/city=it's/a.parquet"
    put(tmp_path / null, FRAME.drop("country_code", "city"))
    put(tmp_path / "country_code=DE" / "a.parquet")  # the file itself says RO
    async with running(data=tmp_path) as get:
        _, top = await get("/top-countries", range="1h")
        _, listing = await get("", range="1h")
    counts = {item["country_code"]: item["count"] for item in top["items"]}
    assert counts == {"RO": 12, "US": 6, None: 6}
    assert {item["city"] for item in listing["items"]} == {"Cluj-Napoca", "Cluj Napoca", "it's"}


async def test_a_single_file_can_be_served(tmp_path: Path) -> None:
    file = put(tmp_path / "any name")
    assert await figures(file) == EXPECTED
    assert await figures(file, "shop", projects="shop") == EXPECTED


@pytest.mark.parametrize("data", ["project=shop", "project=shop/x", "project=shop/x/a.parquet"])
async def test_data_may_lie_in_the_folder_of_a_project(tmp_path: Path, data: str) -> None:
    put(tmp_path / "project=shop" / "x" / "a.parquet")
    assert await figures(tmp_path / data, "shop") == EXPECTED


async def test_projects_are_those_of_the_folders(tmp_path: Path) -> None:
    put(tmp_path / "project=shop" / "a.parquet")
    put(tmp_path / "project=blog" / "a.parquet", FRAME.head(2))
    before = snapshot(tmp_path)
    async with running(data=tmp_path) as get:
        assert get.loguro.projects == ("blog", "shop")
        assert await get("/count", "shop") == (200, {"count": 6})
        assert await get("/count", "blog") == (200, {"count": 2})
        assert (await get("/count", "local"))[0] == 404
    assert snapshot(tmp_path) == before


async def test_folders_may_have_the_names_of_several_projects(tmp_path: Path) -> None:
    put(tmp_path / "shop" / "2026" / "a.parquet")
    put(tmp_path / "project=blog" / "a.parquet", FRAME.head(2))
    async with running(data=tmp_path, projects=("shop", "blog")) as get:
        assert await get("/count", "shop") == (200, {"count": 6})
        assert await get("/count", "blog") == (200, {"count": 2})


async def test_a_file_that_could_belong_to_several_projects_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / "events.parquet")
    with pytest.raises(ValueError, match=r"events\.parquet could belong to any of shop, blog"):
        async with LoguroEmulator(("shop", "blog"), data=tmp_path):
            raise AssertionError


async def test_hidden_files_are_not_served(tmp_path: Path) -> None:
    put(tmp_path / "project=local" / "a.parquet")
    for hidden in (".a.parquet", "_temporary/b.parquet", ".unfinished/c.parquet", "notes.json"):
        put(tmp_path / "project=local" / hidden)
    assert await figures(tmp_path) == EXPECTED


async def test_folders_that_link_to_each_other_are_read_once(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "a.parquet")
    data = tmp_path / "data"
    data.mkdir()
    (data / "project=local").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "loop").symlink_to(data)
    assert await figures(data) == EXPECTED


async def test_wildcards_in_names_are_no_patterns(tmp_path: Path) -> None:
    put(tmp_path / "project=shop[1]" / "a.parquet")
    put(tmp_path / "project=shop" / "[a]*?'; b.parquet")
    assert await figures(tmp_path, "shop", projects="shop") == EXPECTED


# --- times --------------------------------------------------------------------------------------


def nanoseconds(*times: str) -> pl.DataFrame:
    """Events at times that are more exact than a millisecond."""
    frame = FRAME.head(len(times))
    return frame.with_columns(timestamp=pl.Series(times).str.to_datetime(time_unit="ns"))


LATE: Final = (
    "2026-06-10T09:59:59.999999999",
    "2026-06-10T23:59:59.999500000",
    "2026-06-11T08:59:59.999999999",
    "2026-06-11T09:00:00.000499999",
    "2026-06-11T09:59:59.999500000",
    "2026-06-11T09:59:59.999999999",
)


@pytest.mark.parametrize("unit", ["ns", "us", "text"])
@pytest.mark.parametrize("chip", ["1h", "24h", "7d", "all"])
async def test_times_are_whole_milliseconds_at_every_endpoint(
    tmp_path: Path, unit: str, chip: str
) -> None:
    frame = nanoseconds(*LATE)
    if unit == "text":
        frame = frame.with_columns(TIME.dt.strftime("%Y-%m-%dT%H:%M:%S.%9fZ"))
    else:
        frame = frame.with_columns(TIME.dt.cast_time_unit("ns" if unit == "ns" else "us"))
    put(tmp_path / "events.parquet", frame)
    expected = {"1h": 3, "24h": 5, "7d": 6, "all": 6}[chip]
    async with running(data=tmp_path) as get:

        async def body(path: str) -> Any:  # noqa: ANN401 - JSON
            return (await get(path, range=chip))[1]

        assert (await body("/count"))["count"] == expected
        assert (await body("/kpis"))["current"]["pageviews"] == expected
        listing = await body("")
        assert [item["timestamp"] for item in listing["items"]] == [
            f"{text[:23]}Z" for text in reversed(LATE[-expected:])
        ]
        for path, name in (("/timeseries", "pageviews"), ("/top-pages", "count")):
            assert sum(item[name] for item in (await body(path))["items"]) == expected


# --- generated files, and files of one's own ----------------------------------------------------


async def test_generated_events_of_a_new_project_join_generated_files(tmp_path: Path) -> None:
    async with LoguroEmulator("local", events=9, data=tmp_path, now=NOW):
        pass
    async with LoguroEmulator(("local", "shop"), events=5, data=tmp_path, now=NOW) as loguro:
        files = loguro.parquet("shop")
        assert all(file.is_relative_to(tmp_path) for file in files)
    assert all(file.exists() for file in files)
    assert LoguroEmulator(data=tmp_path).projects == ("local", "shop")


@pytest.mark.parametrize("own", ["project=shop/a.parquet", "project=shop[1]/a.parquet"])
async def test_nothing_is_written_beside_files_of_one_s_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, own: str
) -> None:
    put(tmp_path / own)
    before = snapshot(tmp_path)
    with caplog.at_level(logging.WARNING, logger="loguro_async.emulator"):
        async with running(data=tmp_path, projects="local", events=7, days=1) as get:
            assert await get("/count", range="all") == (200, {"count": 7})
            files = get.loguro.parquet("local")
            assert not any(file.is_relative_to(tmp_path) for file in files)
            assert get.loguro.track("/now")
            assert await get("/count", range="all") == (200, {"count": 8})
    assert "has files of your own, and none of local" in caplog.text
    assert snapshot(tmp_path) == before
    assert not any(file.exists() for file in files)


async def test_a_generated_file_among_one_s_own_does_not_allow_writing(tmp_path: Path) -> None:
    async with LoguroEmulator("local", events=9, data=tmp_path / "made", now=NOW):
        pass
    shutil.copytree(tmp_path / "made", tmp_path / "mixed")
    put(tmp_path / "mixed" / "project=shop" / "a.parquet")
    before = snapshot(tmp_path / "mixed")
    async with LoguroEmulator(("blog", "shop"), events=5, data=tmp_path / "mixed", now=NOW):
        pass
    assert snapshot(tmp_path / "mixed") == before


async def test_a_folder_with_other_files_only_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("id\n1\n")
    with pytest.raises(ValueError, match="holds files, and none of them is Parquet"):
        async with LoguroEmulator(data=tmp_path):
            raise AssertionError
    assert list(snapshot(tmp_path)) == ["events.csv"]


async def test_a_folder_with_hidden_files_only_counts_as_new(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    async with running(data=tmp_path / "missing" / "folder", projects="a", events=3, days=1) as get:
        assert await get("/count", "a", range="all") == (200, {"count": 3})
    async with LoguroEmulator("a", data=tmp_path, events=3, days=1) as loguro:
        assert all(file.is_relative_to(tmp_path) for file in loguro.parquet("a"))


def test_a_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"evnts\.parquet does not exist"):
        LoguroEmulator(data=tmp_path / "evnts.parquet")
    assert list(tmp_path.iterdir()) == []


# --- exports ------------------------------------------------------------------------------------


ENDPOINTS: Final = (
    "",
    "/kpis",
    "/timeseries",
    "/count",
    "/top-pages",
    "/top-referrers",
    "/top-countries",
    "/top-browsers",
    "/top-os",
    "/top-devices",
    "/top-entry-pages",
    "/top-exit-pages",
    "/top-flows",
    "/top-locations",
    "/custom-events",
    "/recent-events",
    "/visitor/{visitor}",
    "/visitor/{visitor}/sessions",
)


async def responses(get: Getter) -> dict[str, Any]:
    """The response of every endpoint."""
    _, listing = await get("", range="7d", limit="1000")
    visitor = listing["items"][0]["visitor_id"]
    return {path: await get(path.format(visitor=visitor), range="7d") for path in ENDPOINTS}


async def test_an_exported_folder_gives_the_same_responses(tmp_path: Path) -> None:
    async with running(events=400, days=5, seed=1) as get:
        loguro = get.loguro
        async with LoguroClient(loguro.token, base_url=loguro.base_url) as client:
            start, end = dt.date(2026, 6, 5), dt.date(2026, 6, 12)
            project = client.project("local")
            await export_events(project, tmp_path, start=start, end=end, now=NOW)
        expected = await responses(get)
    assert {status for status, _ in expected.values()} == {200}
    before = snapshot(tmp_path)
    async with running(data=tmp_path) as get:
        assert await responses(get) == expected
    assert snapshot(tmp_path) == before
