"""The command ``loguro-async``; the extra ``[cli]`` installs what it needs."""

import sys

_OF_EXTRA = ("platformdirs", "rich", "typer")
_WRONG_USE = 2
_INTERRUPTED = 130


def main() -> None:
    """Runs the command line, or says in one line which extra is missing."""
    try:
        from loguro_async.cli.program import run  # noqa: PLC0415 - an optional part, loaded on use
    except ModuleNotFoundError as error:
        message = missing_extra(error)
        if message is None:
            raise
        sys.stderr.write(f"loguro-async: {message}\n")
        raise SystemExit(_WRONG_USE) from None
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
    run()


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """Returns what to install for a package of the extra; ``None`` for any other module."""
    package = (error.name or "").partition(".")[0]
    if package not in _OF_EXTRA:
        return None
    return f'the command line needs {package}: install "loguro-async[cli]"'
