"""A command for every endpoint, made from the table of endpoints, and one for the overview."""

from __future__ import annotations

import datetime as dt
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from msgspec import Struct

from loguro_async.cli.connection import connect
from loguro_async.cli.ending import WRONG_USE, finish, stop
from loguro_async.cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    UTC,
    BomOption,
    ChipOption,
    FilterOption,
    FromOption,
    ProfileOption,
    TimeoutOption,
    ToOption,
    ZoneOption,
    asked_range,
)
from loguro_async.cli.output import Form, chosen_form, show
from loguro_async.endpoints import ENDPOINTS
from loguro_async.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loguro_async.client import LoguroClient


class Asking(Struct, frozen=True):
    """A command that asks one question of one project.

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


ASKINGS: Final = (
    Asking("overview", ("range", "filter", "limit", "compare")),
    *(Asking(endpoint.name, endpoint.takes) for endpoint in ENDPOINTS),
)

_Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The project.")]
_VisitorId = Annotated[str, typer.Argument(metavar="VISITOR", help="The visitor's id.")]
_Limit = Annotated[int | None, typer.Option(min=1, help="Rows at the most.")]
_Compare = Annotated[bool, typer.Option("--compare", help="With the period before.")]
_Depth = Annotated[int | None, typer.Option(min=2, max=5, help="Steps of a flow.")]
_Window = Annotated[
    int | None, typer.Option(min=60, max=3600, help="Seconds to look back; 300 if left out.")
]
_Format = Annotated[
    Form | None,
    typer.Option("--format", help="Left out: a table in a terminal, json in a pipe."),
]
_Out = Annotated[
    Path | None, typer.Option(dir_okay=False, help="A file to write; its ending tells the format.")
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
        _option("tz", ZoneOption, UTC),
    ),
    "filter": (_option("filter", FilterOption),),
    "limit": (_option("limit", _Limit),),
    "compare": (_option("compare", _Compare, default=False),),
    "depth": (_option("depth", _Depth),),
    "window": (_option("window", _Window),),
}
"""The options of the shell for each parameter of a method."""


def register(app: typer.Typer) -> None:
    """Give the program a command for each question."""
    for asking in ASKINGS:
        app.command(asking.name, help=_help(asking))(_command(asking))


def _help(asking: Asking) -> str:
    return (getattr(Project, asking.method).__doc__ or "").partition("\n")[0]


def _command(asking: Asking) -> Callable[..., None]:
    def command(**given: Any) -> None:  # noqa: ANN401 - what the signature below says
        _run(asking, given)

    parameters = [
        _option("slug", _Slug, inspect.Parameter.empty),
        *(one for name in asking.takes for one in _PARAMETERS[name]),
        _option("format", _Format),
        _option("out", _Out),
        _option("bom", BomOption, default=False),
        _option("profile", ProfileOption),
        _option("timeout", TimeoutOption, DEFAULT_TIMEOUT_SECONDS),
    ]
    parameters.sort(key=lambda one: one.default is not inspect.Parameter.empty)
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _run(asking: Asking, given: Mapping[str, Any]) -> None:
    try:
        form = chosen_form(given["format"], given["out"], bom=given["bom"])
        arguments = {name: _argument(name, given) for name in asking.takes}
    except ValueError as error:
        raise stop(error, WRONG_USE) from None
    client = connect(given["profile"], given["timeout"])
    asked = (client, asking, given["slug"], arguments)
    finish(_ask_and_show(*asked, form, given["out"], bom=given["bom"]))


def _argument(name: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a method's argument
    if name == "range":
        return asked_range(given["chip"], given["start"], given["end"], given["tz"])
    if name == "window" and given[name] is not None:
        return dt.timedelta(seconds=given[name])
    return given[name]


async def _ask_and_show(
    client: LoguroClient,
    asking: Asking,
    slug: str,
    arguments: dict[str, Any],
    form: Form,
    out: Path | None,
    *,
    bom: bool,
) -> None:
    visitor = [arguments.pop("visitor_id")] if "visitor_id" in arguments else []
    given = {name: value for name, value in arguments.items() if value is not None}
    async with client:
        answer = await getattr(client.project(slug), asking.method)(*visitor, **given)
    await show(answer, form, out, bom=bom)
