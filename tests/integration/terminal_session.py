"""Runs commands one after the other in one process, whose terminal shows what each writes.

``python -m tests.integration.terminal_session`` reads them as JSON from its argument: a list of
lists of arguments. After each it prints a line with its exit status.
"""

from __future__ import annotations

import json
import sys

from loguro_async.cli import program

END = "-- ended with"


def main() -> None:
    commands: list[list[str]] = json.loads(sys.argv[1])
    for arguments in commands:
        status: object = None
        try:
            program.run(arguments)
        except SystemExit as ended:
            status = ended.code
        print(END, status, flush=True)  # noqa: T201 - for the test that runs this


if __name__ == "__main__":
    main()
