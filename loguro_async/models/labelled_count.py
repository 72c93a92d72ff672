"""Label, value and unit of a row: the name of its group, its main count, and what was counted.

Charts, reports, the dashboard and the shell show rows by these three, whatever their type. Other
names that the service may use have been resolved when the row was decoded.
"""

from __future__ import annotations

from typing import ClassVar

from loguro_async.models.data import Data


class LabelledCount(Data, frozen=True):
    """A row with a label and a main count.

    Attributes:
        label_field: The field that holds the label; ``None`` where there is none.
        count_field: The field that holds the main count.
        counted: What that field counts; ``None`` where the rows have no main count.
        other_counts: Fields that are taken where it is empty; each is named as what it counts.
    """

    label_field: ClassVar[str | None] = None
    count_field: ClassVar[str] = "count"
    other_counts: ClassVar[tuple[str, ...]] = ()
    counted: ClassVar[str | None] = None

    @property
    def label(self) -> str | None:
        """The name of the group that the row is about; ``None`` where the service gave none."""
        label: str | None = None if self.label_field is None else getattr(self, self.label_field)
        return label

    @property
    def value(self) -> int | None:
        """The row's main count, in ``unit``; ``None`` where the service gave none.

        The first of the count, the pageviews, the events and the sessions that the row has.
        Visitors are never taken for it.
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

    def _measure(self) -> tuple[int, str] | None:
        if self.counted is None:
            return None
        for name in (self.count_field, *self.other_counts):
            count: int | None = getattr(self, name)
            if count is not None:
                return count, self.counted if name == self.count_field else name
        return None
