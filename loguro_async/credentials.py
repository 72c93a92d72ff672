"""Checks the token and the address of the service before anything is sent."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from loguro_async.errors import ConfigurationError

BASE_URL: Final = "https://logu.ro"
_API: Final = "/api/web-events/"

_TOKEN: Final = re.compile(r"pat_[\x21-\x7e]+\Z")
_NOT_OF_TOKENS: Final = re.compile(r"[^\x21-\x7e]")
_ORIGIN: Final = re.compile(r"[A-Za-z0-9._~:/\[\]%-]+\Z")
_SECRET: Final = re.compile(r"pat_[\x21-\x7e]*|(?<=//)[^/]*@")


def check_token(token: str | None) -> str:
    """Returns the personal access token, from the argument or ``$LOGURO_PAT``.

    Raises:
        ConfigurationError: There is none, or it is malformed. The message doesn't show it.

    Source: "Authentication".
    """
    token = os.environ.get("LOGURO_PAT") if token is None else token
    if not token:
        message = "no token; pass LoguroClient(token=…) or set LOGURO_PAT"
        raise ConfigurationError(message)
    if not isinstance(token, str) or not _TOKEN.match(token):
        message = f"the token is not a personal access token: those begin with pat_; {_why(token)}"
        raise ConfigurationError(message)
    return token


def _why(token: object) -> str:
    """Returns what is wrong with a token, without showing it."""
    odd = _NOT_OF_TOKENS.search(token) if isinstance(token, str) else None
    if odd is None:
        return "a project's API key is for ingest only"
    kind = "a space or line break" if odd[0].isspace() else "another character"
    return (
        f"they hold only ASCII letters, digits and signs, and this one has {kind} at position "
        f"{odd.start() + 1}; copy it again"
    )


def check_base_url(base_url: str | None) -> str:
    """Returns origin and path prefix: the argument, ``$LOGURO_BASE_URL`` or the service's own.

    Raises:
        ConfigurationError: It is no https URL (http, for a loopback host), or it has more than an
            origin and a path.
    """
    url = base_url or os.environ.get("LOGURO_BASE_URL") or BASE_URL
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except (ValueError, AttributeError, TypeError):
        message = f"base_url {_shown(url)} is no URL; give one such as {BASE_URL}"
        raise ConfigurationError(message) from None
    if not host or parts.scheme not in {"http", "https"}:
        message = f"base_url {_shown(url)} is no web address; give one such as {BASE_URL}"
        raise ConfigurationError(message)
    if "@" in parts.netloc or parts.query or parts.fragment:
        message = f"base_url of {host} must be an origin and a path, with nothing before or behind"
        raise ConfigurationError(message)
    if _API in f"{parts.path}/":
        message = f"base_url {_shown(url)} must end before {_API}, which the client adds"
        raise ConfigurationError(message)
    if not _ORIGIN.match(url) or "/../" in f"{unquote(parts.path)}/":
        message = f"base_url {_shown(url)} holds characters that do not belong in an address"
        raise ConfigurationError(message)
    if parts.scheme == "http" and not _is_loopback(host):
        message = f"base_url {_shown(url)} would send the token unencrypted; use https"
        raise ConfigurationError(message)
    return url.rstrip("/")


def _shown(url: object) -> str:
    """Returns a refused address, without what may be a token or a password."""
    return repr(_SECRET.sub("…", str(url)))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
