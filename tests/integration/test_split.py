"""Merged responses, compared with the responses for the whole window."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from loguro_async import (
    Between,
    CircuitOpenError,
    LoguroClient,
    LoguroError,
    QueryFailedError,
    RetryPolicy,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from loguro_async import Response
    from loguro_async.emulator import LoguroEmulator

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SPLITTING = RetryPolicy(max_attempts=1, split_on_failure=True)
FORTNIGHT = Between(NOW - 14 * DAY, NOW)
UNEVEN = Between(NOW - dt.timedelta(days=13, hours=5), NOW - dt.timedelta(hours=2))


@pytest.fixture(
    params=[{}, {"from_inclusive": False, "to_inclusive": True}, {"to_inclusive": True}],
    ids=["from", "to", "both"],
)
def loguro_emulator_options(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    switches: dict[str, bool] = request.param
    return {"events": 3_000, "days": 40, "now": NOW, **switches}


@pytest.fixture
async def client(loguro_emulator: LoguroEmulator) -> AsyncIterator[LoguroClient]:
    """Keeps nothing and tries once, so that each answer is asked for anew."""
    async with LoguroClient(
        loguro_emulator.token, base_url=loguro_emulator.base_url, cache=None, retry=SPLITTING
    ) as client:
        yield client


def too_much(emulator: LoguroEmulator, longest: dt.timedelta) -> None:
    emulator.fail(500, longer_than=longest.total_seconds())


@pytest.mark.parametrize("filter", [None, "device:mobile|desktop !country:RO"])
@pytest.mark.parametrize("window", [FORTNIGHT, UNEVEN], ids=["fortnight", "uneven"])
async def test_a_count_put_together_is_the_whole_count(
    loguro_emulator: LoguroEmulator, client: LoguroClient, window: Between, filter: str | None
) -> None:
    project = client.project("local")
    whole = await project.count(range=window, filter=filter)
    too_much(loguro_emulator, 2 * DAY)
    parts = await project.count(range=window, filter=filter)
    assert parts == whole
    assert int(whole) > 0
    assert (whole.parts, parts.parts) == (1, 8)


@pytest.mark.parametrize("limit", [1, 50, 400])
async def test_a_list_put_together_is_the_whole_list(
    loguro_emulator: LoguroEmulator, client: LoguroClient, limit: int
) -> None:
    project = client.project("local")
    whole = await project.events(range=FORTNIGHT, limit=limit)
    too_much(loguro_emulator, 7 * DAY)
    parts = await project.events(range=FORTNIGHT, limit=limit)
    assert parts == whole
    assert len(whole.items) == limit
    assert parts.parts == 2


async def test_a_series_put_together_is_the_whole_series(
    loguro_emulator: LoguroEmulator, client: LoguroClient
) -> None:
    project = client.project("local")
    whole = await project.timeseries(range=FORTNIGHT)
    too_much(loguro_emulator, 8 * DAY)
    parts = await project.timeseries(range=FORTNIGHT)
    assert any(point.previous_pageviews for point in whole.items)
    # The service compared each part with the days before that part.
    alone = {"previous_pageviews": None, "previous_visitors": None, "previous_sessions": None}
    assert parts.items == tuple(replace(point, **alone) for point in whole.items)
    assert parts.parts == 2


async def test_it_says_when_it_was_fetched_and_what_it_is_made_of(
    loguro_emulator: LoguroEmulator, client: LoguroClient
) -> None:
    too_much(loguro_emulator, 8 * DAY)
    answer = await client.project("local").count(range=FORTNIGHT)
    assert answer.raw == b'{"count":%d}' % int(answer)
    assert answer.fetched_at.tzinfo is dt.UTC
    assert not answer.stale


async def refused(work: Any) -> LoguroError:  # noqa: ANN401 - any call of a project
    with pytest.raises(LoguroError) as caught:
        await work
    return caught.value


async def test_parts_that_do_not_add_up_are_never_merged(
    loguro_emulator: LoguroEmulator, client: LoguroClient
) -> None:
    too_much(loguro_emulator, DAY)
    project = client.project("local")
    asked: list[Any] = [
        project.kpis(range=FORTNIGHT),
        project.top_pages(range=FORTNIGHT),
        project.custom_events(range=FORTNIGHT),
        project.events(range=FORTNIGHT),  # without a limit
        project.count(range="all"),
        project.count(range="12m"),
    ]
    for work in asked:
        assert isinstance(await refused(work), QueryFailedError | CircuitOpenError)


async def test_without_the_option_nothing_is_put_together(loguro_emulator: LoguroEmulator) -> None:
    too_much(loguro_emulator, 2 * DAY)
    async with LoguroClient(
        loguro_emulator.token, base_url=loguro_emulator.base_url, retry=RetryPolicy(max_attempts=1)
    ) as client:
        with pytest.raises(QueryFailedError):
            await client.project("local").count(range=FORTNIGHT)
    assert len(loguro_emulator.requests) == 1


async def test_where_parts_fail_for_another_reason_that_is_the_error(
    loguro_emulator: LoguroEmulator, client: LoguroClient
) -> None:
    too_much(loguro_emulator, 8 * DAY)
    loguro_emulator.fail(503)
    error = await refused(client.project("local").count(range=FORTNIGHT))
    assert isinstance(error, QueryFailedError)
    assert error.status == 503
    assert error.attempts == 2


async def test_a_window_that_fails_however_small_gives_up(
    loguro_emulator: LoguroEmulator, client: LoguroClient
) -> None:
    loguro_emulator.fail(500)
    with pytest.raises(QueryFailedError):
        await client.project("local").count(range=FORTNIGHT)
    assert len(loguro_emulator.requests) == 2  # the whole, and one look for a quiet moment


async def test_a_merged_response_is_cached_like_any_other(
    loguro_emulator: LoguroEmulator,
) -> None:
    too_much(loguro_emulator, 8 * DAY)
    async with LoguroClient(
        loguro_emulator.token, base_url=loguro_emulator.base_url, retry=SPLITTING
    ) as client:
        project = client.project("local")
        first: Response = await project.count(range=FORTNIGHT)
        requests = client.stats.requests
        again = await project.count(range=FORTNIGHT)
        assert again is first
        assert client.stats.requests == requests
