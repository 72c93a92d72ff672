"""The built wheel: what is in it, and that it works away from its sources."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from loguro_async import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture
def distribution(unpacked: Path) -> Distribution:
    (folder,) = unpacked.glob("*.dist-info")
    return PathDistribution(folder)


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    inside = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    package = ROOT / "loguro_async"
    files = {path for path in package.rglob("*") if path.is_file()}
    sources = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert inside == sources
    assert "loguro_async/py.typed" in sources


def test_its_metadata_says_what_it_is(distribution: Distribution) -> None:
    metadata = distribution.metadata
    assert metadata["Name"] == "loguro-async"
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert (distribution.read_text("licenses/LICENSE") or "").startswith("MIT License")


def test_the_core_needs_four_packages_and_a_time_zone_database(
    distribution: Distribution,
) -> None:
    needed = [one for one in distribution.requires or [] if "extra ==" not in one]
    everywhere = {one.split(">")[0] for one in needed if ";" not in one}
    (database,) = (one for one in needed if ";" in one)
    assert everywhere == {"aiohttp", "cachetools", "msgspec", "tenacity"}
    assert database.startswith("tzdata")
    assert "sys_platform == 'win32'" in database.replace('"', "'")


def test_it_brings_a_command_and_a_pytest_plugin(distribution: Distribution) -> None:
    assert {(point.group, point.name, point.value) for point in distribution.entry_points} == {
        ("console_scripts", "loguro-async", "loguro_async.cli:main"),
        ("pytest11", "loguro_async", "loguro_async.pytest_plugin"),
    }


def test_it_is_what_python_imports(outside: Path, unpacked: Path) -> None:
    where = run("-c", "import loguro_async; print(loguro_async.__file__)")
    assert Path(where.strip()) == unpacked / "loguro_async" / "__init__.py"


def test_its_import_loads_nothing_optional(outside: Path) -> None:
    loaded = run("-c", "import sys, loguro_async; print(*sys.modules)").split()
    optional = {
        *("aiogram", "babel", "dask", "discord", "distributed", "duckdb", "fastapi", "jinja2"),
        *("litestar", "mcp", "numpy", "opentelemetry", "pandas", "pyarrow", "pytest", "redis"),
        *("rich", "slack_bolt", "starlette", "tenacity", "typer", "vl_convert"),
    }
    assert optional.isdisjoint(loaded)
    assert "loguro_async.emulator" not in loaded


def test_its_demo_runs(outside: Path) -> None:
    assert "Bounce rate" in run("-m", "loguro_async", "demo", "--events", "500")


def test_its_fixtures_work_in_a_user_s_tests(outside: Path) -> None:
    (outside / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    (outside / "test_mine.py").write_text(
        "async def test_mine(loguro_project):\n"
        "    assert int(await loguro_project.count(range='all')) > 0\n"
    )
    assert "1 passed" in run("-m", "pytest", "-q")


def test_pip_installs_it_with_its_command(wheel: Path, tmp_path: Path) -> None:
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    # pip's own warnings are not this package's.
    run("-W", "ignore", "-m", "pip", "install", *options, "--target", str(tmp_path), str(wheel))
    assert (tmp_path / "bin" / "loguro-async").is_file()
    assert (tmp_path / "loguro_async" / "py.typed").is_file()
