"""The file of ``batch --retry-failed``: the projects without a response, a slug in each line.

A comment in its first line says which query they are for. Users may edit the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.atomic_file import AtomicFile, write_atomic
from loguro_async.cli.input import open_text
from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_QUERY: Final = "# query: "


def is_listed(path: Path | None) -> bool:
    """Whether a file lists failed projects of an earlier run."""
    return path is not None and path.exists() and path.stat().st_size > 0


def check_writable(path: Path) -> None:
    """Checks that a file can be written, without changing it.

    Raises:
        OSError: It cannot be written.
    """
    AtomicFile(path).discard()


def check_query(path: Path, query: str) -> None:
    """Checks that the projects of a list failed for the same query, where the list names one.

    Args:
        path: The list.
        query: The query of this run, as options.

    Raises:
        InvalidQueryError: The list names another query.
    """
    with open_text(path) as lines:
        named = [line.removeprefix(_QUERY).strip() for line in lines if line.startswith(_QUERY)]
    for other in named:
        if other != query:
            message = (
                f"{path} lists the projects that failed for `{other}`, but this run has `{query}`; "
                "give the same options, or another --out and --retry-failed"
            )
            raise InvalidQueryError(message)


def write_list(path: Path, query: str, slugs: Iterable[str]) -> None:
    """Lists the projects without a response; removes the file if there are none.

    Args:
        path: The list.
        query: The query that they failed for, as options.
        slugs: The projects.

    Raises:
        OSError: The file cannot be written.
    """
    lines = "".join(f"{slug}\n" for slug in slugs)
    if lines:
        write_atomic(path, f"{_QUERY}{query}\n{lines}".encode())
    else:
        path.unlink(missing_ok=True)
