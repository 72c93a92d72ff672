"""Files that the host of the repository reads, and packages that make installs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FORMS = sorted(
    path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"
)
METADATA: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS: dict[str, list[str | dict[str, str]]] = METADATA["dependency-groups"]


def read(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))


def members(group: str) -> set[str]:
    entries = GROUPS[group]
    included = [entry["include-group"] for entry in entries if not isinstance(entry, str)]
    own = {entry for entry in entries if isinstance(entry, str)}
    return own.union(*map(members, included))


def test_the_forms_for_issues_were_found() -> None:
    assert [path.stem for path in FORMS] == ["bug", "idea"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_the_necessary_fields(path: Path) -> None:
    form = read(path)
    assert form.keys() == {"name", "description", "labels", "body"}
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert any(field.get("validations", {}).get("required") for field in asked)
    ids = [field["id"] for field in asked]
    assert len(ids) == len(set(ids))


def test_updates_are_proposed_for_packages_and_actions() -> None:
    updates: list[dict[str, Any]] = read(ROOT / ".github" / "dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip"}


def test_every_file_has_an_owner() -> None:
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("* @")] != []


def test_the_group_for_development_has_every_other_group() -> None:
    assert GROUPS.keys() == {"checks", "dev", "docs", "pytest", "setup", "tests"}
    assert members("dev") == set().union(*map(members, GROUPS))


def test_no_extra_is_named_like_a_group() -> None:
    assert GROUPS.keys().isdisjoint(METADATA["project"]["optional-dependencies"])


def test_what_make_installs_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines}
    needed = {canonicalize_name(Requirement(member).name) for member in members("dev")}
    assert needed
    assert needed <= pinned
