"""Creates the client of a command from a profile or the environment."""

from __future__ import annotations

import os
from typing import Final

from loguro_async.cli.advice import TOKEN_SOURCE
from loguro_async.cli.log import show_warnings
from loguro_async.cli.options import DEFAULT_TIMEOUT_SECONDS
from loguro_async.cli.profiles import DEFAULT, config_path, find_profile
from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError

_ADDRESS: Final = "$LOGURO_BASE_URL (or base_url of the profile)"


def connect(profile: str | None, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> LoguroClient:
    """Returns a client; nothing is sent yet.

    Args:
        profile: The name of a profile; ``None`` for the default of ``find_profile``.
        timeout: Seconds for each call.

    Raises:
        ConfigurationError: There is no token, or the profile cannot be used.
    """
    show_warnings()
    try:
        return _client(profile, timeout)
    except ConfigurationError as error:
        raise ConfigurationError(error.message.replace("base_url", _ADDRESS, 1)) from None


def _client(profile: str | None, timeout: float) -> LoguroClient:
    chosen = find_profile(profile)
    if chosen is not None:
        name = profile or os.environ.get("LOGURO_PROFILE") or DEFAULT
        TOKEN_SOURCE.set(f"profile {name!r} in {config_path()}")
        return LoguroClient(chosen.token, base_url=chosen.base_url, timeout=timeout)
    if not os.environ.get("LOGURO_PAT"):
        message = f"no token: set $LOGURO_PAT, or write a profile to {config_path()}"
        raise ConfigurationError(message)
    return LoguroClient(timeout=timeout)
