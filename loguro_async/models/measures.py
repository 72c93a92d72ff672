"""Label, value and unit: what a row is about, its main count, and what was counted.

Charts, reports, the dashboard and the shell show rows by these three, whatever their type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from loguro_async.models.data import Data
from loguro_async.models.names import LABELS, MEASURES, snake_case

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST = 2**53


class Measured(Data, frozen=True):
    """A row with a label and a main count.

    Attributes:
        label_field: The field that holds the label; ``None`` where there is none.
        counted: What ``count`` counts; ``None`` where the rows have no main count.
    """

    label_field: ClassVar[str | None] = None
    counted: ClassVar[str | None] = None

    @property
    def label(self) -> str | None:
        """The name of the group that the row is about; ``None`` where the service gave none.

        Taken from the field that the row's type has for it, else from the first member of
        ``extra`` with a usual name: ``page``, ``url``, ``name``, ``country``, ``key``, ``x`` …
        """
        known = None if self.label_field is None else getattr(self, self.label_field)
        if known is not None or self.label_field is None:
            return known
        others = self._others()
        names = (self.label_field, *LABELS)
        return next((text for name in names if isinstance(text := others.get(name), str)), None)

    @property
    def value(self) -> int | None:
        """The row's main count, in ``unit``; ``None`` where the service gave none.

        The first of ``count``, ``pageviews``, ``events``, ``sessions`` and their other names
        (``views``, ``visits``, ``hits``, ``total``, ``value``, ``y``). Visitors are never taken
        for it.
        """
        measure = self._measure()
        return None if measure is None else measure[0]

    @property
    def unit(self) -> str | None:
        """What ``value`` counts: ``"pageviews"``, ``"events"`` or ``"sessions"``.

        ``None`` where there is no value. Compare values of one unit only.
        """
        measure = self._measure()
        return None if measure is None else measure[1]

    def _measure(self) -> tuple[int, str | None] | None:
        if self.counted is None:
            return None
        others: Mapping[str, Any] | None = None
        for name, unit in MEASURES.items():
            count = getattr(self, name) if name in self.__struct_fields__ else None
            if count is None:
                others = self._others() if others is None else others
                count = _whole(others.get(name))
            if count is not None:
                return count, unit or self.counted
        return None

    def _others(self) -> Mapping[str, Any]:
        """The members that no field holds, by their names in snake case."""
        extra: Mapping[str, Any] = getattr(self, "extra", {})
        return {snake_case(name): value for name, value in extra.items()}


def _whole(value: object) -> int | None:
    """A count, also where it comes as ``5.0`` or ``"5"``; ``None`` for anything else."""
    if isinstance(value, str) and value.isdecimal() and len(value) < len(str(_LARGEST)):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= _LARGEST and value == int(value) else None
