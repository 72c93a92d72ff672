"""``loguro-async batch`` without a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import FanOutResult, InvalidQueryError
from loguro_async.cli.batch import Target, batch_query, run_batch
from loguro_async.models.events import Count

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from pathlib import Path
    from typing import Self


class Pausing:
    """A client whose service is away for three seconds after the first project."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def fan_out(
        self,
        slugs: AsyncIterator[str],
        _call: object,
        *,
        concurrency: int,
        progress: Callable[[int, int | None], object],
    ) -> AsyncGenerator[FanOutResult[Any], None]:
        done = 0
        async for slug in slugs:
            done += 1
            progress(done, None)
            count = Count(count=concurrency)
            yield FanOutResult(slug, count)
            if done == 1:
                for _ in range(3):
                    progress(done, None)


async def test_a_pause_of_the_service_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slugs = tmp_path / "slugs"
    slugs.write_text("a\nb\n")
    client: Any = Pausing()
    query = batch_query("count", range=None, filter=None, limit=None, compare=False)
    target = Target(str(tmp_path / "a.csv"), "csv")
    outcome = await run_batch(client, query, str(slugs), target, concurrency=1)
    assert (outcome.succeeded, outcome.status) == (2, 0)
    assert capsys.readouterr().err == "waiting for the service; 1 projects are done\n"


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
