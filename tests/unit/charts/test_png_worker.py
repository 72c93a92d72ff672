"""What parent and worker say to each other."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.charts import chart, png_worker
from loguro_async.charts.png_worker import DONE, FAILED, read_message, write_message
from loguro_async.charts.render import VEGA_LITE
from tests.unit.charts.samples import kpis


@given(st.lists(st.tuples(st.integers(0, 255), st.binary())))
def test_messages_arrive_as_they_were_sent(messages: list[tuple[int, bytes]]) -> None:
    stream = io.BytesIO()
    for status, body in messages:
        write_message(stream, status, body)
    stream.seek(0)
    assert [read_message(stream) for _ in messages] == messages


@given(st.binary(), st.data())
def test_a_message_that_was_cut_is_none(body: bytes, data: st.DataObject) -> None:
    stream = io.BytesIO()
    write_message(stream, 0, body)
    cut = data.draw(st.integers(0, len(stream.getvalue()) - 1))
    with pytest.raises(EOFError):
        read_message(io.BytesIO(stream.getvalue()[:cut]))


def test_the_process_answers_each_order_and_ends_with_its_input() -> None:
    drawable = {"spec": chart(kpis()), "scale": 1, "vl_version": VEGA_LITE}
    orders = [drawable, {**drawable, "spec": {"mark": "none such"}}, drawable]
    sent, answered = io.BytesIO(), io.BytesIO()
    for order in orders:
        write_message(sent, DONE, json.dumps(order).encode())
    done = subprocess.run(
        [sys.executable, "-P", Path(png_worker.__file__)],
        input=sent.getvalue(),
        capture_output=True,
        check=False,
    )
    answered.write(done.stdout)
    answered.seek(0)
    first, wrong, again = (read_message(answered) for _ in orders)
    assert done.returncode == 0
    assert first == again
    assert (first[0], first[1][:4]) == (DONE, b"\x89PNG")
    assert wrong[0] == FAILED
