"""The client of a command, made from a profile or the environment."""

from __future__ import annotations

import os

from loguro_async.cli.ending import WRONG_USE, stop
from loguro_async.cli.options import DEFAULT_TIMEOUT_SECONDS
from loguro_async.cli.profiles import config_path, find_profile
from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError


def connect(profile: str | None, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> LoguroClient:
    """A client; nothing is sent yet.

    Args:
        profile: A profile's name; left out, see ``find_profile``.
        timeout: Seconds for each call.

    Raises:
        typer.Exit: There is no token, or a profile that cannot be used; the reason was said.
    """
    try:
        chosen = find_profile(profile)
        if chosen is not None:
            return LoguroClient(chosen.token, base_url=chosen.base_url, timeout=timeout)
        if not os.environ.get("LOGURO_PAT"):
            message = f"no token: set $LOGURO_PAT, or write a profile to {config_path()}"
            raise ConfigurationError(message)  # noqa: TRY301 - said like all others
        return LoguroClient(timeout=timeout)
    except ConfigurationError as error:
        raise stop(error, WRONG_USE) from None
