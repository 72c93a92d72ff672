"""The command ``loguro-async``; the extra ``[cli]`` installs what it needs."""

import sys

_STATUS_OF_WRONG_USE = 2


def main() -> None:
    """Run the command line, or say in one line which extra is missing."""
    try:
        from loguro_async.cli.app import run  # noqa: PLC0415 - an optional part, loaded on use
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in {"rich", "typer"}:
            raise
        sys.stderr.write(
            f'loguro-async: the command line needs {package}: install "loguro-async[cli]"\n'
        )
        raise SystemExit(_STATUS_OF_WRONG_USE) from None
    run()
