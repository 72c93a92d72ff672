"""``loguro-async batch`` without a service."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import FanOutResult, InvalidQueryError
from loguro_async.cli.batch import Outcome, run_batch
from loguro_async.cli.batch_files import Target
from loguro_async.cli.batch_query import batch_query
from loguro_async.cli.batch_report import report_batch
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
    assert capsys.readouterr().err == "waiting for the service; projects done: 1\n"


@pytest.mark.parametrize(
    ("lines", "is_refused"),
    [
        ("b\n", False),
        ("# b is broken\nb\n", False),
        ("# query: --endpoint count\nb\n", False),
        ("# query: --endpoint count --range 7d\nb\n", True),
        ("# query: --endpoint count\nb\n# query: --endpoint kpis\nc\n", True),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_a_list_of_another_query_is_refused(
    lines: str, encoding: str, *, is_refused: bool, tmp_path: Path
) -> None:
    failed = tmp_path / "failed.txt"
    failed.write_text(lines, encoding)
    client: Any = Failing()
    target = Target(str(tmp_path / "a.ndjson"), "ndjson", failed)
    expected = pytest.raises(InvalidQueryError, match="give the same options")
    with expected if is_refused else nullcontext():
        await run_batch(client, COUNT, str(failed), target, concurrency=1)
    assert bool(client.requested) is not is_refused


async def test_a_list_without_projects_ends_the_retries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed, out = tmp_path / "failed.txt", tmp_path / "a.ndjson"
    failed.write_text("# query: --endpoint kpis\n")
    client: Any = Failing()
    target = Target(str(out), "ndjson", failed)
    outcome = await run_batch(client, COUNT, "slugs.txt", target, concurrency=1)
    assert (outcome.status, client.requested) == (0, [])
    assert capsys.readouterr().err == f"no projects in {failed}\n"
    assert not failed.exists()
    assert not out.exists()


COUNT = batch_query("count", range=None, filter=None, limit=None, compare=False)


class Failing(Pausing):
    """A client whose queries fail for all projects but ``a``; ``act`` is called at the end."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self._act = act
        self.requested: list[str] = []

    async def fan_out(
        self, slugs: AsyncIterator[str], _call: object, **_: object
    ) -> AsyncGenerator[FanOutResult[Any], None]:
        async for slug in slugs:
            self.requested.append(slug)
            if slug == "a":
                yield FanOutResult(slug, Count(count=1))
            else:
                yield FanOutResult(slug, error=InvalidQueryError("not good"))
        self._act()


@pytest.mark.parametrize(
    ("outcome", "summary"),
    [
        (Outcome(14, was_stopped=True, requested=20, total=61), "stopped: 14 of 61 projects"),
        (Outcome(14, was_stopped=True, requested=20), "stopped: 14 of 20 requested projects"),
        (Outcome(14, [("x", "why")], requested=15), "14 of 15 projects"),
    ],
)
def test_the_summary_counts_all_projects_that_were_given(
    outcome: Outcome, summary: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report_batch(outcome, COUNT, Target("-", "ndjson"))
    assert capsys.readouterr().err.splitlines()[-1] == f"{summary} succeeded"


async def test_a_list_without_projects_is_reported_and_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slugs, out = tmp_path / "slugs", tmp_path / "a.ndjson"
    slugs.write_text("# none yet\n\n")
    client: Any = Failing()
    outcome = await run_batch(client, COUNT, str(slugs), Target(str(out), "ndjson"), concurrency=1)
    assert outcome.status == 0
    assert capsys.readouterr().err == f"no projects in {slugs}\n"


async def test_a_list_whose_projects_were_removed_is_removed_and_the_rows_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slugs, out, failed = tmp_path / "slugs", tmp_path / "a.ndjson", tmp_path / "failed.txt"
    slugs.write_text("a\nnosuch\n")
    target = Target(str(out), "ndjson", failed)
    client: Any = Failing()
    assert (await run_batch(client, COUNT, str(slugs), target, concurrency=1)).status == 3
    before = out.read_bytes()
    failed.write_text(failed.read_text().replace("nosuch\n", ""))
    assert (await run_batch(client, COUNT, str(slugs), target, concurrency=1)).status == 0
    assert capsys.readouterr().err == f"no projects in {failed}\n"
    assert (out.read_bytes(), failed.exists()) == (before, False)


async def test_a_list_that_cannot_be_written_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    slugs, out = tmp_path / "slugs", tmp_path / "a.ndjson"
    slugs.write_text("a\nb\n")
    client: Any = Failing()
    target = Target(str(out), "ndjson", tmp_path / "none" / "failed.txt")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        await run_batch(client, COUNT, str(slugs), target, concurrency=1)
    assert client.requested == []
    assert not out.exists()


async def test_a_list_that_cannot_be_written_at_the_end_leaves_reasons_and_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slugs, out, folder = tmp_path / "slugs", tmp_path / "a.ndjson", tmp_path / "lists"
    slugs.write_text("a\nb\n")
    folder.mkdir()
    client: Any = Failing(lambda: shutil.rmtree(folder))
    target = Target(str(out), "ndjson", folder / "failed.txt")
    outcome = await run_batch(client, COUNT, str(slugs), target, concurrency=1)
    report_batch(outcome, COUNT, target)
    reason, error, summary = capsys.readouterr().err.splitlines()
    assert outcome.status == 1
    assert reason.startswith("b\t")
    assert error.startswith(
        f"loguro-async: --retry-failed was not written: there is no folder {folder}"
    )
    assert summary == f"1 of 2 projects succeeded; written to {out}"


@pytest.mark.parametrize(
    ("listed", "rows", "is_warned"),
    [("a\n", None, True), ("a\n", "{}\n", False), ("a\nb\n", None, False)],
    ids=["rows are missing", "rows are there", "no project had a response"],
)
async def test_a_retry_without_the_rows_of_the_first_run_warns(
    listed: str,
    rows: str | None,
    *,
    is_warned: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    slugs, out, failed = tmp_path / "slugs", tmp_path / "a.ndjson", tmp_path / "failed.txt"
    slugs.write_text("a\nb\n")
    failed.write_text(listed)
    if rows is not None:
        out.write_text(rows)
    client: Any = Failing()
    target = Target(str(out), "ndjson", failed)
    await run_batch(client, COUNT, str(slugs), target, concurrency=1)
    warning = (
        f"warning: {out} does not exist, and will have only the projects that {failed} lists; "
        f"to query all projects, remove {failed} and run the command again\n"
    )
    assert capsys.readouterr().err == (warning if is_warned else "")
