"""The exit statuses of the commands.

0: done. 1: failed. 2: wrong use. 3: a part failed. 128 and the number of a signal: stopped by it.
141: the reader of standard output closed it.
"""

from __future__ import annotations

from typing import Final

from loguro_async.errors import LoguroError

FAILED: Final = 1
WRONG_USE: Final = 2
SOME_FAILED: Final = 3
CLOSED_PIPE: Final = 141
SIGNALLED: Final = 128
"""Added to the number of a signal: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP."""


class UnfinishedError(LoguroError):
    """The work ended early, after a part of it was done and saved."""
