"""Names and envelopes for the server, which sees hashes and encrypted bytes only.

All keys are derived from the token, so only a client with the same token can find, open or make an
envelope. An envelope is

    version (1 byte) | nonce (12) | AES-256-GCM of (time of fetching, generations, compressed body)

with a key for each entry, so that an envelope opens at its own location only, and random nonces do
not repeat under one key (NIST SP 800-38D, section 8.3).
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import secrets
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from loguro_async.shared.cache_entry import (
    GENERATION_BYTES,
    NAME_BYTES,
    Location,
    largest_envelope,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION: Final = b"\x02"
_SALT: Final = b"loguro-async shared cache, version 1"
_NONCE_BYTES: Final = 12
_HEAD: Final = struct.Struct(f">q{GENERATION_BYTES}s{GENERATION_BYTES}s")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
# Small responses of one endpoint look alike: the fastest level already takes most away.
_COMPRESSION_LEVEL: Final = 1


class Envelope(NamedTuple):
    """A response in the form that is stored.

    Attributes:
        body: The body's bytes, as they came from the service.
        fetched_at: When they came, in UTC, by the clock of the host that fetched them.
        generations: Of the token and the project, when the request for them began.
    """

    body: bytes
    fetched_at: dt.datetime
    generations: tuple[bytes, bytes]


class Cipher:
    """Names and encrypts shared responses, for one token at one origin.

    Args:
        token: The personal access token; only keys derived from it are held.
        origin: Scheme, host and path prefix of the service.

    Attributes:
        scope: The name of token and origin.
    """

    __slots__ = ("_encryption_key", "_naming_key", "scope")

    def __init__(self, token: str, origin: str) -> None:
        root = hmac.digest(_SALT, json.dumps((token, origin)).encode(), "sha256")
        self._naming_key = hmac.digest(root, b"names", "sha256")
        self._encryption_key = hmac.digest(root, b"encryption", "sha256")
        self.scope = self._name("scope")

    def project(self, slug: str) -> bytes:
        """Returns the name of a project."""
        return self._name("slug", slug)

    def location(self, slug: str, path: str, parameters: Sequence[tuple[str, str]]) -> Location:
        """Returns where the response to a query is stored.

        Args:
            slug: The project.
            path: The path below the origin, with the visitor id where there is one.
            parameters: The canonical parameters.
        """
        return Location(self._name("entry", slug, path, parameters), self.project(slug))

    def seal(self, location: Location, envelope: Envelope) -> bytes:
        """Encrypts a response for its location."""
        at = (envelope.fetched_at - _EPOCH) // _MICROSECOND
        head = _HEAD.pack(at, *envelope.generations)
        return self.encrypt(
            location, b"entry", head + zlib.compress(envelope.body, _COMPRESSION_LEVEL)
        )

    def open(self, location: Location, sealed: bytes, *, max_bytes: int) -> Envelope | None:
        """Decrypts a response; returns ``None`` where it is damaged, foreign or too large.

        Args:
            location: Where it was found.
            sealed: What was found.
            max_bytes: The largest body that is accepted.
        """
        if len(sealed) > largest_envelope(max_bytes):
            return None
        plain = self.decrypt(location, b"entry", sealed)
        if plain is None:
            return None
        microseconds, token, project = _HEAD.unpack_from(plain)
        inflating = zlib.decompressobj()
        body = inflating.decompress(plain[_HEAD.size :], max_bytes + 1)
        if len(body) > max_bytes or not inflating.eof:
            return None
        return Envelope(body, _EPOCH + microseconds * _MICROSECOND, (token, project))

    def encrypt(self, location: Location, kind: bytes, plain: bytes) -> bytes:
        """Encrypts bytes so that they can be decrypted as this kind and at this location only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._aead(location).encrypt(nonce, plain, _VERSION + kind)

    def decrypt(self, location: Location, kind: bytes, sealed: bytes) -> bytes | None:
        """Decrypts bytes; returns ``None`` where they are damaged or foreign."""
        nonce, hidden = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if not sealed.startswith(_VERSION) or len(nonce) < _NONCE_BYTES:
            return None
        try:
            return self._aead(location).decrypt(nonce, hidden, _VERSION + kind)
        except InvalidTag:
            return None

    def _aead(self, location: Location) -> AESGCM:
        return AESGCM(hmac.digest(self._encryption_key, location.entry, "sha256"))

    def _name(self, *parts: object) -> bytes:
        # JSON, so that no two different queries are written the same way.
        text = json.dumps(parts).encode()
        return hmac.digest(self._naming_key, text, "sha256")[:NAME_BYTES]
