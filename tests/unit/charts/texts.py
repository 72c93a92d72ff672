"""The texts of a drawing, and those that are drawn over one another."""

from __future__ import annotations

import re
from itertools import combinations
from typing import NamedTuple
from xml.etree import ElementTree as ET

_MOVED = re.compile(r"translate\(([-\d.e]+)[, ]+([-\d.e]+)\)")
# Less than a letter is wide: what is found to overlap does.
_EM = 0.42
_LINE_PX = 4


class Text(NamedTuple):
    left: float
    right: float
    y: float
    text: str


def texts_of(svg: str) -> list[Text]:
    return list(_below(ET.fromstring(svg), 0, 0))  # noqa: S314 - our own drawing


def _below(node: ET.Element, x: float, y: float) -> list[Text]:
    for dx, dy in _MOVED.findall(node.get("transform", "")):
        x, y = x + float(dx), y + float(dy)
    text = "".join(node.itertext())
    if node.tag.endswith("}text") and text.strip():
        width = _EM * float(node.get("font-size", "11px").removesuffix("px")) * len(text)
        left = {"middle": x - width / 2, "end": x - width}.get(node.get("text-anchor", ""), x)
        return [Text(left, left + width, y, text)]
    return [found for child in node for found in _below(child, x, y)]


def overlapping(svg: str) -> list[str]:
    """Pairs of texts that run into each other, and texts that leave the drawing."""
    found = texts_of(svg)
    assert found
    size = re.search(r'viewBox="0 0 ([\d.]+)', svg)
    assert size is not None
    outside = [one.text for one in found if one.left < 0 or one.right > float(size[1])]
    return outside + [
        f"{one.text} / {other.text}"
        for one, other in combinations(found, 2)
        if abs(one.y - other.y) < _LINE_PX and one.left < other.right and other.left < one.right
    ]
