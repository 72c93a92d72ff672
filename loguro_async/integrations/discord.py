"""A slash command for a Discord bot: ``/stats``.

```python
await bot.add_cog(LoguroCog(bot, project="local"))
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

try:
    import discord
    from discord import app_commands
    from discord.ext import commands
except ImportError as missing:
    message = (
        'loguro_async.integrations.discord needs an extra: pip install "loguro-async[discord]"'
    )
    raise ImportError(message) from missing

from loguro_async.client import LoguroClient
from loguro_async.errors import LoguroError
from loguro_async.report import gather, to_discord

if TYPE_CHECKING:
    from collections.abc import Callable

Span: TypeAlias = Literal["24h", "7d", "30d"]


class LoguroCog(commands.Cog):
    """Answers ``/stats`` with the figures of one project.

    Args:
        bot: The bot; the cog makes its client when it is loaded, and closes it when it goes.
        project: The project's slug.
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
    """

    def __init__(
        self,
        bot: commands.Bot,
        *,
        project: str,
        connect: Callable[[], LoguroClient] = LoguroClient,
    ) -> None:
        self.bot = bot
        self._project = project
        self._connect = connect
        self._client: LoguroClient | None = None

    async def cog_load(self) -> None:
        """Make the client."""
        self._client = self._connect()

    async def cog_unload(self) -> None:
        """Close the client."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @property
    def client(self) -> LoguroClient:
        """The cog's client, for commands of your own.

        Raises:
            RuntimeError: The cog is not loaded.
        """
        if self._client is None:
            message = "the cog is not loaded; await bot.add_cog(…) first"
            raise RuntimeError(message)
        return self._client

    @app_commands.command(description="Visitors, pageviews and top pages.")
    @app_commands.describe(span="How far back to look.")
    async def stats(self, interaction: discord.Interaction, span: Span = "7d") -> None:
        """Answer with an embed; where the figures cannot be had, say so."""
        await interaction.response.defer(thinking=True)
        try:
            report = await gather(self.client, [self._project], range=span)
        except LoguroError:
            report = None
        if report is None or not report.projects:
            await interaction.followup.send("The figures cannot be had just now.")
            return
        (embed, *_) = to_discord(report)["embeds"]
        await interaction.followup.send(
            embed=discord.Embed.from_dict(embed), allowed_mentions=discord.AllowedMentions.none()
        )
