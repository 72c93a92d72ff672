"""The example of a bot, ended as a person ends it."""

from __future__ import annotations

import asyncio
import signal

from tests.docs.test_examples import started


async def test_ctrl_c_ends_the_bot_while_it_waits_for_a_line() -> None:
    async with started("bot.py") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"Type /stats" in await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            await process.wait()  # with its input still open
        process.stdin.close()
        assert process.stderr is not None
        assert (process.returncode, await process.stderr.read()) == (0, b"")
