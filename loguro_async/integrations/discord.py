"""A slash command for a Discord bot: ``/stats``.

```python
await bot.add_cog(LoguroCog(bot, project="local"))
await bot.tree.sync()  # once after a change: Discord learns of the command
```
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from loguro_async.extras import missing_extra

try:
    import discord
    from discord import app_commands
    from discord.ext import commands
except ImportError as error:
    raise missing_extra("loguro_async.integrations.discord", "discord", error) from error

from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError, LoguroError
from loguro_async.integrations.failures import log_failure, no_client
from loguro_async.query.path import check_slug
from loguro_async.query.ranges import Chip  # noqa: TC001 - discord.py reads it as the choices
from loguro_async.report import gather, to_discord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOGGER: Final = logging.getLogger("loguro_async.integrations")
_MOST_CHOICES: Final = 25
_LONGEST_TEXT: Final = 2_000
# "Application command naming" of Discord's API.
_COMMAND_NAME: Final = re.compile(r"[-_\w]{1,32}")
_DEFAULT_COMMAND: Final = "stats"


class LoguroCog(commands.Cog):
    """Responds to ``/stats`` with the figures of a project, for a chosen range and filter.

    Several cogs fit one bot, each with a command of its own name.

    Args:
        bot: The bot; the cog makes its client when it is loaded, and closes it when it is unloaded.
        project: The slug of the project, or the slugs that users of the command choose from; the
            first one is the default.
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        command: The name of the slash command.

    Raises:
        ConfigurationError: There is no project, or Discord does not allow the command's name.
        InvalidQueryError: A slug is not allowed.
    """

    def __init__(
        self,
        bot: commands.Bot,
        *,
        project: str | Sequence[str],
        connect: Callable[[], LoguroClient] = LoguroClient,
        command: str = _DEFAULT_COMMAND,
    ) -> None:
        self.bot = bot
        self._projects = tuple(map(check_slug, (project,) if isinstance(project, str) else project))
        if not self._projects:
            message = "project must be a slug or several, got none"
            raise ConfigurationError(message)
        self._connect = connect
        self._client: LoguroClient | None = None
        # discord.py copies the commands of the class for each cog.
        self.stats.name = _checked_command(command)
        if command != _DEFAULT_COMMAND:
            self.__cog_name__ = f"{type(self).__name__} {command}"

    async def cog_load(self) -> None:
        """Makes the client."""
        self._client = self._connect()

    async def cog_unload(self) -> None:
        """Closes the client."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @property
    def client(self) -> LoguroClient:
        """The cog's client, for commands of your own.

        Raises:
            ConfigurationError: The cog is not loaded.
        """
        if self._client is None:
            raise no_client("await bot.add_cog(…)")
        return self._client

    @app_commands.command(description="Visitors, pageviews and top pages.")
    @app_commands.describe(
        range="How far back to look; by default 7d.",
        filter="Which events count, such as country:RO !device:mobile",
        project="Which project.",
    )
    async def stats(
        self,
        interaction: discord.Interaction,
        range: Chip = "7d",
        filter: str = "",
        project: str = "",
    ) -> None:
        """Responds with an embed, or says why there is none."""
        await interaction.response.defer(thinking=True)
        slug = project or self._projects[0]
        if slug not in self._projects:
            await _say(interaction, f"Choose one of {', '.join(self._projects)}.")
            return
        try:
            report = await gather(self.client, [slug], range=range, filter=filter)
        except LoguroError as error:
            failure = log_failure(f"/{self.stats.name} in Discord", error)
            await _say(interaction, f"{failure.message[:1].upper()}{failure.message[1:]}.")
            return
        for failed in report.failures:
            _LOGGER.warning("/%s in Discord: %s", self.stats.name, failed.reason)
            await _say(interaction, f"Analytics of {slug} are not available; try again later.")
            return
        (embed, *_) = to_discord(report)["embeds"]
        await interaction.followup.send(
            embed=discord.Embed.from_dict(embed), allowed_mentions=discord.AllowedMentions.none()
        )

    @stats.autocomplete("project")
    async def _suggest_projects(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        fitting = [slug for slug in self._projects if typed.lower() in slug.lower()]
        return [app_commands.Choice(name=slug, value=slug) for slug in fitting[:_MOST_CHOICES]]


async def _say(interaction: discord.Interaction, text: str) -> None:
    await interaction.followup.send(
        text[:_LONGEST_TEXT], allowed_mentions=discord.AllowedMentions.none()
    )


def _checked_command(name: str) -> str:
    """Returns the name of a command if Discord allows it."""
    if not _COMMAND_NAME.fullmatch(name) or name != name.lower():
        message = f"command must be 1 to 32 lower-case letters, digits, '-' or '_', got {name!r}"
        raise ConfigurationError(message)
    return name
