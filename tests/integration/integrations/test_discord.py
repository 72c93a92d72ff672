"""The slash command, called as discord.py calls it, without a network."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, get_args
from unittest.mock import AsyncMock

import discord
import pytest
from discord.ext import commands

from loguro_async import ConfigurationError, InvalidQueryError
from loguro_async.emulator import LoguroEmulator
from loguro_async.integrations.discord import LoguroCog
from loguro_async.query.ranges import Chip
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@asynccontextmanager
async def running(*cogs: LoguroCog) -> AsyncGenerator[commands.Bot]:
    bot = commands.Bot("!", intents=discord.Intents.none())
    for cog in cogs:
        await bot.add_cog(cog)
    try:
        yield bot
    finally:
        for name in list(bot.cogs):
            await bot.remove_cog(name)
        await bot.close()


def made(loguro: LoguroEmulator, **options: Any) -> LoguroCog:  # noqa: ANN401 - LoguroCog's own
    bot = commands.Bot("!", intents=discord.Intents.none())
    given: dict[str, Any] = {"project": "local", "connect": Holding(loguro), **options}
    return LoguroCog(bot, **given)


async def called(cog: LoguroCog, **options: str) -> dict[str, Any]:
    """The messages of the command."""
    interaction = AsyncMock()
    callback: Any = cog.stats.callback
    await callback(cog, interaction, **options)
    interaction.response.defer.assert_awaited_once()
    interaction.followup.send.assert_awaited_once()
    sent: dict[str, Any] = {**interaction.followup.send.await_args.kwargs}
    sent["said"] = interaction.followup.send.await_args.args
    assert sent["allowed_mentions"].everyone is False
    return sent


async def test_the_command_responds_and_the_client_ends_with_the_cog(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding = Holding(loguro_emulator)
    cog = made(loguro_emulator, connect=holding)
    with pytest.raises(ConfigurationError, match="add_cog"):
        _ = cog.client
    async with running(cog) as bot:
        assert [command.name for command in bot.tree.get_commands()] == ["stats"]
        assert cog.client is holding.made[0]
        assert "local" in str((await called(cog))["embed"].to_dict())
        await bot.remove_cog("LoguroCog")
        assert bot.tree.get_commands() == []
    assert holding.closed == [True]


async def test_range_and_filter_can_be_chosen(loguro_emulator: LoguroEmulator) -> None:
    cog = made(loguro_emulator)
    range_, filter_, project = cog.stats.parameters
    assert [choice.value for choice in range_.choices] == list(get_args(Chip))
    assert (range_.name, filter_.name, project.name) == ("range", "filter", "project")
    assert all(str(one.description) != "…" for one in (range_, filter_, project))
    async with running(cog):
        await called(cog, range="30d", filter="country:RO")
        queries = [request.query for request in loguro_emulator.requests]
        assert queries
        assert all(query["filter"] == "country:RO" for query in queries)
        assert any(query.get("range") == "30d" for query in queries)
        sent = await called(cog, filter="colour:red")
        assert "no key 'colour'" in sent["said"][0]


async def test_one_command_for_several_projects() -> None:
    with LoguroEmulator(projects=("local", "shop"), events=200) as loguro:
        cog = made(loguro, project=("local", "shop"))
        async with running(cog):
            assert "shop" in str((await called(cog, project="shop"))["embed"].to_dict())
            assert "local" in str((await called(cog))["embed"].to_dict())
            refused = await called(cog, project="secret")
            assert refused["said"] == ("Choose one of local, shop.",)
            suggest: Any = getattr(cog, "_suggest_projects")  # noqa: B009 - its type is discord.py's
            suggested = await suggest(AsyncMock(), "SH")
            assert [(one.name, one.value) for one in suggested] == [("shop", "shop")]


async def test_several_commands_in_one_bot(loguro_emulator: LoguroEmulator) -> None:
    cogs = [made(loguro_emulator), made(loguro_emulator, command="shop-stats")]
    async with running(*cogs) as bot:
        names = [command.name for command in bot.tree.get_commands()]
        assert names == ["stats", "shop-stats"]
        for cog in cogs:
            await called(cog)


@pytest.mark.parametrize("command", ["", "Stats", "my stats", "x" * 33])
async def test_a_name_that_discord_refuses_is_refused(
    command: str, loguro_emulator: LoguroEmulator
) -> None:
    with pytest.raises(ConfigurationError, match="lower-case"):
        made(loguro_emulator, command=command)


async def test_projects_are_checked(loguro_emulator: LoguroEmulator) -> None:
    with pytest.raises(ConfigurationError, match="got none"):
        made(loguro_emulator, project=())
    with pytest.raises(InvalidQueryError):
        made(loguro_emulator, project="a/b")


async def test_missing_figures_are_reported_and_the_cause_is_logged(
    loguro_emulator: LoguroEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    cog = made(loguro_emulator, project="missing")
    async with running(cog):
        sent = await called(cog)
        assert sent["said"] == ("Analytics of missing are not available; try again later.",)
        assert "404" in caplog.text
        loguro_emulator.revoke(loguro_emulator.token)
        sent = await called(cog)
        assert sent["said"] == ("Analytics are not available.",)
        assert "AuthenticationError" in caplog.text
        assert loguro_emulator.token not in caplog.text
