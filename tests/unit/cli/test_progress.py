"""The progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.cli.progress import Bar

if TYPE_CHECKING:
    import pytest


def printed(capsys: pytest.CaptureFixture[str], total: int | None) -> str:
    with Bar("projects", 3, "projects") as bar:
        bar.show(1, 3, counted=1)
        bar.show(2, total, counted=2, errors=1)
    return capsys.readouterr().err


def test_without_a_terminal_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, 3) == ""


def test_a_terminal_sees_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    text = printed(capsys, 3)
    assert "2/3" in text
    assert "projects/s" in text
    assert "1 failed" in text


def test_an_unknown_total_is_accepted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Bar("projects", None, "projects") as bar:
        bar.show(2, None, counted=2)
    assert "2/?" in capsys.readouterr().err


def test_a_pause_is_printed_once_where_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("projects", 3, "projects") as bar:
        bar.show(1, 3, counted=1)
        bar.wait()
        bar.wait()
        bar.show(2, 3, counted=2)
        bar.wait()
    assert capsys.readouterr().err.splitlines() == [
        "waiting for the service; projects done: 1",
        "waiting for the service; projects done: 2",
    ]


def test_a_bar_shows_that_the_run_waits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with Bar("projects", 3, "projects") as bar:
        bar.show(1, 3, counted=1)
        bar.wait()
    assert "waiting for the service" in capsys.readouterr().err
