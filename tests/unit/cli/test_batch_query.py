"""The query of ``loguro-async batch``: what is refused, what is sent, and how it reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import Between, InvalidQueryError
from loguro_async.cli.batch_query import batch_query

if TYPE_CHECKING:
    from loguro_async.query.ranges import Range


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("visitor", {}, "--endpoint must be one of overview, kpis"),
        ("count", {"limit": 5}, "--limit does not apply to --endpoint count"),
        ("kpis", {"filter": "contry:RO"}, "did you mean 'country'"),
        ("recent-events", {"range": "7d"}, "--range does not apply to --endpoint recent-events"),
    ],
)
def test_options_that_do_not_apply_are_refused(
    name: str, options: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"range": None, "filter": None, "limit": None, "compare": False}
    with pytest.raises(InvalidQueryError, match=message):
        batch_query(name, **{**given, **options})


def test_only_what_is_given_is_sent() -> None:
    query = batch_query("top-pages", range="7d", filter="country:RO", limit=5, compare=True)
    assert set(query.arguments) == {"range", "filter", "limit", "compare"}
    query = batch_query("top-pages", range=None, filter=None, limit=None, compare=False)
    assert query.arguments == {}


def options(
    *,
    range: Range | None = None,
    filter: str | None = None,
    limit: int | None = None,
    compare: bool = False,
) -> str:
    return str(batch_query("top-pages", range=range, filter=filter, limit=limit, compare=compare))


def test_a_query_reads_as_its_options() -> None:
    june = Between(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC))
    assert options() == "--endpoint top-pages"
    assert options(range="7d", filter='path:"/a b"', limit=1, compare=True) == (
        "--endpoint top-pages --range 7d --filter 'path:\"/a b\"' --limit 1 --compare"
    )
    assert options(range=june) == (
        "--endpoint top-pages --from 2026-06-01T00:00:00+00:00 --to 2026-06-02T00:00:00+00:00"
    )
    assert options(filter="!country:RO device:mobile") == options(
        filter="device:mobile  !country:RO"
    )
    assert len(options(filter='path:"/a\u2028b"').splitlines()) == 1


def test_what_is_left_out_reads_as_what_the_service_assumes() -> None:
    assert options(range="24h") == options(filter=" ") == options()
