"""Help as plain text for terminals of any width: groups of commands, defaults and examples."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TYPE_CHECKING, Any, Final

import typer.core

from loguro_async.cli.signals import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Pairs = Sequence[tuple[str, str]]

_MOST_COLUMNS: Final = 100
_LEAST_COLUMNS: Final = 30
_WIDEST_NAME: Final = 26
_NARROW: Final = 60
_MARGIN: Final = "  "
_PLAIN: Final = (
    (re.compile(r"\bx>=(\S+?)(?=[;\]])"), r"\1 or more"),
    (re.compile(r"(\S+?)<=x<=(\S+?)(?=[;\]])"), r"\1 to \2"),
    (re.compile(r"\[default: \(([^)]*)\)"), r"[default: \1"),
)


class _PlainHelp:
    """A mixin for commands with fast help and completion.

    Typer's own help takes twice as long in its rich form, and does not fit a narrow terminal in
    its plain form.
    """

    def parse_args(self: Any, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - Typer's own types
        """Parses arguments without converting defaults, which takes long in Typer."""
        for parameter in self.get_params(ctx):
            if ctx.resilient_parsing:  # that is, for completion
                parameter.process_value = _unchanged
            elif parameter.default is None and getattr(parameter, "is_flag", False):
                parameter.default = False
        parser: Any = super()
        return parser.parse_args(ctx, args)

    def format_help(self: Any, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's own types
        """Writes the help."""
        width = min(max(shutil.get_terminal_size().columns, _LEAST_COLUMNS), _MOST_COLUMNS)
        formatter.write("\n\n".join(_sections(self, ctx, width)) + "\n")


class ShellCommand(_PlainHelp, typer.core.TyperCommand):
    """A command."""


class ShellProgram(_PlainHelp, typer.core.TyperGroup):
    """The program, which has all commands."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own types
        """Runs a command.

        Raises:
            StoppedError: A signal came. Typer would exit without a message.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise StoppedError from None


def add_command(
    app: typer.Typer,
    function: Callable[..., object],
    group: str,
    *,
    name: str | None = None,
    about: str | None = None,
    example: str | None = None,
) -> None:
    """Adds a command to the program.

    Args:
        app: The program.
        function: The command; its parameters are the options.
        group: The title of its group in the help.
        name: The name; by default that of the function.
        about: The description; by default the docstring of the function.
        example: A command line to show as an example.
    """
    epilog = f"Example:\n  {example}" if example else None
    app.command(name, cls=ShellCommand, help=about, epilog=epilog, rich_help_panel=group)(function)


def _unchanged(_context: object, value: object) -> object:
    return value


def _sections(command: Any, context: Any, width: int) -> Iterator[str]:  # noqa: ANN401 - see above
    # Typer writes {SLUG}, with braces that are not usual in help.
    pieces = " ".join(command.collect_usage_pieces(context)).replace("{", "").replace("}", "")
    yield _filled(f"Usage: {context.command_path} {pieces}", width, indent="    ")
    for paragraph in (command.help or "").split("\n\n"):
        yield _filled(" ".join(paragraph.split()), width)
    for title, pairs in _lists(command, context).items():
        yield "\n".join([f"{title}:", *_table(pairs, width)])
    if command.epilog:
        yield command.epilog


def _lists(command: Any, context: Any) -> Mapping[str, Pairs]:  # noqa: ANN401 - see above
    """Returns arguments, commands by their groups, and options: name and description of each."""
    found: dict[str, list[tuple[str, str]]] = {}
    commands = getattr(command, "commands", {})
    for name, each in commands.items():
        found.setdefault(each.rich_help_panel, []).append((name, each.help.partition("\n")[0]))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            title = "Arguments" if parameter.param_type_name == "argument" else "Options"
            name, description = record
            found.setdefault(title, []).append((name.removesuffix(" <str>"), _plain(description)))
    return found


def _plain(description: str) -> str:
    """Returns a description with its bounds and defaults in plain words."""
    for pattern, replacement in _PLAIN:
        description = pattern.sub(replacement, description)
    return description


def _table(pairs: Pairs, width: int) -> Iterator[str]:
    """Yields names with descriptions to the right, or below in a narrow terminal."""
    names = [len(name) for name, _ in pairs if len(name) <= _WIDEST_NAME]
    column = len(_MARGIN) * 2 + max(names, default=0)
    if width < _NARROW and column > width // 3:
        column = len(_MARGIN) * 2
    indent = " " * column
    for name, description in pairs:
        start = f"{_MARGIN}{name}{_MARGIN}"
        if len(start) <= column:
            yield _filled(description, width, indent, start.ljust(column))
        else:
            yield _filled(name, width, indent, _MARGIN)
            yield _filled(description, width, indent, indent)


def _filled(text: str, width: int, indent: str = "", first: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
