"""The figures that README and guides show: out of the results, so that no two pages disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Pair(NamedTuple):
    """One row: the same work by hand and by this package."""

    work: str
    table: str
    by_hand: str
    package: str


_GOODPUT: Final = (
    ("500 projects, the service sends 429 above 60 requests/s", "429 above 60/s, fixed windows"),
    ("500 projects, the same by a token bucket", "429 above 60/s, token bucket"),
    ("4,000 projects, 1 % of requests hang", "1 % of requests hang, attempt_timeout"),
    ("5,000 projects, the service is away for 3 s", "away for 3 s, 503"),
)
_PAIRS: Final = (
    *(
        Pair(work, "goodput", f"{service}: aiohttp and tenacity", f"{service}: this package")
        for work, service in _GOODPUT
    ),
    Pair(
        "one uncached request, decoded",
        "requests-asyncio",
        "aiohttp as people write it (params=, json())",
        "this package",
    ),
    Pair(
        "the same call again (by hand: with async-lru)",
        "cache",
        "async-lru",
        "this package, filter as text",
    ),
)


def beside_by_hand(tables: Mapping[str, dict[str, Any]]) -> str:
    """Returns the table of README: what some work costs by hand and with this package."""
    lines = ["| | aiohttp and tenacity by hand | loguro-async |", "| --- | ---: | ---: |"]
    for pair in _PAIRS:
        table = tables[pair.table]
        by_hand, package = _figure(table, pair.by_hand), _figure(table, pair.package)
        lines.append(f"| {pair.work} | {by_hand} | {package} |")
    return "\n".join(lines)


def goodput_of_fan_outs(tables: Mapping[str, dict[str, Any]]) -> str:
    """Returns the goodput of this package alone, for the page about batches."""
    goodput = tables["goodput"]
    lines = ["| service | succeeded | share of what it can do |", "| --- | ---: | ---: |"]
    for row, share in goodput["rows"].items():
        service, _, whose = row.rpartition(": ")
        if whose == "this package":
            lines.append(f"| {service} | {_figure(goodput, row)} | {share:.2f} |")
    return "\n".join(lines)


def _figure(table: dict[str, Any], row: str) -> str:
    note = table["notes"].get(row, "").partition(" (ideal")[0]
    return note or f"{table['rows'][row]:.2f} {table['unit']}"
