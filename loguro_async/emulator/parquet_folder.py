"""Finds the Parquet files of ``LoguroEmulator(data=…)``, and the project of each."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SLUG: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")

_SUFFIXES: Final = frozenset({".parquet", ".parq", ".pq"})
_PROJECT: Final = "project="


@dataclass(frozen=True, slots=True)
class ParquetFolder:
    """The Parquet files below a folder, or a single file.

    Attributes:
        path: The folder, or the file.
        by_project: The files below a folder `project=SLUG`, by slug.
        others: The files that lie elsewhere.
        is_used: Whether the folder holds anything, hidden files aside.
    """

    path: Path
    by_project: dict[str, list[Path]]
    others: list[Path]
    is_used: bool

    @classmethod
    def scan(cls, path: Path) -> ParquetFolder:
        """Finds the files; a folder that does not exist has none.

        Raises:
            ValueError: A path that looks like a Parquet file does not exist.
        """
        if path.is_file():
            return cls._sorted(path, [path], is_used=True)
        if path.suffix.lower() in _SUFFIXES and not path.exists():
            message = f"the file {path} does not exist"
            raise ValueError(message)
        is_used = path.exists() and any(not _is_hidden(entry.name) for entry in path.iterdir())
        return cls._sorted(path, sorted(_parquet_files(path)), is_used=is_used)

    @classmethod
    def _sorted(cls, path: Path, files: list[Path], *, is_used: bool) -> ParquetFolder:
        """Sorts files by their projects."""
        by_project: dict[str, list[Path]] = {}
        others: list[Path] = []
        for file in files:
            project = _project(file)
            (others if project is None else by_project.setdefault(project, [])).append(file)
        return cls(path, by_project, others, is_used)

    @property
    def files(self) -> list[Path]:
        """All files."""
        return [*self.others, *(file for files in self.by_project.values() for file in files)]

    @property
    def slugs(self) -> tuple[str, ...]:
        """The projects that folders `project=SLUG` name."""
        return tuple(slug for slug in self.by_project if SLUG.fullmatch(slug))

    def assign(self, slugs: tuple[str, ...]) -> dict[str, list[Path]]:
        """Returns the files of each project that is served.

        A file outside the folders `project=SLUG` belongs to the project that is the name of one of
        its folders, or to the only project.

        Raises:
            ValueError: There are several projects, and a file could belong to any of them.
        """
        files = {slug: list(self.by_project.get(slug, ())) for slug in slugs}
        for file in self.others:
            folders = file.relative_to(self.path).parts[:-1]
            owner = slugs[0] if len(slugs) == 1 else next(filter(files.__contains__, folders), None)
            if owner is None:
                message = (
                    f"{file} could belong to any of {', '.join(slugs)}: "
                    "move it into a folder project=SLUG, or serve one project"
                )
                raise ValueError(message)
            files[owner].append(file)
        return files

    def check_servable(self) -> None:
        """Checks that a folder with files has Parquet files among them.

        Raises:
            ValueError: It has none: events of another format would be passed over silently.
        """
        if self.is_used and not self.files:
            message = (
                f"{self.path} holds files, and none of them is Parquet: pass a folder with "
                ".parquet files, or a new one to store generated events"
            )
            raise ValueError(message)


def _parquet_files(folder: Path) -> Iterator[Path]:
    """Yields the files below a folder, but for hidden ones and the notes of other programs."""
    visited: set[str] = set()
    for home, folders, names in os.walk(folder, followlinks=True):
        visited.add(os.path.realpath(home))
        folders[:] = [
            name
            for name in sorted(folders)
            if not _is_hidden(name) and os.path.realpath(Path(home, name)) not in visited
        ]
        for name in names:
            if Path(name).suffix.lower() in _SUFFIXES and not _is_hidden(name):
                yield Path(home, name)


def _is_hidden(name: str) -> bool:
    """Whether readers of whole folders pass over a name."""
    return name.startswith((".", "_"))


def _project(file: Path) -> str | None:
    """Returns the project that the nearest folder `project=SLUG` of a path names."""
    named = (part for part in file.parts[-2::-1] if part.startswith(_PROJECT))
    return next(named, "").removeprefix(_PROJECT) or None
