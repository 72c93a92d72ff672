"""``loguro-async live`` as a person runs it."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

from tests.integration.command import ended, requested, running

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator

EVENT: dict[str, object] = {
    "id": "e1",
    "event_type": "pageview",
    "path": "/new",
    "visitor_id": "v",
    "session_id": "s",
    "timestamp": "2026-06-11T09:59:59.000Z",
    "surprise": [1],
}


def happens(loguro: LoguroEmulator, *events: dict[str, object]) -> None:
    """These are the events of the last minutes, from now on."""
    loguro.heal()
    body = json.dumps({"items": list(events)}).encode()
    loguro.fail(status=200, body=body, endpoint="recent-events")


async def test_each_new_event_is_a_line_until_ctrl_c(loguro_emulator: LoguroEmulator) -> None:
    happens(loguro_emulator)
    async with running(loguro_emulator, "live", "local", "--interval", "0.1") as process:
        await requested(loguro_emulator, "local")
        happens(loguro_emulator, EVENT)
        assert json.loads(await process.stdout.readline()) == EVENT  # as the service sent it
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert err == b"loguro-async: stopped\n"


async def test_a_closed_pipe_ends_it_quietly(loguro_emulator: LoguroEmulator) -> None:
    happens(loguro_emulator)
    async with running(loguro_emulator, "live", "local", "--interval", "0.1") as process:
        await requested(loguro_emulator, "local")
        process.stdout._transport.close()  # type: ignore[attr-defined]
        happens(loguro_emulator, EVENT)
        assert await process.stderr.read() == b""
        assert await process.wait() == 141


async def test_a_missing_project_is_reported(loguro_emulator: LoguroEmulator) -> None:
    done = await ended(loguro_emulator, "live", "nope")
    assert done.status == 1
    assert re.fullmatch(r"loguro-async: .*404.*\n", done.err)
