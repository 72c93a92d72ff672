"""A command for each endpoint, made from the table of endpoints, and one for the overview."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from msgspec import Struct

from loguro_async.cli.help import add_command
from loguro_async.cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    UTC,
    BomOption,
    ChipOption,
    CompareOption,
    FilterOption,
    FromOption,
    LimitOption,
    OutputFormat,
    ProfileOption,
    SlugArgument,
    TimeoutOption,
    ToOption,
    ZoneOption,
)
from loguro_async.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GROUP: Final = "Query one project"


class EndpointCommand(Struct, frozen=True):
    """A command that queries one endpoint of one project.

    Attributes:
        name: The command.
        takes: The parameters of the project's method.
    """

    name: str
    takes: tuple[str, ...]

    @property
    def method(self) -> str:
        """The project's method of that name."""
        return self.name.replace("-", "_")


COMMANDS: Final = (
    EndpointCommand("overview", ("range", "filter", "limit", "compare")),
    *(
        EndpointCommand(one.name, (*(("visitor_id",) if one.needs_visitor else ()), *one.takes))
        for one in ENDPOINTS
    ),
)

_HELP: Final = {
    "overview": "Key figures, pageviews over time and top pages.",
    "kpis": "Visitors, pageviews, sessions, bounce rate and visit length.",
    "timeseries": "Pageviews, visitors and sessions by hour or day.",
    "events": "Single events, newest first.",
    "count": "The number of events.",
    "top-pages": "Pages with the most pageviews.",
    "top-referrers": "Sites that visitors came from.",
    "top-countries": "Countries of the visitors.",
    "top-locations": "Locations where visitors were last seen (sensitive).",
    "top-browsers": "Browsers.",
    "top-os": "Operating systems.",
    "top-devices": "Types of devices.",
    "top-entry-pages": "Pages on which visits start.",
    "top-exit-pages": "Pages on which visits end.",
    "top-flows": "The first pages of visits, in order.",
    "custom-events": "Custom events by name.",
    "recent-events": "The events of the last minutes.",
    "visitor": "One visitor (sensitive).",
    "visitor-sessions": "The visits of one visitor (sensitive).",
}
_EXAMPLES: Final = {
    "overview": "loguro-async overview local --range 30d",
    "events": "loguro-async events local --range 7d --limit 500 --out events.parquet",
    "top-pages": "loguro-async top-pages local --filter 'country:RO' --compare",
    "top-flows": "loguro-async top-flows local --range 30d --depth 4",
    "recent-events": "loguro-async recent-events local --window 600 --format ndjson | jq .path",
}

_VisitorId = Annotated[str, typer.Argument(metavar="VISITOR", help="The visitor's id.")]
_Depth = Annotated[
    int | None,
    typer.Option(min=2, max=5, metavar="N", help="Pages of each flow.", show_default="3"),
]
_Window = Annotated[
    int | None,
    typer.Option(
        min=60, max=3600, metavar="SECONDS", help="How far to look back.", show_default="300"
    ),
]
_Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, json, ndjson, csv or parquet.",
        show_default="by the file's extension; table in a terminal, json in a pipe",
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        metavar="FILE",
        help="The file to write, or - for stdout.",
        show_default="stdout",
    ),
]


def _option(name: str, annotation: object, default: object = None) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


_PARAMETERS: Final[dict[str, tuple[inspect.Parameter, ...]]] = {
    "visitor_id": (_option("visitor_id", _VisitorId, inspect.Parameter.empty),),
    "range": (
        _option("chip", ChipOption),
        _option("start", FromOption),
        _option("end", ToOption),
    ),
    "filter": (_option("filter", FilterOption),),
    "limit": (_option("limit", LimitOption),),
    "compare": (_option("compare", CompareOption, default=False),),
    "depth": (_option("depth", _Depth),),
    "window": (_option("window", _Window),),
}
"""The options of the shell for each parameter of a method."""


def register(app: typer.Typer) -> None:
    """Adds a command for each endpoint to the program."""
    for command in COMMANDS:
        add_command(
            app,
            _function(command),
            GROUP,
            name=command.name,
            about=_HELP[command.name],
            example=_EXAMPLES.get(command.name),
        )


def _function(command: EndpointCommand) -> Callable[..., None]:
    def function(**given: Any) -> None:  # noqa: ANN401 - what the signature below says
        _run(command, given)

    parameters = [
        _option("slug", SlugArgument, inspect.Parameter.empty),
        *(one for name in command.takes for one in _PARAMETERS[name]),
        _option("tz", ZoneOption, UTC),
        _option("format", _Format),
        _option("out", _Out),
        _option("bom", BomOption, default=False),
        _option("profile", ProfileOption),
        _option("timeout", TimeoutOption, DEFAULT_TIMEOUT_SECONDS),
    ]
    parameters.sort(key=lambda one: one.default is not inspect.Parameter.empty)
    vars(function)["__signature__"] = inspect.Signature(parameters)
    function.__annotations__ = {one.name: one.annotation for one in parameters}
    return function


def _run(command: EndpointCommand, given: Mapping[str, Any]) -> None:
    from loguro_async.cli.query import run_query  # noqa: PLC0415 - keeps --help fast

    run_query(command, given)
