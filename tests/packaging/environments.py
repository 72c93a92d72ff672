"""Environments as pip makes them: the wheel, the requirements of one extra, and nothing else.

Nothing is downloaded: what is installed for development is linked file by file, as far as the
metadata of the wheel, and of all that it needs, say that it belongs there. Python runs with ``-S``,
so that it sees no other installed package.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN: Final = "loguro-async"

_OF_DISCORD = "ignore:'audioop' is deprecated:DeprecationWarning"  # discord.py imports it


def wheel_in(unpacked: Path) -> Distribution:
    """The metadata of the unpacked wheel."""
    (folder,) = unpacked.glob("*.dist-info")
    return PathDistribution(folder)


def needed(wheel: Distribution, extra: str) -> dict[str, Distribution]:
    """All that must be there beside the wheel with this extra, by name."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(OWN, extra), (OWN, "")]
    while waiting:
        name, chosen = waiting.pop()
        if (name, chosen) in seen:
            continue
        seen.add((name, chosen))
        if name != OWN and name not in found:
            found[name] = distribution(name)
        asks = requirements(wheel if name == OWN else found[name], chosen)
        for requirement in asks:
            child = canonicalize_name(requirement.name)
            waiting += [(child, wanted) for wanted in ("", *requirement.extras)]
    return found


def requirements(distribution: Distribution, extra: str) -> Iterator[Requirement]:
    """Yields the requirements of a distribution on this Python, for an extra or none."""
    for text in distribution.requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def install(unpacked: Path, extra: str, folder: Path) -> Path:
    """Put the wheel and what it needs with this extra into a folder of packages."""
    _link(sorted(path for path in unpacked.rglob("*") if path.is_file()), unpacked, folder)
    for found in needed(wheel_in(unpacked), extra).values():
        root = Path(str(found.locate_file("")))
        inside = [file for file in found.files or [] if ".." not in file.parts]
        _link([root / file for file in inside], root, folder)
    return folder


def _link(files: list[Path], root: Path, folder: Path) -> None:
    for file in files:
        there = folder / file.relative_to(root)
        there.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not there.exists():
            there.symlink_to(file)


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the packages of this folder are all that is installed."""
    inherited = {"HOME", "LANG", "PATH", "TMPDIR"}
    return subprocess.run(
        [sys.executable, "-S", "-W", "error", "-W", _OF_DISCORD, *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name in inherited}
        | {"PYTHONPATH": os.fspath(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
