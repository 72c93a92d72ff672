"""Standard streams that are closed, full, or cannot show a character."""

from __future__ import annotations

import io
import sys

import pytest

from loguro_async.cli.standard_streams import (
    OutputError,
    can_show,
    guarded_streams,
    open_standard_input,
    write_line,
    write_message,
    write_output,
)


class Broken(io.BytesIO):
    """A stream whose every write fails."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _body: object, /) -> int:
        raise self.error


def written(text: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    body = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(body, encoding))
    with guarded_streams():
        write_line(text)
    return body.getvalue()


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "\N{EN DASH} … → café 日本 ▲"),
        ("cp1252", "\N{EN DASH} … > café ?? ^"),
        ("latin-1", "- ... > café ?? ^"),
        ("cp437", "- ... > café ?? ^"),
        ("ascii", "- ... > caf? ?? ^"),
    ],
)
def test_characters_that_an_encoding_lacks_are_replaced(
    encoding: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert written("\N{EN DASH} … → café 日本 ▲", encoding, monkeypatch) == f"{shown}\n".encode(
        encoding
    )


def test_what_can_be_shown_depends_on_the_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "cp437"))
    assert can_show("café")
    assert not can_show("▁")


@pytest.mark.parametrize(
    ("error", "is_closed_pipe"), [(BrokenPipeError(), True), (OSError(), False)]
)
def test_failed_output_has_an_error_of_its_own(
    error: OSError, *, is_closed_pipe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(Broken(error), "utf-8"))
    with guarded_streams():
        with pytest.raises(OutputError) as caught:
            write_line("a")
        assert caught.value.is_closed_pipe is is_closed_pipe
        with pytest.raises(OutputError) as caught:
            write_output(b"a")
        assert caught.value.is_closed_pipe is is_closed_pipe


def test_closed_output_fails_only_where_it_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with guarded_streams():
        assert not sys.stdout.isatty()
        with pytest.raises(OutputError, match="it is closed"):
            write_output(b"a")
    assert sys.stdout is None


@pytest.mark.parametrize("stderr", [None, io.TextIOWrapper(Broken(OSError()), "ascii")])
def test_messages_that_cannot_be_written_are_no_failure(
    stderr: io.TextIOWrapper | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    with guarded_streams():
        write_message("café")


def test_a_stream_of_text_gets_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    with guarded_streams():
        write_line("a")
        write_output(b"b")
    assert text.getvalue() == "a\nb"


def test_closed_input_is_an_error_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="standard input is closed; open it"):
        open_standard_input()
