from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from loguro_async.emulator.event_selection import matches
from loguro_async.emulator.filter_parser import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT = {
    "path": "/Pricing",
    "title": "Prices",
    "url": "https://example.com/Pricing",
    "referrer": "",
    "custom_event_name": None,
    "country_code": None,
}
HOSTILE = [
    "'; DROP TABLE event; --",
    "$value_0",
    "a\0b",
    "%",
    "_",
    "\\",
    '"',
    "\U0001f600",
    "x" * 5000,
]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as database:
        columns = ", ".join(f"{name} VARCHAR" for name in EVENT)
        database.execute(f"CREATE TABLE event ({columns})")
        marks = ", ".join("?" for _ in EVENT)
        database.execute(f"INSERT INTO event VALUES ({marks})", list(EVENT.values()))  # noqa: S608
        yield database


def passes(database: duckdb.DuckDBPyConnection, *terms: Term, case_sensitive: bool = False) -> bool:
    condition = matches(terms, case_sensitive=case_sensitive)
    query = f"SELECT count(*) FROM event WHERE {condition.sql}"  # noqa: S608 - values are bound
    row: Any = database.execute(query, condition.parameters).fetchone()
    return bool(row[0])


def test_no_term_matches_everything(database: duckdb.DuckDBPyConnection) -> None:
    assert passes(database)


def test_case_matters_only_if_it_is_an_option(database: duckdb.DuckDBPyConnection) -> None:
    for term in (Term("path", ("/pricing",)), Term("search", ("PRICES",))):
        assert passes(database, term)
        assert not passes(database, term, case_sensitive=True)
    assert passes(database, Term("path", ("/Pricing",)), case_sensitive=True)


def test_alternatives_and_terms(database: duckdb.DuckDBPyConnection) -> None:
    here, elsewhere = Term("path", ("/a", "/pricing")), Term("path", ("/a", "/b"))
    assert passes(database, here)
    assert not passes(database, elsewhere)
    assert not passes(database, here, elsewhere)


def test_a_missing_value_equals_nothing_so_its_negation_holds(
    database: duckdb.DuckDBPyConnection,
) -> None:
    for key in ("country", "custom_event_name"):
        assert not passes(database, Term(key, ("RO",)))
        assert not passes(database, Term(key, ("",)))
        assert passes(database, Term(key, ("RO",), negated=True))


def test_search_looks_for_the_exact_text_in_five_columns(
    database: duckdb.DuckDBPyConnection,
) -> None:
    assert passes(database, Term("search", ("example.com",)))
    assert passes(database, Term("search", ("nothing", "rices")))
    assert not passes(database, Term("search", ("P%g",)))
    assert not passes(database, Term("search", ("rices",), negated=True))
    assert passes(database, Term("search", ("nothing",), negated=True))


@pytest.mark.parametrize("key", ["path", "search"])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_values_are_never_sql(database: duckdb.DuckDBPyConnection, key: str, value: str) -> None:
    assert not passes(database, Term(key, (value,)))
    assert passes(database, Term(key, (value,), negated=True))
