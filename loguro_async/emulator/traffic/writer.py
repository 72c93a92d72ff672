"""Generated events as Parquet: DuckDB joins the drawn numbers with the texts of the seed data."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import duckdb
import numpy as np

from loguro_async.emulator.cancellation import CancellationToken
from loguro_async.emulator.event_files import patterns
from loguro_async.emulator.parquet_folder import SLUG
from loguro_async.emulator.ranges import DAY_MS, milliseconds
from loguro_async.emulator.traffic import seed_data
from loguro_async.emulator.traffic.random_numbers import RandomNumbers
from loguro_async.emulator.traffic.visits import (
    CUSTOM_EVENTS,
    PAGES,
    Period,
    Table,
    concatenated,
    draw_tables,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_DAYS: Final = 3_660
_MARK: Final = "loguro_async.emulator"

_MACROS: Final = """
CREATE MACRO uuid_text(high, low) AS printf('%08x-%04x-4%03x-%04x-%012x', high >> 28,
    (high >> 12) & 65535, high & 4095, 32768 | (low >> 48), low & 281474976710655);
CREATE MACRO base32(number, length) AS
    translate(to_base(number, 32, length), 'IJKLMNOPQRSTUV', 'JKMNPQRSTVWXYZ');
"""

_VISITS: Final = """
CREATE TABLE visits AS
SELECT visit.no AS visit, uuid_text(visit.high, visit.low) AS session_id,
    uuid_text(visitor.high, visitor.low) AS visitor_id, 'user_' || visitor.user AS user_id,
    referrer, query, location.* EXCLUDE (no, weight), device.* EXCLUDE (no, weight)
FROM visit JOIN visitor ON visitor.no = visit.visitor JOIN source ON source.no = visit.source
    JOIN location ON location.no = visitor.location JOIN device ON device.no = visitor.device
"""

_EVENTS: Final = """
CREATE TABLE events AS
SELECT base32(time_ms, 10) || base32(id_high, 8) || base32(id_low, 8) AS id,
    if(custom.no IS NULL, 'pageview', 'custom') AS event_type,
    make_timestamp(time_ms * 1000) AS timestamp,
    path, $origin || path || if(opening AND query <> '', '?' || query, '') AS url, title,
    referrer, visitor_id, session_id, if(identified, user_id, NULL) AS user_id,
    country_code, region, city, browser_family, os_family, device_type,
    viewport_width::INTEGER AS viewport_width, viewport_height::INTEGER AS viewport_height,
    custom.name AS custom_event_name, custom.props AS custom_props
FROM event JOIN visits USING (visit) JOIN page ON page.no = event.page
    LEFT JOIN custom ON custom.no = event.custom
"""

_WRITE: Final = f"""
COPY (
    SELECT * FROM events
    WHERE timestamp >= epoch_ms($start_ms) AND timestamp < epoch_ms($end_ms)
    ORDER BY timestamp, id
) TO $file (FORMAT parquet, USE_TMP_FILE false, KV_METADATA {{'{_MARK}': 'generated'}})
"""


class Block(NamedTuple):
    """Generated events.

    Attributes:
        seed: Any text.
        events: The number of events.
        period: The time of the events.
    """

    seed: str
    events: int
    period: Period


def write_events(
    folder: Path,
    project: str,
    *,
    events: int,
    seed: int,
    now: datetime,
    days: int = 120,
    cancellation: CancellationToken | None = None,
) -> None:
    """Writes generated events of a project, one file for each UTC day that has any.

    The files appear all at once, as `<folder>/project=<project>/day=YYYY-MM-DD/events.parquet`,
    ordered by timestamp and id. Equal arguments give equal rows on every machine. Without any
    events there is one file with no rows, so that a query finds the columns.

    Args:
        folder: The folder of all projects; created if it does not exist.
        project: The project's slug.
        events: The number of events.
        seed: Any whole number.
        now: The end of the traffic, with a time zone; every event is earlier.
        days: The number of days before `now` that have events, 1 to 3660.
        cancellation: Stops the work.

    Raises:
        ValueError: An argument is invalid; the message says what to pass instead.
        FileExistsError: The project has files in the folder already.
        WorkCancelledError: The work was cancelled; nothing was written.
        duckdb.InterruptException: The same, inside a query.
    """
    period = _checked_period(project, events, now, days)
    target = folder / f"project={project}"
    if target.exists() and any(target.iterdir()):
        message = f"{target} is not empty: serve the files in it, or remove it first"
        raise FileExistsError(message)
    cancellation = cancellation or CancellationToken()
    tables = draw_tables(RandomNumbers(seed, project, cancellation), events, period)
    drawn_days = np.unique(tables["event"]["time_ms"] // DAY_MS).tolist()
    folder.mkdir(parents=True, exist_ok=True)
    # The files move as a whole: half of a project would pass for a complete one.
    with tempfile.TemporaryDirectory(prefix=".generating-", dir=folder) as unfinished:
        source = Path(unfinished) / target.name
        with _joined(tables, cancellation) as connection:
            for day in drawn_days or [(period.end_ms - 1) // DAY_MS]:
                file = source / f"day={_date(day)}" / "events.parquet"
                file.parent.mkdir(parents=True)
                _write(connection, file, Period(day * DAY_MS, (day + 1) * DAY_MS), cancellation)
        source.replace(target)


def write_blocks(
    file: Path, project: str, blocks: Sequence[Block], cancellation: CancellationToken
) -> None:
    """Writes generated events of a project to one file.

    Args:
        file: The file.
        project: The project's slug.
        blocks: The events, each block independent of the others.
        cancellation: Stops the work.

    Raises:
        WorkCancelledError: The work was cancelled.
        duckdb.InterruptException: The same, inside a query.
    """
    tables = concatenated(
        [
            draw_tables(
                RandomNumbers(block.seed, project, cancellation), block.events, block.period
            )
            for block in blocks
        ]
    )
    period = Period(blocks[0].period.start_ms, blocks[-1].period.end_ms)
    with _joined(tables, cancellation) as connection:
        _write(connection, file, period, cancellation)


def are_generated(files: Sequence[Path]) -> bool:
    """Whether all files were written by this module."""
    sql = "SELECT count(DISTINCT file_name) FROM parquet_kv_metadata($files) WHERE key = $mark"
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(sql, {"files": patterns(files), "mark": _MARK.encode()})
        except duckdb.Error:  # one is no Parquet
            return False
        return rows.fetchone() == (len(files),)


def _checked_period(project: str, events: int, now: datetime, days: int) -> Period:
    """Returns the period that ends at `now`, if the arguments are valid."""
    problem = None
    if not SLUG.fullmatch(project):
        problem = f"project {project!r} is no slug: use letters, digits, '-', '_' and '.'"
    elif events < 0:
        problem = f"events must be 0 or greater, got {events}"
    elif not 1 <= days <= _LONGEST_DAYS:
        problem = f"days must be 1 to {_LONGEST_DAYS}, got {days}"
    elif now.utcoffset() is None:
        problem = "now has no time zone: pass an aware datetime, such as datetime.now(UTC)"
    elif now - _EPOCH < timedelta(days=days):
        problem = f"{days} days before {now} is earlier than 1970: pass a later now or fewer days"
    if problem:
        raise ValueError(problem)
    end_ms = milliseconds(now)
    return Period(end_ms - days * DAY_MS, end_ms)


def _date(day: int) -> date:
    """Returns a day, counted since 1970, as a date."""
    return (_EPOCH + timedelta(days=day)).date()


@contextmanager
def _joined(
    tables: Mapping[str, Table], cancellation: CancellationToken
) -> Generator[duckdb.DuckDBPyConnection]:
    """Opens a database that has the drawn events with their texts as the table `events`."""
    with duckdb.connect() as connection, cancellation.interrupts(connection):
        for name, table in {**tables, **_texts()}.items():
            connection.register(name, table)
        connection.execute(_MACROS)
        for sql, parameters in ((_VISITS, {}), (_EVENTS, {"origin": seed_data.ORIGIN})):
            cancellation.check()
            connection.execute(sql, parameters)
        yield connection


def _write(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    period: Period,
    cancellation: CancellationToken,
) -> None:
    """Writes the events of a period to a file."""
    cancellation.check()
    connection.execute(_WRITE, {"file": str(file), **period._asdict()})


def _texts() -> dict[str, Table]:
    """Returns the texts of the seed data, each row with its number in the drawn tables."""
    numbered: Mapping[str, Sequence[NamedTuple]] = {
        "source": seed_data.SOURCES,
        "location": seed_data.LOCATIONS,
        "device": seed_data.DEVICES,
        "page": PAGES,
        "custom": CUSTOM_EVENTS,
    }
    return {
        name: {
            "no": np.arange(len(rows)),
            **{
                field: np.array([getattr(row, field) for row in rows], dtype=object)
                for field in rows[0]._fields
            },
        }
        for name, rows in numbered.items()
    }
