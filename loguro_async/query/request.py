"""One request as a value: what is sent, and what the cache knows it by."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote

from msgspec import Struct

from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import as_filter
from loguro_async.query.ranges import Between, range_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Parameters: TypeAlias = tuple[tuple[str, str], ...]

# Unreserved characters only: nothing that a path, a proxy or a URL library gives a meaning to.
_PATH_PART: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,255}\Z")
_WINDOW_MS: Final = (60_000, 3_600_000)
_DEPTH: Final = (2, 5)
_VISITOR: Final = ("visitor_id",)
_RANGE: Final = frozenset({"range", "from", "to"})


class Query(Struct, frozen=True, gc=False):
    """One question to the service; equal questions are equal values.

    Attributes:
        slug: The project.
        endpoint: The endpoint's name, such as ``"kpis"``.
        path: The path below the origin, encoded.
        sent: The query parameters as they are sent; what the caller left out is not there.
        meant: The same with the documented defaults filled in, sorted: the cache goes by it.
        window: The window of one's own, where the range is one.
        range: The chip that it is about; ``""`` for a window or where there is no range.
    """

    slug: str
    endpoint: str
    path: str
    sent: Parameters
    meant: Parameters
    window: Between | None = None
    range: str = ""

    @property
    def target(self) -> str:
        """Path and query string, encoded, ready to be put behind the origin."""
        return f"{self.path}?{self.search}" if self.sent else self.path

    @property
    def search(self) -> str:
        """The query string, encoded, without its question mark."""
        return _search(self.sent)

    def within(self, window: Between) -> Query:
        """The same question about another window."""
        about = range_parameters(window)
        return Query(
            slug=self.slug,
            endpoint=self.endpoint,
            path=self.path,
            sent=(*about, *_without_range(self.sent)),
            meant=tuple(sorted((*about, *_without_range(self.meant)))),
            window=window,
        )


def _without_range(parameters: Parameters) -> Parameters:
    return tuple(pair for pair in parameters if pair[0] not in _RANGE)


def build_query(
    slug: str,
    endpoint: str,
    suffix: str,
    names: tuple[str, ...],
    values: Sequence[object],
    defaults: Parameters,
) -> Query:
    """Check what a caller asked for, and make it a ``Query``.

    Args:
        slug: The project, already checked.
        endpoint: The endpoint's name.
        suffix: Its path behind the project, in which ``{visitor_id}`` stands for the visitor.
        names: The parameters that the endpoint takes.
        values: What the caller gave for each of them; ``None`` was left out.
        defaults: What the service takes for parameters that are not sent.

    Raises:
        InvalidQueryError: A value cannot be right.
    """
    if names == _VISITOR:
        visitor_id = check_path_part("visitor id", values[0])
        suffix = suffix.format(visitor_id=visitor_id)
    try:
        parameters = _parameters(defaults, names, *values)
    except TypeError:  # a value that cannot be hashed, and will be refused
        parameters = _parameters.__wrapped__(defaults, names, *values)
    return Query(slug, endpoint, f"/api/web-events/{slug}{suffix}", *parameters)


# Remembered, because a run over many projects asks them all in the same words. Equal values of
# other types, such as 1 and True, are told apart.
@lru_cache(1024, typed=True)
def _parameters(
    defaults: Parameters, names: tuple[str, ...], *values: object
) -> tuple[Parameters, Parameters, Between | None, str]:
    """What is sent for arguments, what is meant by it, and the range: a window or a chip."""
    arguments = dict(zip(names, values, strict=True))
    sent = tuple(
        pair
        for name, read in _PARAMETERS.items()
        if (value := arguments.get(name)) is not None
        for pair in read(value)
    )
    given = dict(sent)
    if "from" in given:
        defaults = tuple(pair for pair in defaults if pair[0] != "range")
    window = arguments.get("range")
    meant = {**dict(defaults), **given}
    return (
        sent,
        tuple(sorted(meant.items())),
        window if isinstance(window, Between) else None,
        meant.get("range", ""),
    )


@lru_cache(1024)
def _search(sent: Parameters) -> str:
    """The encoded query string; nothing for no parameters."""
    return "&".join([f"{key}={quote(text, safe='')}" for key, text in sent])


def check_path_part(what: str, value: object) -> str:
    """Refuse a slug or an id that is empty or could leave its place in the path.

    Raises:
        InvalidQueryError: It holds anything but letters, digits and ``-``, ``_``, ``.``, ``~``.
    """
    if isinstance(value, str) and _PATH_PART.match(value):
        return value
    message = (
        f"{what} {value!r} cannot be part of the path; use letters, digits, '-', '_', '.' and '~'"
    )
    raise InvalidQueryError(message)


def _filter(value: object) -> Parameters:
    condition = as_filter(value)
    return (("filter", str(condition)),) if condition else ()


def _limit(value: object) -> Parameters:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"limit is {value!r}; give a whole number of rows, 1 or above"
        raise InvalidQueryError(message)
    return (("limit", str(value)),)


def _compare(value: object) -> Parameters:
    if not isinstance(value, bool):
        message = f"compare is {value!r}; give True or False"
        raise InvalidQueryError(message)
    return (("compare", "1"),) if value else ()


def _depth(value: object) -> Parameters:
    least, most = _DEPTH
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        message = f"depth is {value!r}; give a number of steps from {least} to {most}"
        raise InvalidQueryError(message)
    return (("depth", str(value)),)


def _window(value: object) -> Parameters:
    milliseconds = value
    least, most = _WINDOW_MS
    if isinstance(value, dt.timedelta):
        is_longer = value > dt.timedelta(milliseconds=most)
        milliseconds = most + 1 if is_longer else value // dt.timedelta(milliseconds=1)
    if (
        isinstance(milliseconds, bool)
        or not isinstance(milliseconds, int)
        or not least <= milliseconds <= most
    ):
        message = (
            f"window is {value!r}; give a timedelta from one minute to one hour, "
            f"or {least} to {most} milliseconds"
        )
        raise InvalidQueryError(message)
    return (("windowMs", str(milliseconds)),)


_PARAMETERS: Final[dict[str, Callable[[object], Parameters]]] = {
    "range": range_parameters,
    "filter": _filter,
    "limit": _limit,
    "compare": _compare,
    "depth": _depth,
    "window": _window,
}
