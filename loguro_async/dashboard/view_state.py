"""The view state: what an address requests, checked against the access rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from loguro_async.dashboard.access import ForbiddenError
from loguro_async.dashboard.time_ranges import TimeRange, default_range, requested_range
from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import Filter

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from loguro_async.dashboard.access import Access

Metric: TypeAlias = Literal["visitors", "pageviews", "sessions"]
Interval: TypeAlias = Literal["hour", "day", "week", "month"]
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
_INTERVALS: Final[tuple[Interval, ...]] = get_args(Interval)
# Limits of untrusted input, which are checked before it is parsed.
_MAX_QUERY_CHARACTERS: Final = 4_000
_MAX_PARAMETERS: Final = 40
_MAX_FILTER_CHARACTERS: Final = 1_000
_MAX_TERMS: Final = 20
_MAX_VALUES: Final = 50


class ViewState(Struct, frozen=True):
    """The state of the page, as its address holds it.

    Attributes:
        project: The slug.
        range: The window of time.
        requested: The viewer's own filter, without the host's.
        filter: The host's and the viewer's combined, for the query to the service.
        compare: Whether the period before is shown.
        metric: What the chart shows.
        interval: The width of the chart's buckets; ``None`` for what suits the range.
        tabs: The list that is open in a card, by the card's name, where it is not the first.
        typed: The text in the filter box.
        filter_error: Why that text cannot be used; empty where it can.
        range_error: Why the range cannot be used; empty where it can.
        status: The HTTP status of a page that shows this.
        is_first_project: Whether the project is the one that is shown where none is named.
    """

    project: str
    range: TimeRange
    requested: Filter
    filter: Filter
    compare: bool = False
    metric: Metric = "visitors"
    interval: Interval | None = None
    tabs: tuple[tuple[str, str], ...] = ()
    typed: str = ""
    filter_error: str = ""
    range_error: str = ""
    status: int = 200
    is_first_project: bool = True

    @property
    def error(self) -> str:
        """The reason why a part of the address is not used; empty where all of it is."""
        return self.range_error or self.filter_error

    def query(
        self,
        *,
        range: Mapping[str, str] | None = None,
        filter: Filter | None = None,
        **changes: str,
    ) -> str:
        """Returns the query string of this state, or of one that differs a little.

        Args:
            range: Parameters of another range.
            filter: Another filter of the viewer's.
            changes: Other parameters; an empty text takes one away.
        """
        parameters = {
            "project": "" if self.is_first_project else self.project,
            **(self.range.query() if range is None else range),
            "filter": str(self.requested if filter is None else filter),
            "compare": "1" if self.compare else "",
            "metric": "" if self.metric == METRICS[0] else self.metric,
            "interval": self.interval or "",
            **dict(self.tabs),
            **changes,
        }
        return "?" + urlencode({name: text for name, text in parameters.items() if text})


def read_parameters(query: str) -> dict[str, str]:
    """Returns the parameters of a query string, the last one of each name.

    Raises:
        InvalidQueryError: It is longer than any address of the dashboard.
    """
    if len(query) > _MAX_QUERY_CHARACTERS:
        message = f"the address has more than {_MAX_QUERY_CHARACTERS:,} characters"
        raise InvalidQueryError(message)
    try:
        return dict(parse_qsl(query, max_num_fields=_MAX_PARAMETERS))
    except ValueError as error:
        message = f"the address has more than {_MAX_PARAMETERS} parameters"
        raise InvalidQueryError(message) from error


def read_filter(text: str) -> Filter:
    """Returns the filter that a viewer typed.

    Raises:
        InvalidQueryError: It cannot be read, or is too long.
    """
    if len(text) > _MAX_FILTER_CHARACTERS:
        message = f"a filter has at most {_MAX_FILTER_CHARACTERS:,} characters, got {len(text):,}"
        raise InvalidQueryError(message)
    return bounded(Filter.parse(text, bare="search"))


def bounded(requested: Filter) -> Filter:
    """Returns a filter of the viewer's unchanged.

    Raises:
        InvalidQueryError: It has too many terms or values.
    """
    values = sum(len(term.values) for term in requested.terms)
    if len(requested.terms) > _MAX_TERMS or values > _MAX_VALUES:
        message = (
            f"a filter has at most {_MAX_TERMS} terms and {_MAX_VALUES} values, "
            f"got {len(requested.terms)} and {values}"
        )
        raise InvalidQueryError(message)
    return requested


def view_state(
    parameters: Mapping[str, str],
    access: Access,
    cards: Mapping[str, tuple[str, ...]],
    now: dt.datetime,
) -> ViewState:
    """Returns the view state of an address; what is wrong or forbidden is left out and explained.

    Args:
        parameters: The address's.
        access: What may be seen.
        cards: The lists of each card that may be seen, the first one first.
        now: The present moment.
    """
    errors: dict[str, InvalidQueryError | ForbiddenError] = {}
    project = parameters.get("project") or access.project
    if project not in access.allowed_projects:
        errors["range"] = ForbiddenError("another project is not shown here")
        project = access.project
    try:
        range_ = requested_range(
            parameters.get("range", ""),
            parameters.get("from", ""),
            parameters.get("to", ""),
            access,
            now,
        )
    except (InvalidQueryError, ForbiddenError) as error:
        errors["range"] = error
        range_ = default_range(access, now)
    requested, combined, typed = _filters(parameters, access, errors)
    metrics: dict[str, Metric] = {name: name for name in METRICS}
    intervals: dict[str, Interval] = {name: name for name in _INTERVALS}
    return ViewState(
        project=project,
        range=range_,
        requested=requested,
        filter=combined,
        compare=parameters.get("compare") == "1",
        metric=metrics.get(parameters.get("metric", ""), METRICS[0]),
        interval=intervals.get(parameters.get("interval", "")),
        tabs=tuple(
            (card, parameters[card])
            for card, lists in cards.items()
            if parameters.get(card) in lists[1:]
        ),
        typed=typed,
        filter_error=errors["filter"].message if "filter" in errors else "",
        range_error=errors["range"].message if "range" in errors else "",
        status=_status(errors),
        is_first_project=project == access.project,
    )


def _filters(
    parameters: Mapping[str, str],
    access: Access,
    errors: dict[str, InvalidQueryError | ForbiddenError],
) -> tuple[Filter, Filter, str]:
    """Returns the viewer's filter, that with the host's, and the text for the filter box."""
    requested = Filter()
    for name in ("filter", "add"):
        text = parameters.get(name, "")
        try:
            wider = bounded(requested & read_filter(text))
            access.narrowed(wider)
        except (InvalidQueryError, ForbiddenError) as error:
            errors["filter"] = error
            return requested, access.narrowed(requested), text[:_MAX_FILTER_CHARACTERS]
        requested = wider
    return requested, access.narrowed(requested), ""


def _status(errors: Mapping[str, InvalidQueryError | ForbiddenError]) -> int:
    if any(isinstance(error, ForbiddenError) for error in errors.values()):
        return 403
    return 400 if errors else 200
