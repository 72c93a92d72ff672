"""One call for each of many projects: bounded, stopped at once, one result for each slug."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    AuthenticationError,
    ClientClosedError,
    FanOutResult,
    InvalidQueryError,
    LoguroClient,
    Project,
    QueryFailedError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

SLUGS = [f"site-{number}" for number in range(20)]


@pytest.fixture
async def client() -> AsyncIterator[LoguroClient]:
    async with LoguroClient("pat_made-up", base_url="http://127.0.0.1:9") as client:
        yield client


async def its_slug(project: Project) -> str:
    await asyncio.sleep(0)
    return project.slug


async def test_every_slug_has_one_result(client: LoguroClient) -> None:
    results = [result async for result in client.fan_out(SLUGS, its_slug, concurrency=3)]
    assert sorted(result.slug for result in results) == sorted(SLUGS)
    assert all(result.unwrap() == result.slug and result.error is None for result in results)


async def test_without_slugs_there_are_no_results(client: LoguroClient) -> None:
    assert [result async for result in client.fan_out([], its_slug)] == []


async def test_results_come_as_calls_end(client: LoguroClient) -> None:
    first_may_end = asyncio.Event()

    async def call(project: Project) -> None:
        if project.slug == SLUGS[0]:
            await first_may_end.wait()

    came: list[str] = []
    async for result in client.fan_out(SLUGS[:3], call, concurrency=2):
        came.append(result.slug)
        if len(came) == 2:
            first_may_end.set()
    assert came == [SLUGS[1], SLUGS[2], SLUGS[0]]


async def test_ordered_results_come_in_the_order_of_the_slugs(client: LoguroClient) -> None:
    async def later_ones_are_quicker(project: Project) -> None:
        for _ in range(20 - SLUGS.index(project.slug)):
            await asyncio.sleep(0)

    run = client.fan_out(SLUGS, later_ones_are_quicker, concurrency=7, ordered=True)
    assert [result.slug async for result in run] == SLUGS


async def test_slugs_may_come_from_an_async_iterable(client: LoguroClient) -> None:
    async def slugs() -> AsyncIterator[str]:
        for slug in SLUGS:
            await asyncio.sleep(0)
            yield slug

    run = client.fan_out(slugs(), its_slug, ordered=True)
    assert [result.slug async for result in run] == SLUGS


async def test_no_more_calls_are_in_flight_than_the_concurrency(client: LoguroClient) -> None:
    under_way = most = 0

    async def call(_project: Project) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    _ = [result async for result in client.fan_out(SLUGS, call, concurrency=4)]
    assert most == 4


@pytest.mark.parametrize("ordered", [False, True])
async def test_slugs_are_taken_only_as_results_are(client: LoguroClient, *, ordered: bool) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield f"site-{taken}"

    run = client.fan_out(endless(), its_slug, concurrency=2, ordered=ordered)
    await anext(run)
    for _ in range(100):
        await asyncio.sleep(0)
    assert taken <= 5
    await run.aclose()


async def test_one_projects_failure_is_that_projects_result(client: LoguroClient) -> None:
    failure = QueryFailedError(500)

    async def call(project: Project) -> int:
        if project.slug == SLUGS[1]:
            raise failure
        return 1

    results = {result.slug: result async for result in client.fan_out(SLUGS[:3], call)}
    assert results[SLUGS[1]].error is failure
    assert results[SLUGS[1]].value is None
    with pytest.raises(QueryFailedError):
        results[SLUGS[1]].unwrap()
    assert results[SLUGS[0]].unwrap() == results[SLUGS[2]].unwrap() == 1


async def test_an_invalid_slug_is_the_failure_of_that_slug(client: LoguroClient) -> None:
    results = [result async for result in client.fan_out(["..", "fine"], its_slug, ordered=True)]
    assert isinstance(results[0].error, InvalidQueryError)
    assert results[1] == FanOutResult("fine", "fine")


async def test_a_401_ends_the_run(client: LoguroClient) -> None:
    called: list[str] = []

    async def call(project: Project) -> None:
        called.append(project.slug)
        await asyncio.sleep(0)
        raise AuthenticationError(401)

    with pytest.raises(AuthenticationError):
        _ = [result async for result in client.fan_out(SLUGS, call, concurrency=2)]
    assert len(called) <= 2


async def test_a_closed_client_ends_the_run(client: LoguroClient) -> None:
    await client.aclose()
    with pytest.raises(ClientClosedError):
        _ = [result async for result in client.fan_out(SLUGS, lambda project: project.kpis())]


async def test_a_failing_source_ends_the_run(client: LoguroClient) -> None:
    def slugs() -> Iterator[str]:
        yield SLUGS[0]
        raise OSError("the list cannot be read")

    with pytest.raises(OSError, match="cannot be read"):
        _ = [result async for result in client.fan_out(slugs(), its_slug)]


async def hang_forever(_project: Project) -> None:
    await asyncio.Event().wait()


def other_tasks() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_leaving_the_loop_cancels_all_calls_in_progress(client: LoguroClient) -> None:
    async def first_ends(project: Project) -> None:
        if project.slug != SLUGS[0]:
            await hang_forever(project)

    async for _ in client.fan_out(SLUGS, first_ends, concurrency=5):
        break
    for _ in range(10):
        await asyncio.sleep(0)
    assert not other_tasks()


async def test_a_cancellation_cancels_all_calls_in_progress(client: LoguroClient) -> None:
    async def run() -> None:
        async for _ in client.fan_out(SLUGS, hang_forever, concurrency=5):
            pass

    task = asyncio.create_task(run())
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not other_tasks()


@pytest.mark.parametrize(("sized", "total"), [(True, 20), (False, None)])
async def test_progress_counts_results(
    client: LoguroClient, *, sized: bool, total: int | None
) -> None:
    told: list[tuple[int, int | None]] = []
    slugs = SLUGS if sized else iter(SLUGS)
    run = client.fan_out(slugs, its_slug, progress=lambda done, of: told.append((done, of)))
    _ = [result async for result in run]
    assert told == [(done, total) for done in range(1, 21)]


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True, "8"])
def test_an_invalid_concurrency_is_refused(client: LoguroClient, concurrency: int) -> None:
    with pytest.raises(InvalidQueryError, match="concurrency"):
        client.fan_out(SLUGS, its_slug, concurrency=concurrency)


def test_a_single_slug_is_refused(client: LoguroClient) -> None:
    with pytest.raises(InvalidQueryError, match="slugs must be an iterable of slugs"):
        client.fan_out("local", its_slug)


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_call_that_was_cancelled_from_within_is_the_failure_of_its_slug(
    client: LoguroClient, *, ordered: bool
) -> None:
    async def call(project: Project) -> str:
        if project.slug in SLUGS[:5]:
            helper = asyncio.create_task(asyncio.sleep(60))
            helper.cancel()
            await helper
        return project.slug

    results = [r async for r in client.fan_out(SLUGS, call, concurrency=2, ordered=ordered)]
    assert sorted(result.slug for result in results) == sorted(SLUGS)
    failed = [result for result in results if result.error is not None]
    assert sorted(result.slug for result in failed) == sorted(SLUGS[:5])
    assert all("cancelled" in str(result.error) for result in failed)


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_call_that_cancels_itself_is_the_failure_of_its_slug(
    client: LoguroClient, *, ordered: bool
) -> None:
    async def call(project: Project) -> str:
        if project.slug == SLUGS[3]:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(60)
        return project.slug

    results = [r async for r in client.fan_out(SLUGS, call, concurrency=2, ordered=ordered)]
    assert sorted(result.slug for result in results) == sorted(SLUGS)
    assert [result.slug for result in results if result.error is not None] == [SLUGS[3]]


@pytest.mark.parametrize("ordered", [False, True])
async def test_an_exception_that_is_no_error_ends_the_run(
    client: LoguroClient, *, ordered: bool
) -> None:
    class StopTestingError(BaseException):
        pass

    async def call(project: Project) -> str:
        await asyncio.sleep(0)
        if project.slug == SLUGS[3]:
            raise StopTestingError
        return project.slug

    with pytest.raises(StopTestingError):
        async for _ in client.fan_out(SLUGS, call, concurrency=2, ordered=ordered):
            pass


async def test_a_value_that_is_no_slug_is_the_failure_at_its_position(client: LoguroClient) -> None:
    async def arriving() -> AsyncIterator[str]:
        for slug in mixed:
            yield slug

    mixed: list[Any] = ["a", None, 7, "b"]
    for slugs in (mixed, arriving()):
        results = [r async for r in client.fan_out(slugs, its_slug, concurrency=1)]
        assert [type(result.error) for result in results] == [
            type(None),
            InvalidQueryError,
            InvalidQueryError,
            type(None),
        ]


@pytest.mark.parametrize("slugs", ["local", b"local", 5, None])
async def test_a_value_that_is_no_iterable_of_slugs_is_refused(
    client: LoguroClient,
    slugs: Any,  # noqa: ANN401 - a value that the signature does not allow
) -> None:
    with pytest.raises(InvalidQueryError, match="slugs must be an iterable of slugs"):
        client.fan_out(slugs, its_slug)
