"""PNG, made in another process."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from loguro_async import ConfigurationError, Count, charts
from loguro_async.charts import png

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = charts.chart(Count(3))


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> Iterator[png._Painter]:
    painter = png._Painter()
    monkeypatch.setattr(png, "_painter", painter)
    yield painter
    painter.stop()


def process_of(painter: png._Painter) -> int:
    assert painter._process is not None
    return painter._process.pid


async def test_a_picture_has_the_specification_s_size_times_the_scale() -> None:
    single, double = [
        Image.open(io.BytesIO(await charts.to_png(SPEC, scale=scale))).size for scale in (1, 2)
    ]
    assert double == (single[0] * 2, single[1] * 2)


async def test_the_loop_goes_on_while_a_picture_is_made(painter: png._Painter) -> None:
    await charts.to_png(SPEC)
    os.kill(process_of(painter), signal.SIGSTOP)
    picture = asyncio.create_task(charts.to_png(SPEC))
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert not picture.done()
    os.kill(process_of(painter), signal.SIGCONT)
    assert (await picture).startswith(b"\x89PNG")


async def test_many_pictures_at_once_are_each_the_right_one(painter: png._Painter) -> None:
    specs = [charts.chart(Count(3), width=width) for width in (100, 200, 300, 400)]
    pictures = await asyncio.gather(*(charts.to_png(spec, scale=1) for spec in specs))
    widths = [Image.open(io.BytesIO(picture)).width for picture in pictures]
    assert widths == sorted(set(widths))
    assert len(widths) == 4


async def test_one_process_makes_them_all(painter: png._Painter) -> None:
    await charts.to_png(SPEC)
    first = process_of(painter)
    await charts.to_png(SPEC)
    assert process_of(painter) == first != os.getpid()


async def test_a_process_that_was_killed_is_begun_again(painter: png._Painter) -> None:
    await charts.to_png(SPEC)
    first = process_of(painter)
    os.kill(first, signal.SIGKILL)
    assert (await charts.to_png(SPEC)).startswith(b"\x89PNG")
    assert process_of(painter) != first


async def test_who_stops_waiting_does_not_disturb_the_next(painter: png._Painter) -> None:
    await charts.to_png(SPEC)
    impatient = asyncio.create_task(charts.to_png(SPEC))
    await asyncio.sleep(0)
    impatient.cancel()
    narrow = await charts.to_png(charts.chart(Count(3), width=100), scale=1)
    assert Image.open(io.BytesIO(narrow)).width < 150


async def test_what_cannot_be_drawn_is_told_in_one_line_and_the_next_is_drawn() -> None:
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


async def test_after_a_fork_there_is_a_process_of_its_own(painter: png._Painter) -> None:
    await charts.to_png(SPEC)
    parents = painter._process
    assert parents is not None
    painter.leave_to_parent()
    await charts.to_png(SPEC)
    assert process_of(painter) != parents.pid
    assert parents.poll() is None
    parents.kill()
    parents.communicate()
