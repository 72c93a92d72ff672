"""Checks the parts of a request's path: slugs, visitor ids and paths of endpoints."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category
from urllib.parse import quote

from loguro_async.checks import exact_str
from loguro_async.errors import InvalidQueryError

# Unreserved characters only: no path, proxy or URL library gives them a meaning.
_SLUG: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,255}\Z")
_SEPARATORS: Final = frozenset("/\\%")
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LONGEST: Final = 1024


def check_slug(slug: object) -> str:
    """Returns a project slug as a plain ``str``.

    Raises:
        InvalidQueryError: It holds anything but letters, digits and ``-``, ``_``, ``.``, ``~``; or
            it is empty, ``.``, ``..`` or too long.
    """
    if isinstance(slug, str) and _SLUG.match(exact := exact_str(slug)):
        return exact
    message = (
        "project slug must hold only letters, digits, '-', '_', '.' and '~', and must not be "
        f"empty, '.', '..' or longer than 255 characters, got {slug!r}"
    )
    raise InvalidQueryError(message)


def check_visitor_id(visitor_id: object) -> str:
    """Returns a visitor id as a plain ``str``; ids are opaque, and sent percent-encoded.

    Raises:
        InvalidQueryError: A proxy could make another path of it, or it is empty.
    """
    if isinstance(visitor_id, str):
        exact = exact_str(visitor_id)
        if _is_safe_segment(exact) and not _SEPARATORS & set(exact):
            return exact
    message = (
        "visitor id must not be empty, '.' or '..', longer than 1,024 characters, or hold '/', "
        f"'\\', '%' or control characters, got {visitor_id!r}"
    )
    raise InvalidQueryError(message)


def endpoint_path(path: object) -> str:
    """Returns a path below the project, encoded, with a slash in front; ``""`` for the project.

    Raises:
        InvalidQueryError: The path leaves the project, or has characters with a meaning in a URL.
    """
    segments = exact_str(path).strip("/").split("/") if isinstance(path, str) else [".."]
    if segments == [""]:
        return ""
    if not all(_is_safe_segment(part) and not set("\\%?#") & set(part) for part in segments):
        message = (
            "path must be one below the project, such as 'top-pages', without '.', '..', '?', "
            f"'#', '%' or control characters, got {path!r}"
        )
        raise InvalidQueryError(message)
    return "".join(f"/{quote(part, safe='')}" for part in segments)


def _is_safe_segment(text: str) -> bool:
    return (
        bool(text.strip())
        and text not in {".", ".."}
        and len(text) <= _LONGEST
        and not any(category(character) in _UNSAFE_CATEGORIES for character in text)
    )
