"""A Telegram bot made with aiogram. Here it talks on the console, so that no token is needed."""

from __future__ import annotations

import argparse
import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, cast, get_args

from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.filters import Command, CommandObject
from aiogram.types import Chat, Message, Update, User

from loguro_async import InvalidQueryError, LoguroClient, LoguroError
from loguro_async.emulator import LoguroEmulator
from loguro_async.integrations.aiogram import attach
from loguro_async.query.ranges import Chip
from loguro_async.report import gather, to_telegram

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiogram.methods import TelegramMethod

dispatcher = Dispatcher()
logger = logging.getLogger(__name__)


@dispatcher.message(Command("stats"))
async def stats(message: Message, command: CommandObject, loguro: LoguroClient) -> None:
    """``/stats 30d country:RO``: the figures of a range and a filter."""
    range, _, condition = (command.args or "7d").partition(" ")
    if range not in get_args(Chip):
        await message.answer(f"Give one of {', '.join(get_args(Chip))}.")
        return
    try:
        chip = cast("Chip", range)
        report = await gather(loguro, ["local"], range=chip, filter=condition, limit=3)
    except InvalidQueryError as error:
        await message.answer(error.message)
    except LoguroError:
        logger.exception("/stats failed")
        await message.answer("Analytics are not available; try again later.")
    else:
        await message.answer(to_telegram(report), parse_mode="HTML")


class Console(BaseSession):
    """Stands in for Telegram: what the bot sends is printed."""

    async def make_request(
        self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None
    ) -> Any:
        print(getattr(method, "text", ""), flush=True)
        return typed("")

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        pass


def typed(text: str) -> Message:
    someone = User(id=1, is_bot=False, first_name="You")
    chat = Chat(id=1, type="private")
    return Message(message_id=1, date=datetime.now(UTC), chat=chat, from_user=someone, text=text)


def listen(lines: asyncio.Queue[str], loop: asyncio.AbstractEventLoop) -> None:
    with open(0, "rb", buffering=0, closefd=False) as keyboard:
        while line := keyboard.readline():
            loop.call_soon_threadsafe(lines.put_nowait, line.decode(errors="replace").strip())
    loop.call_soon_threadsafe(lines.put_nowait, "")


async def talk(events: int) -> None:
    lines: asyncio.Queue[str] = asyncio.Queue()
    # A daemon: Ctrl-C does not wait for a last line.
    Thread(target=listen, args=(lines, asyncio.get_running_loop()), daemon=True).start()
    async with LoguroEmulator(events=events) as loguro:
        # With Telegram: attach(dispatcher); await dispatcher.start_polling(Bot(token))
        attach(dispatcher, lambda: LoguroClient(loguro.token, base_url=loguro.base_url))
        bot = Bot("42:MADE-UP", session=Console())
        await dispatcher.emit_startup(bot=bot)
        try:
            print("Type /stats, or /stats 30d country:RO; an empty line ends it.", flush=True)
            while line := await lines.get():
                await dispatcher.feed_update(bot, Update(update_id=1, message=typed(line)))
        finally:
            await dispatcher.emit_shutdown(bot=bot)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=20_000, help="0 for an empty project")
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(arguments.parse_args().events))
