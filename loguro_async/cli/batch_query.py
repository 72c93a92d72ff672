"""The query that ``loguro-async batch`` sends to each project."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.cli.formatting import printable
from loguro_async.endpoints import ENDPOINTS, KPIS
from loguro_async.errors import InvalidQueryError
from loguro_async.models.overview import Overview
from loguro_async.query.filters import as_filter
from loguro_async.query.parameters import Parameters
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from loguro_async.project import Project
    from loguro_async.query.ranges import Range


class _Endpoint(Struct, frozen=True):
    takes: tuple[str, ...]
    shape: Any
    defaults: Parameters


_OVERVIEW: Final = _Endpoint(("range", "filter", "limit", "compare"), Overview, KPIS.defaults)
_ENDPOINTS: Final = {"overview": _OVERVIEW} | {
    one.name: _Endpoint(one.takes, one.shape, one.defaults)
    for one in ENDPOINTS
    if not one.needs_visitor
}
"""The endpoints that a batch can query: all except those of a single visitor."""


class BatchQuery(Struct, frozen=True):
    """A query that is sent to each project.

    Attributes:
        name: The endpoint, or ``overview``.
        arguments: The arguments of the project's method.
    """

    name: str
    arguments: dict[str, Any]

    @property
    def shape(self) -> Any:  # noqa: ANN401 - a type such as TopList[TopPage]
        """The type of the responses."""
        return _ENDPOINTS[self.name].shape

    @property
    def takes_limit(self) -> bool:
        """Whether the response is a list whose length ``--limit`` sets."""
        return self.name != "overview" and "limit" in _ENDPOINTS[self.name].takes

    def __str__(self) -> str:
        """Returns the query as options, the same for the same query."""
        options = ["--endpoint", self.name]
        for name, value in self.arguments.items():
            if (name, str(value)) in _ENDPOINTS[self.name].defaults:
                continue
            match value:
                case Between():
                    start, end = value.start.isoformat(), value.end.isoformat()
                    options += ("--from", start, "--to", end)
                case True:
                    options.append(f"--{name}")
                case _:
                    options += (f"--{name}", str(value))
        return printable(shlex.join(options))

    def send(self, project: Project) -> Awaitable[Struct]:
        """Sends the query to one project."""
        method = getattr(project, self.name.replace("-", "_"))
        response: Awaitable[Struct] = method(**self.arguments)
        return response


def batch_query(
    name: str, *, range: Range | None, filter: str | None, limit: int | None, compare: bool
) -> BatchQuery:
    """Returns the query of the options, checked before any request is sent.

    Raises:
        InvalidQueryError: The endpoint is unknown, an option does not apply to it, or the filter
            is not valid.
    """
    if name not in _ENDPOINTS:
        message = f"--endpoint must be one of {', '.join(_ENDPOINTS)}, got {name!r}"
        raise InvalidQueryError(message)
    condition = (as_filter(filter) if filter else None) or None
    given = {"range": range, "filter": condition, "limit": limit, "compare": compare or None}
    arguments = {option: value for option, value in given.items() if value is not None}
    for option in arguments.keys() - set(_ENDPOINTS[name].takes):
        message = f"--{option} does not apply to --endpoint {name}; leave it out"
        raise InvalidQueryError(message)
    return BatchQuery(name, arguments)
