"""Reports as files, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from loguro_async.atomic_file import write_atomic
from loguro_async.errors import ConfigurationError
from loguro_async.report.html import to_html
from loguro_async.report.markdown import to_markdown
from loguro_async.report.render import environment

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from loguro_async.report.content import Report

_FORMS: Final[dict[str, Callable[[Report], str]]] = {
    ".html": to_html,
    ".htm": to_html,
    ".md": to_markdown,
    ".markdown": to_markdown,
}


def check_form(path: str | os.PathLike[str]) -> Path:
    """The path, whose ending says how a report is written there.

    Raises:
        ConfigurationError: The ending is of no form that a report has.
        ImportError: The extra ``[report]`` is missing.
    """
    checked = Path(path)
    if checked.suffix.lower() not in _FORMS:
        message = f"{str(path)!r} ends with none of {', '.join(_FORMS)}; choose one of them"
        raise ConfigurationError(message)
    environment()  # what is missing is told before anything is fetched
    return checked


def write(report: Report, path: str | os.PathLike[str]) -> Path:
    """Write a report as its ending says: ``.html`` or ``.md``. What was there before is replaced.

    The file is put in its place when it is whole, so nobody sees half of it.

    Raises:
        ConfigurationError: The ending is another one.
        ImportError: The extra ``[report]`` is missing.
        OSError: The file cannot be written.
    """
    target = check_form(path)
    text = _FORMS[target.suffix.lower()](report)
    write_atomic(target, text.encode())
    return target
