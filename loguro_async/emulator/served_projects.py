"""The projects that an emulator serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.parquet_folder import SLUG, ParquetFolder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DEFAULT: Final = "local"


def served_projects(given: Iterable[str] | None, data: Path | None) -> tuple[str, ...]:
    """Returns the slugs to serve: those given, else those that `data` has, else `local`.

    Raises:
        ValueError: There are none, or one is no slug.
    """
    if given is None:
        found = () if data is None else ParquetFolder.scan(data).slugs
        return found or (_DEFAULT,)
    slugs = tuple(dict.fromkeys(slug_tuple(given)))
    if not slugs:
        message = "projects is empty: pass at least one slug"
        raise ValueError(message)
    for slug in slugs:
        if not SLUG.fullmatch(slug):
            message = f"project {slug!r} is no slug: use letters, digits, '-', '_' and '.'"
            raise ValueError(message)
    return slugs


def slug_tuple(slugs: Iterable[str]) -> tuple[str, ...]:
    """Returns slugs as a tuple; a single one may come as text."""
    return (slugs,) if isinstance(slugs, str) else tuple(slugs)
