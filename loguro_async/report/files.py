"""Reports as files, complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from loguro_async.atomic_file import AtomicFile, write_atomic
from loguro_async.errors import ConfigurationError
from loguro_async.report.html import to_html
from loguro_async.report.markdown import to_markdown
from loguro_async.report.templates import environment

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from loguro_async.report.model import Report

_FORMS: Final[dict[str, Callable[[Report], str]]] = {
    ".html": to_html,
    ".htm": to_html,
    ".md": to_markdown,
    ".markdown": to_markdown,
}


def check_form(path: str | os.PathLike[str]) -> Path:
    """Returns the path of a report, after checking all that can be checked before fetching.

    Raises:
        ConfigurationError: The extension is of no format that a report has.
        ImportError: The extra ``[report]`` is missing.
        OSError: The folder is missing or cannot be written to, or the path is no regular file.
    """
    checked = Path(path)
    _form(checked)
    environment()
    AtomicFile(checked).discard()
    return checked


def write(report: Report, path: str | os.PathLike[str]) -> Path:
    """Writes a report in the format of the path's extension, ``.html`` or ``.md``.

    An existing file is replaced when the new one is complete.

    Raises:
        ConfigurationError: The extension is another one.
        ImportError: The extra ``[report]`` is missing.
        OSError: The file cannot be written.
    """
    target = Path(path)
    write_atomic(target, _form(target)(report).encode())
    return target


def _form(path: Path) -> Callable[[Report], str]:
    try:
        return _FORMS[path.suffix.lower()]
    except KeyError:
        message = f"a report is a file with the extension {', '.join(_FORMS)}, got {str(path)!r}"
        raise ConfigurationError(message) from None
