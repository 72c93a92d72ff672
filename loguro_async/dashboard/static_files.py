"""The style and the script, at addresses that change with their content."""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loguro_async.dashboard.http import PLAIN, Reply
from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

THEME_FILE: Final = "theme.css"

_FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
}
_NAME: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_VALUE: Final = re.compile(r"[#A-Za-z0-9.,%()\- '\"]+")
_IMMUTABLE: Final = "public, max-age=31536000, immutable"


def static_url(name: str) -> str:
    """Returns the address of a file below the mount, with the version of its content."""
    return f"static/{name}?v={_digest(_content(name))}"


def static_reply(name: str, version: str, known: str) -> Reply:
    """Returns a file.

    Args:
        name: The file's name.
        version: The version in the address; a reply of the current version never expires.
        known: The entity tags of the ``If-None-Match`` header.
    """
    if name not in _TYPES:
        return Reply(404, b"There is no such file.\n", PLAIN)
    return _reply(_content(name), _TYPES[name], version, known)


class Theme:
    """The host's colours, as a style sheet.

    Args:
        variables: CSS variables without their prefix, such as ``{"accent": "#7c3aed"}``.

    Raises:
        ConfigurationError: A name or a value is wrong.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
                message = (
                    "theme must map names of CSS variables to values, such as "
                    f"{{'accent': '#7c3aed'}}, got {name!r}: {value!r}"
                )
                raise ConfigurationError(message)
        rules = "".join(f"--loguro-{name}:{value};" for name, value in variables.items())
        self._content = f":root{{{rules}}}".encode() if rules else b""

    @property
    def url(self) -> str:
        """The address below the mount; empty where the host has no colours."""
        return f"static/{THEME_FILE}?v={_digest(self._content)}" if self._content else ""

    def reply(self, version: str, known: str) -> Reply:
        """Returns the style sheet; the arguments are those of ``static_reply``."""
        return _reply(self._content, _TYPES["dashboard.css"], version, known)


def _reply(content: bytes, content_type: str, version: str, known: str) -> Reply:
    digest = _digest(content)
    # During an upgrade, an old server may be sent the version of a new file.
    caching = _IMMUTABLE if version == digest else "no-cache"
    headers = {"Cache-Control": caching, "ETag": f'"{digest}"'}
    if f'"{digest}"' in known:
        return Reply(304, headers=headers, content_type=content_type)
    return Reply(body=content, content_type=content_type, headers=headers)


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@cache
def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()
