"""The archive of the sources: whole, clean, and good for the very same wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from loguro_async import __version__

ROOT = Path(__file__).parents[2]
# What a checkout has, and what only a working copy has.
PARTS = {
    *(".ci", ".github", ".gitignore", "LICENSE", "Makefile", "PKG-INFO", "README.md"),
    *("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "mkdocs.yml"),
    *("benchmarks", "constraints.txt", "docs", "fuzz", "loguro_async", "pyproject.toml"),
    *("tests", "typings"),
}


def build(what: str, source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "build", what, "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("--sdist", ROOT, tmp_path_factory.mktemp("sdist"))


def test_its_name_has_the_version(sdist: Path) -> None:
    assert sdist.name == f"loguro_async-{__version__}.tar.gz"


def test_it_holds_a_checkout_and_nothing_of_a_working_copy(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        paths = [PurePosixPath(name).relative_to(sdist.name[:-7]) for name in archive.getnames()]
    assert {path.parts[0] for path in paths} - {"examples"} == PARTS
    assert [path for path in paths if path.suffix == ".pyc" or "__pycache__" in path.parts] == []


def test_it_makes_the_same_wheel_as_the_sources(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "sources", filter="data")
    again = build("--wheel", tmp_path / "sources" / sdist.name[:-7], tmp_path / "wheel")
    assert again.name == wheel.name
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert {file.filename: file.CRC for file in first.infolist()} == {
            file.filename: file.CRC for file in second.infolist()
        }


def test_a_package_index_takes_both(sdist: Path, wheel: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel)],
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2
