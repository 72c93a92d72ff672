"""A query, and the request that is made from it.

A ``Query`` holds the arguments of one call, as they were given, so that the cache's fast path finds
a response before anything is parsed. ``prepare`` checks a query and returns its ``Request``: the
path and the parameters that are sent, and the key that the cache uses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Generic
from urllib.parse import quote

from msgspec import Struct

from loguro_async.endpoints import VISITOR_ID, Endpoint
from loguro_async.models.response_base import ResponseT
from loguro_async.query.parameters import PARAMETERS, Parameters, get_parameters
from loguro_async.query.path import check_visitor_id, endpoint_path
from loguro_async.query.ranges import Between, range_parameters

_RANGE: Final = frozenset({"range", "from", "to"})


class Query(Struct, Generic[ResponseT], frozen=True, gc=False):
    """The arguments of one call, as they were given.

    Attributes:
        endpoint: The row of the table of endpoints.
        slug: The project, checked.
        range: A chip or a ``Between``.
        filter: A ``Filter`` or its text.
        limit: Number of rows.
        compare: Whether to include the previous period.
        depth: Steps of a flow.
        window: How far ``recent_events`` looks back, a ``timedelta`` or milliseconds.
        visitor_id: The visitor, where the endpoint is about one.
        path: The path below the project, for ``Project.get``.
        params: The parameters, for ``Project.get``.
    """

    endpoint: Endpoint[ResponseT]
    slug: str
    range: object = None
    filter: object = None
    limit: object = None
    compare: object = None
    depth: object = None
    window: object = None
    visitor_id: object = None
    path: str | None = None
    params: tuple[tuple[str, object], ...] = ()


class Request(Struct, frozen=True, gc=False):
    """The path and the parameters that are sent for a query.

    Attributes:
        slug: The project.
        endpoint: The endpoint's name, such as ``"kpis"``.
        path: The path below the origin, encoded.
        parameters: The query parameters that are sent; what the caller left out is not there.
        canonical: The same with the documented defaults filled in, sorted.
        key: The cache key: endpoint, path and canonical parameters.
        window: The window of time, where ``range`` is a ``Between``.
        range: The chip; ``""`` for a window, or where there is no range.
    """

    slug: str
    endpoint: str
    path: str
    parameters: Parameters
    canonical: Parameters
    key: str
    window: Between | None = None
    range: str = ""

    @property
    def search(self) -> str:
        """The query string, encoded, without its question mark."""
        return _encoded(self.parameters)

    @property
    def target(self) -> str:
        """Path and query string, encoded."""
        return f"{self.path}?{self.search}" if self.parameters else self.path

    def within(self, window: Between) -> Request:
        """Returns the same request for another window of time."""
        bounds = range_parameters(window)
        canonical = tuple(sorted((*bounds, *_without_range(self.canonical))))
        return Request(
            slug=self.slug,
            endpoint=self.endpoint,
            path=self.path,
            parameters=(*bounds, *_without_range(self.parameters)),
            canonical=canonical,
            key=_key(self.endpoint, self.path, canonical),
            window=window,
        )


def prepare(query: Query[ResponseT]) -> Request:
    """Checks a query and returns the request that it sends.

    Raises:
        InvalidQueryError: An argument is not allowed.
    """
    endpoint, slug = query.endpoint, query.slug
    suffix = endpoint.suffix
    if query.path is not None:
        suffix = endpoint_path(query.path)
        parameters = get_parameters(query.params)
        canonical, window, chip = tuple(sorted(parameters)), None, ""
    else:
        if VISITOR_ID in suffix:
            visitor_id = quote(check_visitor_id(query.visitor_id), safe="")
            suffix = suffix.replace(VISITOR_ID, visitor_id)
        parameters, canonical, window, chip = _parameters_of(query)
    path = f"/api/web-events/{slug}{suffix}"
    key = _key(endpoint.name, path, canonical)
    return Request(slug, endpoint.name, path, parameters, canonical, key, window, chip)


def _parameters_of(
    query: Query[ResponseT],
) -> tuple[Parameters, Parameters, Between | None, str]:
    endpoint = query.endpoint
    names = endpoint.takes
    values = [getattr(query, name) for name in names]
    try:
        return _checked(endpoint.defaults, names, *values)
    except TypeError:  # an argument cannot be hashed; the check refuses it
        return _checked.__wrapped__(endpoint.defaults, names, *values)


# Cached, because a run over many projects gives the same arguments for each. Equal values of
# different types, such as 1 and True, are different keys.
@lru_cache(1024, typed=True)
def _checked(
    defaults: Parameters, names: tuple[str, ...], *values: object
) -> tuple[Parameters, Parameters, Between | None, str]:
    given = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    parameters = tuple(pair for name, value in given.items() for pair in PARAMETERS[name](value))
    sent = dict(parameters)
    assumed = {name: text for name, text in defaults if name != "range" or "from" not in sent}
    canonical = {**assumed, **sent}
    range_ = given.get("range")
    window = range_ if isinstance(range_, Between) else None
    return parameters, tuple(sorted(canonical.items())), window, canonical.get("range", "")


@lru_cache(1024)
def _encoded(parameters: Parameters) -> str:
    return "&".join([f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in parameters])


def _key(endpoint: str, path: str, canonical: Parameters) -> str:
    return f"{endpoint} {path}?{_encoded(canonical)}"


def _without_range(parameters: Parameters) -> Parameters:
    return tuple(pair for pair in parameters if pair[0] not in _RANGE)
