"""README shows what its code prints, names every extra, and works away from the repository."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import pytest

from loguro_async.emulator import LoguroEmulator
from tests.docs.documents import ROOT, blocks
from tests.docs.test_python_blocks import run

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
RAW = REPOSITORY.replace("https://github.com", "https://raw.githubusercontent.com")


def test_the_code_prints_the_output_below_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = (block for block in blocks("python") if block.page.name == "README.md")
    (output,) = (block for block in blocks("text") if block.page.name == "README.md")
    with LoguroEmulator(events=20_000, seed=7, now=datetime(2026, 6, 15, 12, tzinfo=UTC)) as loguro:
        monkeypatch.setenv("LOGURO_PAT", loguro.token)
        monkeypatch.setenv("LOGURO_BASE_URL", loguro.base_url)
        run(code)
    assert capsys.readouterr().out == output.code


def test_every_extra_is_named() -> None:
    named = set(re.findall(r"`\[(\w+)\]`", README))
    only_others = {"demo", "frameworks", "rate"}
    assert named == PROJECT["optional-dependencies"].keys() - only_others


def test_every_link_works_on_a_package_index() -> None:
    links = re.findall(r"(?:\]\(|src=\")([^)\"]+)", README)
    own = [link for link in links if "/loguro-async/" in link]
    assert len(own) >= 5
    assert [link for link in links if not link.startswith("https://")] == []
    for link in own:
        path = re.sub(rf"^({re.escape(REPOSITORY)}/blob|{re.escape(RAW)})/main/", "", link)
        assert (ROOT / path).is_file(), link


def test_the_metadata_links_to_the_same_repository() -> None:
    assert PROJECT["urls"].keys() >= {"Changelog", "Documentation", "Issues", "Repository"}
    assert [url for url in PROJECT["urls"].values() if not url.startswith(REPOSITORY)] == []


def test_the_two_commands_for_a_clone_are_there() -> None:
    assert "make demo" in README
    assert "make test" in README


@pytest.mark.parametrize("word", ["**unofficial**", "**not** [`loguru`]"])
def test_the_readme_says_what_the_package_is_not(word: str) -> None:
    assert word in README
