"""Exports of responses of a real server, read back by the libraries that will read them."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import polars as pl
import pytest
from pyarrow import parquet

from loguro_async import LoguroClient, Overview
from loguro_async.emulator import LoguroEmulator
from loguro_async.export import Part, export_events, to_batches, to_table, write
from loguro_async.export.staging_folder import staging_folder_of
from tests.events_by_hand import event as by_hand
from tests.events_by_hand import write as write_events
from tests.integration.killed_export import END, EVENTS, START
from tests.unit.export.samples import Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pyarrow as pa
    from msgspec import Struct

    from loguro_async import Project
    from loguro_async.export import FileFormat

pd: Any = import_module("pandas")  # it comes without types
dd: Any = import_module("dask.dataframe")  # the same
ROOT = Path(__file__).parents[2]


async def visitor_of(project: Project) -> str:
    return str((await project.events(range="all", limit=1)).items[0].visitor_id)


async def the_visitor(project: Project) -> Struct:
    return await project.visitor(await visitor_of(project))


async def the_visits(project: Project) -> Struct:
    return await project.visitor_sessions(await visitor_of(project))


ANSWERS: dict[str, Callable[[Project], Awaitable[Struct]]] = {
    "kpis": lambda project: project.kpis(range="7d"),
    "timeseries": lambda project: project.timeseries(range="30d"),
    "events": lambda project: project.events(range="30d", limit=200),
    "events, none": lambda project: project.events(filter="path:/nothing"),
    "count": lambda project: project.count(range="7d"),
    "top pages": lambda project: project.top_pages(range="7d", compare=True),
    "top pages, none": lambda project: project.top_pages(filter="path:/nothing"),
    "top referrers": lambda project: project.top_referrers(range="7d"),
    "top countries": lambda project: project.top_countries(range="7d"),
    "top locations": lambda project: project.top_locations(range="7d"),
    "top browsers": lambda project: project.top_browsers(range="7d"),
    "top os": lambda project: project.top_os(range="7d"),
    "top devices": lambda project: project.top_devices(range="7d"),
    "top entry pages": lambda project: project.top_entry_pages(range="7d"),
    "top exit pages": lambda project: project.top_exit_pages(range="7d"),
    "top flows": lambda project: project.top_flows(range="30d"),
    "custom events": lambda project: project.custom_events(range="30d"),
    "recent events": lambda project: project.recent_events(window=3_600_000),
    "overview": lambda project: project.overview(range="7d"),
    "visitor": the_visitor,
    "visitor sessions": the_visits,
}


def plain(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as JSON has them, so that no library's own types matter."""
    return msgspec.json.decode(msgspec.json.encode(table.to_pylist()))  # type: ignore[no-any-return]


def rows_of(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    return plain(relation.to_arrow_table())


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_response_is_read_alike_by_all_readers(
    name: str, loguro_project: Project, tmp_path: Path
) -> None:
    answer = await ANSWERS[name](loguro_project)
    table, path = to_table(answer), tmp_path / "answer.parquet"
    await write(answer, path)
    assert pl.DataFrame(table).equals(pl.read_parquet(path))
    assert plain(pl.read_parquet(path).to_arrow()) == plain(table)
    pd.testing.assert_frame_equal(pd.DataFrame.from_arrow(table), pd.read_parquet(path))
    assert len(pd.read_parquet(path)) == table.num_rows
    assert rows_of(duckdb.from_arrow(table)) == plain(table)
    assert rows_of(duckdb.read_parquet(str(path))) == plain(table)


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_response_is_the_same_in_every_format(
    name: str, loguro_project: Project, tmp_path: Path
) -> None:
    answer = await ANSWERS[name](loguro_project)
    table = to_table(answer)
    for extension in ("csv", "ndjson"):
        assert await write(answer, tmp_path / f"answer.{extension}") == table.num_rows
    assert pl.read_csv(tmp_path / "answer.csv").columns == table.column_names
    lines = (tmp_path / "answer.ndjson").read_bytes().splitlines()
    rows = [msgspec.json.decode(line) for line in lines]
    scalars = [name for name in table.column_names if "json" not in name and name != "extra"]
    assert [[row[name] for name in scalars] for row in rows] == [
        [row[name] for name in scalars] for row in plain(table)
    ]


async def test_events_are_what_the_service_sent(loguro_project: Project) -> None:
    answer = await loguro_project.events(range="30d", limit=500)
    frame = pl.DataFrame(to_table(answer))
    assert frame["id"].to_list() == [one.id for one in answer.items]
    assert frame["timestamp"].to_list() == [one.timestamp for one in answer.items]
    assert frame["country_code"].to_list() == [one.country_code for one in answer.items]
    decoded = [text and msgspec.json.decode(text) for text in frame["custom_props_json"]]
    assert decoded == [one.custom_props for one in answer.items]


async def test_overviews_of_many_projects_are_one_file(
    loguro_client: LoguroClient, tmp_path: Path
) -> None:
    path = tmp_path / "overviews.parquet"
    async with Part(path, Overview, label="project") as part:
        async for result in loguro_client.fan_out(
            ["local"], lambda project: project.overview(range="7d")
        ):
            await part.add(result.unwrap(), label=result.slug)
    frame = pl.read_parquet(path)
    assert frame["project"].to_list() == ["local"]
    assert frame["kpis_current_visitors"].dtype == pl.Int64


async def test_a_stream_is_written_as_it_comes(loguro_project: Project, tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    rows = await write(loguro_project.iter_events(range="30d"), path)
    assert rows == int(await loguro_project.count(range="30d"))
    assert pl.read_parquet(path)["timestamp"].is_sorted(descending=True)


async def test_a_stream_comes_in_batches(loguro_project: Project) -> None:
    stream = loguro_project.iter_events(range="30d")
    batches = [batch async for batch in to_batches(stream, rows=100)]
    assert {batch.num_rows for batch in batches[:-1]} == {100}
    ids = [one for batch in batches for one in pl.DataFrame(batch)["id"]]
    assert len(set(ids)) == int(await loguro_project.count(range="30d"))


@pytest.mark.parametrize("from_inclusive", [True, False])
@pytest.mark.parametrize("to_inclusive", [True, False])
async def test_midnight_is_of_one_day_whatever_the_service_takes_as_inside(
    from_inclusive: bool,  # noqa: FBT001 - a parameter of the test
    to_inclusive: bool,  # noqa: FBT001 - the same
    tmp_path: Path,
) -> None:
    moments = ("01 00:00", "01 23:59:59.999", "02 00:00", "02 12:00", "03 00:00", "04 00:00")
    rows = [by_hand(n, f"2026-06-{moment}", "/") for n, moment in enumerate(moments)]
    write_events(tmp_path / "data", "shop", rows)
    async with (
        LoguroEmulator(
            ("shop",),
            data=tmp_path / "data",
            now=dt.datetime(2026, 6, 11, tzinfo=dt.UTC),
            from_inclusive=from_inclusive,
            to_inclusive=to_inclusive,
        ) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url) as client,
    ):
        report = await export_events(client.project("shop"), tmp_path, start=START, end=END)
    days = [sorted(pl.read_parquet(day.path)["id"]) for day in report.days]
    assert days == [["id-000", "id-001"], ["id-002", "id-003"], ["id-004"]]


MOMENTS = ["event 3", "event 12", "1-", "1+", "2-", "2+", "3-", "3+", "4-", "4+"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("format", ["parquet", "csv"])
async def test_a_killed_export_loses_nothing_and_doubles_nothing(
    format: FileFormat, moment: str, tmp_path: Path
) -> None:
    killed = subprocess.run(  # noqa: ASYNC221 - nothing else is to be done meanwhile
        [sys.executable, "-m", "tests.integration.killed_export", str(tmp_path), format, moment],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    whole = whole_days(tmp_path, format)
    source = Source(EVENTS)
    await export_events(source, tmp_path, start=START, end=END, format=format)
    assert exported(tmp_path, format) == sorted(str(one.id) for one in EVENTS)
    assert {f"2026-06-0{day}" for day in source.days}.isdisjoint(whole)
    assert hidden(tmp_path) == []


def hidden(folder: Path) -> list[str]:
    return [path.name for path in (*folder.rglob(".*"), *staging_folder_of(folder).rglob("*.tmp"))]


FOLDER_READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "polars": lambda folder: pl.read_parquet(folder).to_dicts(),
    "polars, lazily": lambda folder: pl.scan_parquet(folder).collect().to_dicts(),
    "pandas": lambda folder: pd.read_parquet(folder).to_dict("records"),
    "pyarrow": lambda folder: parquet.read_table(folder).to_pylist(),
    "DuckDB": lambda folder: rows_of(
        duckdb.read_parquet(f"{folder}/**/*.parquet", hive_partitioning=True)
    ),
    "Dask": lambda folder: dd.read_parquet(folder).compute().to_dict("records"),
}


@pytest.fixture(scope="module")
def exported_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects with a killed run between, custom properties of all kinds, and an empty day."""
    folder = tmp_path_factory.mktemp("exports") / "events"
    end = END + dt.timedelta(days=1)
    props = [None, {"price": 9}, {"price": "nine"}, ["a"], 7]
    events = [
        msgspec.structs.replace(one, custom_props_json=msgspec.Raw(msgspec.json.encode(value)))
        for one, value in zip(EVENTS, props * 5, strict=False)
    ]
    subprocess.run(
        [sys.executable, "-m", "tests.integration.killed_export", folder, "parquet", "event 12"],
        cwd=ROOT,
        check=False,
    )
    for slug in ("shop", "blog"):
        asyncio.run(export_events(Source(events, slug), folder, start=START, end=end))
    return folder


# Of Dask's, about how it calls pandas.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("reader", FOLDER_READERS)
def test_a_folder_is_one_table_for_every_library(reader: str, exported_folder: Path) -> None:
    rows = FOLDER_READERS[reader](exported_folder)
    assert sorted((row["project"], row["id"]) for row in rows) == sorted(
        (slug, one.id) for slug in ("shop", "blog") for one in EVENTS
    )
    assert {str(row["day"])[:10] for row in rows} == {f"2026-06-0{day}" for day in (1, 2, 3)}
    assert {type(row["custom_props_json"]) for row in rows if row["project"] == "blog"} >= {str}
    of_project = FOLDER_READERS[reader](exported_folder / "project=blog")
    assert sorted(row["id"] for row in of_project) == sorted(str(one.id) for one in EVENTS)


@pytest.mark.parametrize("format", ["parquet", "csv"])
async def test_runs_that_are_ended_at_random_moments_lose_and_double_nothing(
    format: FileFormat, tmp_path: Path
) -> None:
    rng, folder = random.Random(7), tmp_path / "events"  # noqa: S311 - moments of a test
    ended = list[int]()
    for how in (signal.SIGKILL, signal.SIGTERM) * 3:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.killed_export",
            folder,
            format,
            "slow",
            cwd=ROOT,
        )
        while not staging_folder_of(folder).exists():  # it has to be imported first  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(rng.uniform(0, 0.5))
        process.send_signal(how)
        ended.append(await process.wait())
        if any(folder.rglob("events.*")):
            whole = exported(folder, format)
            assert len(whole) == len(set(whole))
        shutil.rmtree(folder / f"project=shop/day=2026-06-0{rng.randint(1, 3)}", ignore_errors=True)
    assert set(ended) <= {-signal.SIGKILL, -signal.SIGTERM}
    await export_events(Source(EVENTS), folder, start=START, end=END, format=format)
    assert exported(folder, format) == sorted(str(one.id) for one in EVENTS)
    assert hidden(folder) == []


def whole_days(folder: Path, format: str) -> set[str]:
    """The days that a killed run has written and recorded."""
    if format == "parquet":
        done = (path.parent.name for path in folder.rglob("events.parquet"))
        return {name.removeprefix("day=") for name in done}
    records = staging_folder_of(folder).rglob(f"2026-*.{format}.json")
    return {path.name.partition(".")[0] for path in records}


def exported(folder: Path, format: str) -> list[str]:
    read = pl.read_parquet if format == "parquet" else pl.read_csv
    frames = [read(path) for path in folder.rglob(f"events.{format}")]
    return sorted(one for frame in frames for one in frame["id"])
