"""Workflows at the host of the repository: pinned, with few rights, and the same as locally."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from loguro_async import __version__

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def read(name: str) -> dict[Any, Any]:  # YAML takes the key `on` for true
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    return cast("dict[Any, Any]", yaml.safe_load(text))


def tagged(tree: Path, tag: str, *, changes: str) -> subprocess.CompletedProcess[str]:
    """Run the release's script in a tree of its own, where `make` and the checks only say so."""
    (tree / ".ci").mkdir()
    (tree / "loguro_async").mkdir()
    shutil.copy(ROOT / ".ci" / "release", tree / ".ci")
    shutil.copy(ROOT / "loguro_async" / "version.py", tree / "loguro_async")
    (tree / ".ci" / "run").write_text("echo checked\n")
    (tree / "Makefile").write_text("dist:\n\t@echo built\n")
    (tree / "CHANGELOG.md").write_text(changes)
    command = ["bash", str(tree / ".ci" / "release"), tag]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_both_workflows_were_found() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    uses = [line.strip().removeprefix("- ") for line in lines if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read(path: Path) -> None:
    assert read(path.name)["permissions"] == {"contents": "read"}


def test_only_the_job_that_publishes_may_prove_who_it_is() -> None:
    jobs = read("release.yml")["jobs"]
    assert {name: job.get("permissions") for name, job in jobs.items()} == {
        "build": None,
        "publish": {"id-token": "write"},
    }
    assert jobs["publish"]["environment"] == "release"
    assert jobs["publish"]["needs"] == "build"


def test_no_workflow_knows_a_secret() -> None:
    assert [path.name for path in WORKFLOWS if "secrets." in path.read_text("utf-8")] == []


def test_every_supported_python_is_checked() -> None:
    checked = read("ci.yml")["jobs"]["check"]["strategy"]["matrix"]["python"]
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert checked == re.findall(r'"Programming Language :: Python :: (3\.\d+)"', metadata)


def test_ci_runs_what_runs_at_home() -> None:
    steps = read("ci.yml")["jobs"]["check"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["bash .ci/run"]


def test_a_tag_that_agrees_is_checked_and_built(tmp_path: Path) -> None:
    done = tagged(tmp_path, f"v{__version__}", changes=f"## [{__version__}] - 2026-06-11\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if "make" not in line] == ["checked", "built"]


def test_a_tag_of_another_version_releases_nothing(tmp_path: Path) -> None:
    done = tagged(tmp_path, "v9.9.9", changes="## [9.9.9] - 2026-06-11\n")
    assert done.returncode == 1
    assert f"the tag is v9.9.9, but loguro_async/version.py says {__version__}" in done.stderr
    assert done.stdout == ""


def test_a_release_without_a_change_log_releases_nothing(tmp_path: Path) -> None:
    done = tagged(tmp_path, f"v{__version__}", changes="## [Unreleased]\n")
    assert done.returncode == 1
    assert f"CHANGELOG.md has no section '## [{__version__}] - <date>'" in done.stderr
    assert done.stdout == ""
