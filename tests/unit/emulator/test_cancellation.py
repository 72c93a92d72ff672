from __future__ import annotations

import threading
import time

import duckdb
import pytest

from loguro_async.emulator.cancellation import CancellationToken, WorkCancelledError

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7"


def test_a_check_raises_once_the_work_is_cancelled() -> None:
    token = CancellationToken()
    token.check()
    token.cancel()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        token.check()


def test_a_running_query_is_interrupted() -> None:
    token, started = CancellationToken(), threading.Event()
    outcomes: list[str] = []

    def work() -> None:
        with duckdb.connect() as connection, token.interrupts(connection):
            started.set()
            try:
                connection.execute(ENDLESS)
            except duckdb.InterruptException:
                outcomes.append("interrupted")

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(30)
    while thread.is_alive():  # an interrupt before the query starts has no effect
        token.cancel()
        time.sleep(0.001)
    assert outcomes == ["interrupted"]


def test_a_connection_that_is_released_is_not_interrupted() -> None:
    token = CancellationToken()
    with duckdb.connect() as connection:
        with token.interrupts(connection):
            pass
        token.cancel()
        assert connection.execute("SELECT 1").fetchone() == (1,)
