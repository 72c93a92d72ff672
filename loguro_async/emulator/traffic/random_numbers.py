"""Random whole numbers that are the same on every machine.

Only the raw bits of PCG64 are used, whose stream NumPy guarantees, and only integer arithmetic
shapes them: there is no rounding, and no distribution of a library that may change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.emulator.cancellation import CancellationToken

Ints = NDArray[np.int64]


class RandomNumbers:
    """Random numbers that depend on a seed and a project, and on nothing else.

    Args:
        seed: The seed.
        project: The project's slug.
        cancellation: Checked before each draw.
    """

    def __init__(self, seed: int | str, project: str, cancellation: CancellationToken) -> None:
        digest = hashlib.sha256(f"{seed}/{project}".encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest))
        self._cancellation = cancellation

    def raw(self, size: int, bits: int) -> Ints:
        """Returns numbers of a number of bits, 63 at most.

        Raises:
            WorkCancelledError: The work was cancelled.
        """
        self._cancellation.check()
        drawn: NDArray[np.uint64] = self._bits.random_raw(size)
        return (drawn >> np.uint64(64 - bits)).astype(np.int64)

    def below(self, limit: int | Ints, size: int) -> Ints:
        """Returns numbers from 0 up to a limit (2**31 at most), one for all or one for each."""
        scaled: Ints = (self.raw(size, 32) * limit) >> 32
        return scaled


class WeightedChoice:
    """Weighted choices from rows of weights; choices are numbered on from one row to the next."""

    def __init__(self, *rows: Sequence[int] | Ints) -> None:
        totals = np.array([sum(row) for row in rows], np.int64)
        self._edges = np.cumsum(np.concatenate(rows))
        self._totals = totals
        self._starts = np.cumsum(totals) - totals

    def draw(self, random: RandomNumbers, size: int) -> Ints:
        """Returns a number of choices from the first row."""
        return self.draw_from(random, np.zeros(size, np.int64))

    def draw_from(self, random: RandomNumbers, rows: Ints) -> Ints:
        """Returns a choice from each of the given rows."""
        points: Ints = self._starts[rows] + random.below(self._totals[rows], len(rows))
        chosen: Ints = np.searchsorted(self._edges, points, side="right").astype(np.int64)
        return chosen
