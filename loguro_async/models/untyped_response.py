"""The response to ``Project.get``: any JSON."""

from __future__ import annotations

from typing import Any

from loguro_async.models.lenient_json import loads
from loguro_async.models.response_base import Response


class Json(Response, frozen=True):
    """A body of a shape that this version does not know; ``raw`` holds it."""

    @property
    def value(self) -> Any:  # noqa: ANN401 - any JSON
        """The JSON as builtins; decoded anew, so that no caller changes what is cached."""
        return loads(self.raw)
