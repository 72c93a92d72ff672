from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import loguro_async

OPTIONAL = {
    "loguro_async.emulator",
    "loguro_async.shared_cache",
    "loguro_async.shared_limits",
    "loguro_async.integrations.opentelemetry",
    "loguro_async.cli",
    "loguro_async.pytest_plugin",
}
FOREIGN = {
    "duckdb",
    "numpy",
    "opentelemetry",
    "pyarrow",
    "pytest",
    "redis",
    "rich",
    "tenacity",
    "typer",
}


def imported_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    return set(done.stdout.split())


def test_importing_the_client_imports_nothing_optional() -> None:
    imported = imported_by("from loguro_async import LoguroClient")
    assert "loguro_async.client" in imported
    assert imported & (OPTIONAL | FOREIGN) == set()


def test_every_name_is_there_at_its_first_use() -> None:
    code = "import loguro_async; [getattr(loguro_async, name) for name in loguro_async.__all__]"
    assert "loguro_async.streams.live" in imported_by(code)
    assert set(loguro_async.__all__) <= set(dir(loguro_async))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        getattr(loguro_async, "Nothing")  # noqa: B009 - checkers know that it is not there


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_optional_parts_live_in_modules_of_their_own(name: str) -> None:
    assert importlib.import_module(name).__name__ == name


def test_names_are_listed_in_order() -> None:
    dunder = [name for name in loguro_async.__all__ if name.startswith("__")]
    rest = [name for name in loguro_async.__all__ if name not in dunder]
    assert rest == sorted(rest)
    assert dunder == ["__version__"]


def test_names_are_imported_when_they_are_used() -> None:
    assert not {"aiohttp", "msgspec"} & imported_by("import loguro_async")
    assert set(loguro_async.__all__) <= set(dir(loguro_async))
    assert all(getattr(loguro_async, name) is not None for name in loguro_async.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Loguru'"):
        loguro_async.Loguru  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnusedExpression]  # noqa: B018


def test_each_name_is_the_one_that_checkers_see() -> None:
    tree = ast.parse(Path(str(loguro_async.__file__)).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    seen = {name.name: node.module for node in imports for name in node.names}
    assert seen.keys() >= set(loguro_async.__all__)
    for name in loguro_async.__all__:
        defined = vars(importlib.import_module(str(seen[name])))[name]
        assert getattr(loguro_async, name) is defined


def test_the_version_has_three_parts() -> None:
    major, minor, patch = loguro_async.__version__.split(".")
    assert all(part.isdecimal() for part in (major, minor, patch[:1]))


def test_types_are_known_to_checkers() -> None:
    assert (Path(str(loguro_async.__file__)).parent / "py.typed").is_file()
