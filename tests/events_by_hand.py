"""Events made by hand, written as the embedded Loguro stores them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)
COLUMNS: Final[dict[str, str]] = {
    "id": "VARCHAR",
    "event_type": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "path": "VARCHAR",
    "url": "VARCHAR",
    "title": "VARCHAR",
    "referrer": "VARCHAR",
    "visitor_id": "VARCHAR",
    "session_id": "VARCHAR",
    "user_id": "VARCHAR",
    "country_code": "VARCHAR",
    "region": "VARCHAR",
    "city": "VARCHAR",
    "browser_family": "VARCHAR",
    "os_family": "VARCHAR",
    "device_type": "VARCHAR",
    "viewport_width": "INTEGER",
    "viewport_height": "INTEGER",
    "custom_event_name": "VARCHAR",
    "custom_props": "VARCHAR",
}


def event(number: int, when: str, path: str, session: str = "s1", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    """One event.

    Args:
        number: Its place among all.
        when: Its timestamp in UTC, such as `2026-06-11 09:00`.
        path: Its page.
        session: Its session; the visitor is `v` and the session's first digit.
        more: Other columns.
    """
    return {
        "id": f"id-{number:03}",
        "event_type": "custom" if "custom_event_name" in more else "pageview",
        "timestamp": datetime.fromisoformat(when),
        "path": path,
        "url": f"https://example.com{path}",
        "title": path.strip("/").title(),
        "referrer": "",
        "visitor_id": f"v{session[1]}",
        "session_id": session,
        "user_id": None,
        "country_code": "RO",
        "region": "Cluj",
        "city": "Cluj-Napoca",
        "browser_family": "Chrome",
        "os_family": "macOS",
        "device_type": "desktop",
        "viewport_width": 1280,
        "viewport_height": 720,
        "custom_event_name": None,
        "custom_props": None,
    } | more


def write(folder: Path, project: str, events: list[dict[str, Any]]) -> None:
    """Write events into a project's folder, a file for each day."""
    days: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in events:
        days[row["timestamp"].date().isoformat()].append(row)
    for day, rows in days.items():
        write_day(folder, project, day, rows)


def write_day(folder: Path, project: str, day: str, rows: list[dict[str, Any]]) -> None:
    """Write a project's file of one day, such as `2026-06-11`, which may have no rows."""
    target = folder / f"project={project}" / f"day={day}"
    target.mkdir(parents=True)
    write_file(target / "events.parquet", rows, COLUMNS)


def write_file(file: Path, rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    """Write one file with the columns given."""
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with duckdb.connect(":memory:") as database:
        database.execute(f"CREATE TABLE events ({listed})")
        marks = ", ".join("?" for _ in columns)
        insert = f"INSERT INTO events VALUES ({marks})"  # noqa: S608 - question marks alone
        for row in rows:
            database.execute(insert, [row[name] for name in columns])
        database.table("events").write_parquet(str(file))
