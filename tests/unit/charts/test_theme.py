"""Colours that can be read and told apart, by the colour-blind as well."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from loguro_async.charts.theme import DARK, LIGHT, Theme

Colour = NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
SIGHTS: Final = {
    "everybody": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
WHITE: Final = np.array([0.9505, 1.0, 1.089])


def linear(colour: str) -> Colour:
    """Linear RGB of ``#rrggbb``."""
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: Colour) -> Colour:
    """CIELAB of linear RGB."""
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """As WCAG 2 has it, 1 to 21."""
    light, dark = sorted((float(TO_XYZ[1] @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_of_a_series_are_distinguishable(theme: Theme, sight: str) -> None:
    seen = [lab(SIGHTS[sight] @ linear(colour)) for colour in theme.series]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 20


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_wherever_it_stands(theme: Theme) -> None:
    for ground in (theme.paper, theme.card, theme.bar):
        assert contrast(theme.ink, ground) >= 7
    for ground in (theme.paper, theme.card):
        for text in (theme.faint, theme.good, theme.bad):
            assert contrast(text, ground) >= 4.5
    assert contrast(theme.faint, theme.bar) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_stand_out_from_the_paper(theme: Theme) -> None:
    for colour in theme.series:
        assert contrast(colour, theme.paper) >= 2


def test_colours_that_are_alike_would_be_noticed() -> None:
    red, green = (lab(SIGHTS["deuteranopia"] @ linear(c)) for c in ("#c03020", "#7a6a00"))
    assert float(np.linalg.norm(red - green)) < 20
