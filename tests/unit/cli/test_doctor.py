"""The output of ``loguro-async doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.cli.doctor import show, status_of
from loguro_async.doctor import CheckUp, Difference, EndpointCheck, Step
from loguro_async.endpoints import ENDPOINTS

if TYPE_CHECKING:
    import pytest

STEPS = (Step("origin", ok=True), Step("token", ok=True), Step("project", ok=True))


def found(*endpoints: EndpointCheck, ok: bool = True) -> CheckUp:
    return CheckUp(slug="local", ok=ok, requests=2, first_ms=12.5, steps=STEPS, endpoints=endpoints)


def printed(check: CheckUp, capsys: pytest.CaptureFixture[str]) -> list[str]:
    show(check, "table")
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_the_table_fits_forty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    slow = [EndpointCheck(one.name, ms=9_999.4, rows=50) for one in ENDPOINTS]
    asked = printed(found(*slow, EndpointCheck("visitor-sessions")), capsys)
    table = asked[3:-2]
    assert [line.split() for line in table[1:-1]] == [
        [one.name, "9,999", "50", "ok"] for one in ENDPOINTS
    ]
    assert table[-1].split() == ["visitor-sessions", "-", "-", "not", "called"]
    assert max(map(len, table)) <= 40


def test_each_thing_is_a_line_however_narrow_the_terminal_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = printed(
        found(
            EndpointCheck(
                "kpis", ms=1.0, failure="\x1b[2J it does not work, and this is a long line"
            ),
            EndpointCheck("visitor"),
            EndpointCheck(
                "timeseries",
                ms=1.0,
                rows=0,
                differences=(
                    Difference("bucket", "missing", expected="string"),
                    Difference("spark", "missing", expected="array", harmless=True),
                    Difference("count", "type", expected="whole number", found="string"),
                    Difference("tier", "new", found="string", harmless=True),
                    Difference("title", "unseen", expected="string", harmless=True),
                ),
            ),
            ok=False,
        ),
        capsys,
    )
    assert lines[-9:] == [
        "kpis: ?[2J it does not work, and this is a long line",
        "visitor: not called, because no event has a visitor id",
        "timeseries: no rows, whose fields could not be compared",
        "timeseries: field bucket (string) is missing",
        "timeseries: optional field spark (array) is missing",
        "timeseries: count is string, not whole number",
        "timeseries: new field tier (string)",
        "optional fields that no response had, which is no fault: 1 (--format json lists them)",
        "not all is well (2 requests)",
    ]


def test_notes_are_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    new = Difference("tier", "new", found="string", harmless=True)
    check = found(EndpointCheck("kpis", ms=1.0, differences=(new,)))
    assert printed(check, capsys)[4].split() == ["kpis", "1", "-", "ok,", "notes"]
    assert status_of(check) == 0


def test_a_failed_step_comes_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    check = CheckUp(
        slug="local",
        ok=False,
        requests=1,
        first_ms=None,
        steps=(
            Step("origin", ok=True),
            Step("token", ok=False, hint="make a new one"),
            Step("project", ok=None),
        ),
    )
    assert printed(check, capsys) == [
        "origin: works",
        "token: make a new one",
        "project: not known yet",
        "not all is well (1 request)",
    ]
    assert status_of(check) == 1
