"""Charts look like the golden pictures.

Fonts differ between machines, so pictures are compared as if seen from afar.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from PIL import Image

from loguro_async.charts import to_png
from tests.unit.charts.pictures import GOLDEN, PICTURES, SCALE

if TYPE_CHECKING:
    from pathlib import Path

FAR: Final = (48, 36)
TOLERANCE: Final = 0.02  # of the way from black to white, on the mean


def from_afar(picture: Path | io.BytesIO) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    with Image.open(picture) as opened:
        small = opened.convert("RGB").resize(FAR, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64) / 255


def difference(one: Path | io.BytesIO, other: Path | io.BytesIO) -> float:
    return float(np.abs(from_afar(one) - from_afar(other)).mean())


@pytest.mark.parametrize("name", PICTURES)
async def test_a_chart_looks_as_it_did(name: str) -> None:
    drawn = io.BytesIO(await to_png(PICTURES[name], scale=SCALE))
    assert difference(drawn, GOLDEN / f"{name}.png") < TOLERANCE


def test_every_golden_picture_is_of_a_chart_and_small() -> None:
    files = list(GOLDEN.iterdir())
    assert {file.name for file in files} == {f"{name}.png" for name in PICTURES}
    assert max(file.stat().st_size for file in files) < 20_000


@pytest.mark.parametrize(
    ("one", "other"),
    [("overview", "overview-dark"), ("series-400-buckets", "series"), ("long-paths", "pages")],
)
def test_pictures_that_differ_would_be_noticed(one: str, other: str) -> None:
    assert difference(GOLDEN / f"{one}.png", GOLDEN / f"{other}.png") > TOLERANCE
