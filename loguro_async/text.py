"""Makes text of the service, or of a library, safe to show in messages and log lines."""

from __future__ import annotations

import re
from typing import Final

# ECMA-48: control sequences (CSI), operating system commands and other strings (OSC, DCS, PM, APC,
# SOS), and escapes of two characters. The strings end at BEL or at ST.
_ESCAPE_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)


def printable(text: str, limit: int) -> str:
    """Returns the text on one line, without characters that act instead of showing.

    Removed are the escape sequences of terminals, control characters, marks that turn the
    direction of writing, and other characters that ``str.isprintable`` refuses. Line breaks and
    other white space become single spaces.

    Args:
        text: Any text.
        limit: The most characters to return.
    """
    words = _ESCAPE_SEQUENCE.sub("", text).split()
    return "".join(filter(str.isprintable, " ".join(words)))[:limit]
