"""Reports that a library of an optional part is not installed."""

from __future__ import annotations


def missing_extra(part: str, extra: str, error: ImportError) -> ImportError:
    """Returns the error of a part whose library cannot be imported, naming what to install.

    Args:
        part: What needs the library, such as ``"loguro_async.integrations.slack"``.
        extra: The extra that installs it.
        error: The error of the import.
    """
    message = f'{part} needs an extra: pip install "loguro-async[{extra}]"'
    return ImportError(message, name=error.name)
