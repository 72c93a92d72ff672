"""Shows responses as charts in notebooks.

The charts are a layer above the models, so that they are imported by name when a notebook needs
them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from msgspec import Struct

_SHOWS: Final = "loguro_async.charts.notebook"


class Shown(Struct, frozen=True):
    """A struct that a notebook shows as a chart."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ANN401, ARG002 - IPython's protocol
        """Returns the struct in each format that a notebook may know."""
        bundle: dict[str, Any] = import_module(_SHOWS).mimebundle(self)
        return bundle
