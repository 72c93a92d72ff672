"""The pictures that were looked at; ``python -m tests.unit.charts.pictures`` draws them anew."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any, Final

from msgspec import structs
from PIL import Image

from loguro_async import Kpis, KpiValues, Timeseries
from loguro_async.charts import chart, to_png
from tests.unit.charts.samples import ANSWERS, kpis, pages, series

GOLDEN: Final = Path(__file__).with_name("golden")
SCALE: Final = 0.5


def coinciding(buckets: int) -> Timeseries:
    """A series whose visitors and sessions are the same."""
    shown = series(buckets, previous=False)
    items = tuple(structs.replace(point, sessions=point.visitors) for point in shown.items)
    return structs.replace(shown, items=items)


def huge_kpis() -> Kpis:
    """Key figures that would not fit into cards if they were written out."""
    now = KpiValues(143 * 10**12, 402 * 10**12, 2**53, 0.42, 987_654_321.0)
    return structs.replace(kpis(), current=now)


PICTURES: Final[dict[str, dict[str, Any]]] = {
    **{name: chart(answer, title=name) for name, answer in ANSWERS.items()},
    "overview-dark": chart(ANSWERS["overview"], theme="dark", title="overview"),
    "series-empty": chart(series(0)),
    "series-one-bucket": chart(series(1)),
    "series-400-buckets": chart(series(400)),
    "series-one-metric": chart(series(14), metric="visitors"),
    "series-coinciding": chart(coinciding(10)),
    "series-48-hours": chart(series(48, hourly=True)),
    "series-hours-dark": chart(series(24, hourly=True), theme="dark"),
    "long-paths": chart(pages("/" + "long-path/" * 30, "/" + "long-path/" * 29 + "b", "/short")),
    "narrow": chart(pages("/pricing/enterprise", "/"), width=220),
    "overview-narrow": chart(ANSWERS["overview"], width=300),
    "huge-figures": chart(huge_kpis()),
    "right-to-left": chart(pages("/%D9%85%D9%82%D8%A7%D9%84%D8%A7%D8%AA", "/עברית/עמוד", "/a")),
}


async def draw() -> None:
    for name, spec in PICTURES.items():
        picture = Image.open(io.BytesIO(await to_png(spec, scale=SCALE)))
        picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE).save(
            GOLDEN / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    asyncio.run(draw())
