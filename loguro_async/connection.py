"""How the client connects: proxy, certificates and extra headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ssl import SSLContext
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import force_setattr

from loguro_async.errors import ConfigurationError

# RFC 9110, 5.6.2: the characters of a header's name.
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_PROXY: Final = re.compile(r"[\x21-\x7e]+\Z")
_SCHEMES: Final = frozenset({"http", "https"})
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

RESERVED_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers, in lower case, that the client sends itself or that would change the response."""


class ConnectionOptions(Struct, frozen=True, kw_only=True):
    """How to reach the service.

    Args:
        proxy: The URL of an HTTP proxy, ``http://host:port`` or ``https://host:port``, with
            ``user:password@`` before the host if the proxy requires it.
        ssl: The TLS context, for a private certificate authority or a client certificate.
        trust_env: Whether to use the proxy named by the environment (``HTTPS_PROXY``,
            ``NO_PROXY``), where ``proxy`` names none.
        headers: Headers to send with every request, beside the client's own.

    Raises:
        ConfigurationError: A value is not valid.
    """

    proxy: str | None = None
    ssl: SSLContext | None = None
    trust_env: bool = False
    headers: Mapping[str, str] = _NO_HEADERS

    def __post_init__(self) -> None:
        if self.proxy is not None:
            force_setattr(self, "proxy", _check_proxy(self.proxy))
        if self.ssl is not None and not isinstance(self.ssl, SSLContext):
            message = (
                f"ssl must be an ssl.SSLContext, got {type(self.ssl).__name__}; "
                "make one with ssl.create_default_context(cafile=…)"
            )
            raise ConfigurationError(message)
        if not isinstance(self.trust_env, bool):
            message = f"trust_env must be True or False, got {self.trust_env!r}"
            raise ConfigurationError(message)
        force_setattr(self, "headers", MappingProxyType(check_headers(self.headers)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must not show in messages: the proxy's credentials, as sent and decoded."""
        if self.proxy is None or "@" not in self.proxy:
            return ()
        credentials = urlsplit(self.proxy).netloc.rpartition("@")[0]
        password = credentials.partition(":")[2]
        texts = {credentials, unquote(credentials), password, unquote(password)}
        # The longest first, so that none is left in part.
        return tuple(sorted(filter(None, texts), key=len, reverse=True))

    def __repr__(self) -> str:
        """Names the options that are set; credentials may be in them, so no values."""
        given = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"<ConnectionOptions with {', '.join(given) or 'defaults'}>"


def check_headers(headers: object) -> dict[str, str]:
    """Returns extra headers that can be sent, as plain strings.

    Raises:
        ConfigurationError: A name or a value is not valid, or the client sets that header itself.
    """
    if not isinstance(headers, Mapping):
        message = f"headers must be a mapping of names to values, got {type(headers).__name__}"
        raise ConfigurationError(message)
    checked: dict[str, str] = {}
    seen: set[str] = set()
    for given, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(given, str) or not _HEADER_NAME.match(given):
            message = f"{given!r} is not a header name; use letters, digits and hyphens"
            raise ConfigurationError(message)
        name = str.__str__(given)
        if name.lower() in RESERVED_HEADERS:
            message = f"headers must not set {name}: the client sets it, or must do without it"
            raise ConfigurationError(message)
        if name.lower() in seen:
            message = f"headers must not set {name} twice"
            raise ConfigurationError(message)
        if not isinstance(value, str) or not value.isprintable() or value != value.strip():
            # Without the value, which may be a secret.
            message = (
                f"the value of the header {name} must be a string of printable characters "
                "without spaces around it"
            )
            raise ConfigurationError(message)
        seen.add(name.lower())
        checked[name] = str.__str__(value)
    return checked


def _check_proxy(proxy: object) -> str:
    if not isinstance(proxy, str) or not _PROXY.match(proxy):
        message = "proxy must be a URL such as http://proxy.example:3128"
        raise ConfigurationError(message)
    try:
        parts = urlsplit(proxy)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme.startswith("socks"):
        message = (
            "proxy must be an http or https URL; for SOCKS pass a session with the connector of "
            "a package such as aiohttp-socks"
        )
        raise ConfigurationError(message)
    if not host or parts.scheme not in _SCHEMES:
        message = "proxy must be a URL with scheme and host, such as http://proxy.example:3128"
        raise ConfigurationError(message)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        message = f"proxy must be only scheme, host and port, got more after the host {host}"
        raise ConfigurationError(message)
    return str.__str__(proxy)
