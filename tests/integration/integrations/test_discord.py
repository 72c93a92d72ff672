"""The slash command, called as discord.py calls it, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock

import discord
import pytest
from discord.ext import commands

from loguro_async.integrations.discord import LoguroCog
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator


def a_bot() -> commands.Bot:
    return commands.Bot("!", intents=discord.Intents.none())


async def asked(cog: LoguroCog, span: str = "7d") -> dict[str, Any]:
    """What the command sends as its answer."""
    interaction = AsyncMock()
    callback: Any = cog.stats.callback
    await callback(cog, interaction, span)
    interaction.response.defer.assert_awaited_once()
    sent: dict[str, Any] = {**interaction.followup.send.await_args.kwargs}
    sent["said"] = interaction.followup.send.await_args.args
    return sent


async def test_the_command_answers_and_the_client_ends_with_the_cog(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding, bot = Holding(loguro_emulator), a_bot()
    cog = LoguroCog(bot, project="local", connect=holding)
    with pytest.raises(RuntimeError, match="not loaded"):
        _ = cog.client
    await bot.add_cog(cog)
    assert [command.name for command in bot.tree.get_commands()] == ["stats"]
    assert cog.client is holding.made[0]
    sent = await asked(cog)
    assert "local" in str(sent["embed"].to_dict())
    assert sent["allowed_mentions"].everyone is False
    await bot.remove_cog("LoguroCog")
    assert holding.closed == [True]
    await bot.close()


async def test_figures_that_cannot_be_had_are_told_instead(
    loguro_emulator: LoguroEmulator,
) -> None:
    bot = a_bot()
    cog = LoguroCog(bot, project="missing", connect=Holding(loguro_emulator))
    await bot.add_cog(cog)
    for _ in range(2):
        sent = await asked(cog)
        assert sent["said"] == ("The figures cannot be had just now.",)
        assert "ephemeral" not in sent  # Discord decides that with defer
        loguro_emulator.revoke(loguro_emulator.token)  # the second time, nobody may ask at all
    await bot.remove_cog("LoguroCog")
    await bot.close()
