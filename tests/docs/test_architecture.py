"""ARCHITECTURE.md names the modules that there are, in the layers that import-linter checks."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.docs.documents import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "loguro_async"
BLOCKS = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
# Beside the layers of the client, or not imported.
APART = {"__main__", "emulator"}


def layers(container: str) -> list[set[str]]:
    """Returns the layers of a contract in pyproject.toml, from top to bottom."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    (found,) = [one["layers"] for one in contracts if one.get("containers") == [container]]
    named = [set(layer.split(" | ")) - APART for layer in found]
    return [layer for layer in named if layer]


def shown(block: str) -> list[set[str]]:
    return [set(line.split(", ")) for line in block.splitlines()]


@pytest.mark.parametrize(
    ("container", "block"), [("loguro_async", BLOCKS[1]), ("loguro_async.pipeline", BLOCKS[2])]
)
def test_the_layers_are_those_of_the_import_contracts(container: str, block: str) -> None:
    assert shown(block) == layers(container)


def test_every_module_and_package_is_in_the_table() -> None:
    table = TEXT[TEXT.index("## Modules and packages") : TEXT.index("Imports point downwards")]
    first_cells = re.findall(r"^\|([^|]+)\|", table, re.MULTILINE)
    named = set(re.findall(r"`([\w.]+)/?`", "".join(first_cells)))
    there = {
        path.name
        for path in PACKAGE.iterdir()
        if (path / "__init__.py").exists() or path.suffix == ".py"
    }
    assert named == there - {"__init__.py", "__main__.py", "version.py"}


def test_every_module_on_the_path_of_a_call_exists() -> None:
    modules = re.findall(r"\b((?:pipeline/)?[\w/]+\.py)\b", BLOCKS[0])
    assert len(modules) > len("stages")
    assert [module for module in modules if not (PACKAGE / module).is_file()] == []
