"""The pictures that were looked at; ``python -m tests.unit.charts.pictures`` draws them anew."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any, Final

from PIL import Image

from loguro_async.charts import chart, to_png
from tests.unit.charts.samples import ANSWERS, pages, series

GOLDEN: Final = Path(__file__).with_name("golden")
SCALE: Final = 0.5

PICTURES: Final[dict[str, dict[str, Any]]] = {
    **{name: chart(answer, title=name) for name, answer in ANSWERS.items()},
    "overview-dark": chart(ANSWERS["overview"], theme="dark", title="overview"),
    "series-empty": chart(series(0)),
    "series-one-bucket": chart(series(1)),
    "series-400-buckets": chart(series(400)),
    "series-hours-dark": chart(series(24, hourly=True), theme="dark"),
    "long-paths": chart(pages("/" + "long-path/" * 30, "/" + "long-path/" * 29 + "b", "/short")),
    "narrow": chart(pages("/pricing/enterprise", "/"), width=200),
}


async def draw() -> None:
    for name, spec in PICTURES.items():
        picture = Image.open(io.BytesIO(await to_png(spec, scale=SCALE)))
        picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE).save(
            GOLDEN / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    asyncio.run(draw())
