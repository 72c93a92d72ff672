"""The client in a bot of aiogram, with a real dispatcher and no network."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.filters import Command
from aiogram.types import Chat, Message, Update, User

from loguro_async import LoguroClient  # noqa: TC001 - aiogram looks it up by name
from loguro_async.integrations.aiogram import attach
from loguro_async.report import gather, to_telegram
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiogram.methods import TelegramMethod

    from loguro_async.emulator import LoguroEmulator


class Sent(BaseSession):
    """Telegram's side: keeps what the bot sends."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    async def make_request(
        self,
        bot: Bot,  # noqa: ARG002 - as aiogram has it
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ARG002 - the same
    ) -> Any:  # noqa: ANN401 - the same
        self.texts.append(getattr(method, "text", ""))
        return a_message("sent")

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:  # noqa: ANN401
        raise NotImplementedError
        yield b""

    async def close(self) -> None:
        """Nothing is open."""


def a_message(text: str) -> Message:
    ann = User(id=1, is_bot=False, first_name="Ann")
    moment = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
    chat = Chat(id=1, type="private")
    return Message(message_id=1, date=moment, chat=chat, from_user=ann, text=text)


async def test_handlers_take_the_client_which_ends_with_the_bot(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding, telegram = Holding(loguro_emulator), Sent()
    dispatcher = Dispatcher()
    attach(dispatcher, holding)

    @dispatcher.message(Command("stats"))
    async def stats(message: Message, loguro: LoguroClient) -> None:
        report = await gather(loguro, ["local"], range="7d")
        await message.answer(to_telegram(report), parse_mode="HTML")

    bot = Bot("42:TOKEN", session=telegram)
    await dispatcher.emit_startup(bot=bot)
    assert holding.closed == [False]
    update = Update(update_id=1, message=a_message("/stats"))
    await dispatcher.feed_update(bot, update)
    await dispatcher.emit_shutdown(bot=bot)
    assert holding.closed == [True]
    assert "Visitors" in telegram.texts[0]


async def test_two_clients_are_distinguished_by_their_names(
    loguro_emulator: LoguroEmulator,
) -> None:
    ours, theirs = Holding(loguro_emulator), Holding(loguro_emulator)
    dispatcher = Dispatcher()
    attach(dispatcher, ours)
    attach(dispatcher, theirs, name="partner")
    given: list[LoguroClient] = []

    @dispatcher.message(Command("stats"))
    async def stats(_message: Message, loguro: LoguroClient, partner: LoguroClient) -> None:
        given.extend((loguro, partner))

    bot = Bot("42:TOKEN", session=Sent())
    await dispatcher.emit_startup(bot=bot)
    await dispatcher.feed_update(bot, Update(update_id=1, message=a_message("/stats")))
    assert given == [ours.made[0], theirs.made[0]]
    await dispatcher.emit_shutdown(bot=bot)
    assert ours.closed == theirs.closed == [True]


async def test_an_end_without_a_start_is_no_error() -> None:
    dispatcher = Dispatcher()
    attach(dispatcher, pytest.fail)
    await dispatcher.emit_shutdown()
