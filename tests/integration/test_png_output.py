"""PNG, drawn in another process."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from loguro_async import ConfigurationError, Count, charts
from loguro_async.charts import png_output

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = charts.chart(Count(3))


@pytest.fixture(scope="module")
def shared_pool() -> Iterator[png_output._Pool]:
    pool = png_output._Pool()
    yield pool
    pool.close()


@pytest.fixture(autouse=True)
def pool(shared_pool: png_output._Pool, monkeypatch: pytest.MonkeyPatch) -> png_output._Pool:
    monkeypatch.setattr(png_output, "_pool", shared_pool)
    return shared_pool


@pytest.fixture
def new_pool(pool: png_output._Pool, monkeypatch: pytest.MonkeyPatch) -> Iterator[png_output._Pool]:
    """A pool that has not started a process yet, instead of the shared one."""
    new = type(pool)()
    monkeypatch.setattr(png_output, "_pool", new)
    yield new
    new.close()


def process_of(pool: png_output._Pool) -> int:
    """The process that draws; loky is said to have one."""
    processes: dict[int, object] = getattr(pool._executor, "_processes", {})
    (pid,) = processes
    return pid


async def test_a_picture_has_the_specification_s_size_times_the_scale() -> None:
    single, double = [
        Image.open(io.BytesIO(await charts.to_png(SPEC, scale=scale))).size for scale in (1, 2)
    ]
    for once, twice in zip(single, double, strict=True):
        assert abs(twice - once * 2) <= 1


async def test_the_loop_goes_on_while_a_picture_is_made(pool: png_output._Pool) -> None:
    await charts.to_png(SPEC)
    os.kill(process_of(pool), signal.SIGSTOP)
    picture = asyncio.create_task(charts.to_png(SPEC))
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert not picture.done()
    os.kill(process_of(pool), signal.SIGCONT)
    assert (await picture).startswith(b"\x89PNG")


async def test_many_pictures_at_once_are_each_the_right_one(pool: png_output._Pool) -> None:
    specs = [charts.chart(Count(3), width=width) for width in (100, 200, 300, 400)]
    pictures = await asyncio.gather(*(charts.to_png(spec, scale=1) for spec in specs))
    widths = [Image.open(io.BytesIO(picture)).width for picture in pictures]
    assert widths == sorted(set(widths))
    assert len(widths) == 4


async def test_one_process_makes_them_all(pool: png_output._Pool) -> None:
    await charts.to_png(SPEC)
    first = process_of(pool)
    await charts.to_png(SPEC)
    assert process_of(pool) == first != os.getpid()


async def test_a_process_that_was_killed_is_begun_again(pool: png_output._Pool) -> None:
    await charts.to_png(SPEC)
    first = process_of(pool)
    os.kill(first, signal.SIGKILL)
    assert (await charts.to_png(SPEC)).startswith(b"\x89PNG")
    assert process_of(pool) != first


async def test_who_stops_waiting_does_not_disturb_the_next(pool: png_output._Pool) -> None:
    await charts.to_png(SPEC)
    impatient = asyncio.create_task(charts.to_png(SPEC))
    await asyncio.sleep(0)
    impatient.cancel()
    narrow = await charts.to_png(charts.chart(Count(3), width=100), scale=1)
    assert Image.open(io.BytesIO(narrow)).width < 150


async def test_a_failed_drawing_is_reported_in_one_line_and_the_next_succeeds() -> None:
    wrong: dict[str, Any] = {"mark": "no such mark", "data": {"values": []}}
    with pytest.raises(ValueError, match="cannot be drawn") as refused:
        await charts.to_png(wrong)
    assert "\n" not in str(refused.value)
    assert (await charts.to_png(SPEC)).startswith(b"\x89PNG")


async def test_data_from_elsewhere_is_not_fetched() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        await charts.to_png({"mark": "bar", "data": {"url": "http://127.0.0.1:9/data.json"}})


@pytest.mark.parametrize("scale", [0, -1, 11, float("nan")])
async def test_a_scale_that_cannot_be_is_refused(scale: float) -> None:
    with pytest.raises(ConfigurationError, match="scale"):
        await charts.to_png(SPEC, scale=scale)


async def test_after_a_fork_there_is_a_process_of_its_own(pool: png_output._Pool) -> None:
    await charts.to_png(SPEC)
    parents, pid = pool._executor, process_of(pool)
    assert parents is not None
    pool.forget()
    await charts.to_png(SPEC)
    assert process_of(pool) != pid
    parents.shutdown(wait=False)


@pytest.mark.usefixtures("new_pool")
@pytest.mark.parametrize("path", ["/bin/sh", "/usr/sbin/uwsgi", "/nonexistent/python3", "", None])
async def test_without_a_python_to_start_the_error_names_it(
    path: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", path)
    with pytest.raises(ConfigurationError, match=re.escape(repr(path))):
        await charts.to_png(SPEC)


def test_a_script_without_a_main_guard_draws_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio\n"
        "from loguro_async import Count, charts\n"
        "print('begun', flush=True)\n"
        "print(asyncio.run(charts.to_png(charts.chart(Count(count=3))))[1:4].decode())\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["begun", "PNG"])
    assert done.stderr == ""


async def test_a_process_without_work_ends_and_the_next_picture_starts_another(
    new_pool: png_output._Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png_output, "_IDLE_SECONDS", 0.05)
    await charts.to_png(SPEC)
    (pid,) = {*getattr(new_pool._executor, "_processes", {})} or {0}
    for _ in range(200):
        if not pid or not is_running(pid):
            break
        await asyncio.to_thread(Event().wait, 0.05)
    assert not pid or not is_running(pid)
    assert (await charts.to_png(SPEC)).startswith(b"\x89PNG")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
