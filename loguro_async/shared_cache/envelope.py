"""What a second tier gets to see: hashed names and sealed envelopes, nothing that can be read.

All keys come from the token, so only who holds the same token can find, open or make an envelope.
An envelope is

    version (1 byte) | nonce (16) | sealed content | tag (32)

where the tag is an HMAC-SHA256 over version, place, nonce and sealed content, checked before
anything else is believed. The content is the time of fetching, the two generations and the
compressed body, encrypted with a keystream that SHAKE-256 draws from key and nonce.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from loguro_async.shared_cache.protocol import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME_BYTES: Final = 16
GENERATION_BYTES: Final = 16

_VERSION: Final = b"\x01"
_SALT: Final = b"loguro-async shared cache, version 1"
_NONCE_BYTES: Final = 16
_TAG_BYTES: Final = 32
_CONTENT: Final = struct.Struct(f">q{GENERATION_BYTES}s{GENERATION_BYTES}s")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
# Small answers of one endpoint look alike: the fastest level already takes most away.
_COMPRESSION_LEVEL: Final = 1


class Opened(NamedTuple):
    """The content of an envelope.

    Attributes:
        body: The body's bytes, as they came from the service.
        fetched_at: When they came, in UTC, by the clock of the host that fetched them.
        generations: Of the token and the project, when the request for them began.
    """

    body: bytes
    fetched_at: dt.datetime
    generations: tuple[bytes, bytes]


def largest_envelope(max_bytes: int) -> int:
    """The size in bytes that no envelope of a body up to ``max_bytes`` exceeds."""
    return max_bytes + max_bytes // 1000 + 1024


class Vault:
    """Names places and seals envelopes for one token at one origin.

    Args:
        token: The personal access token; only keys drawn from it are kept.
        origin: Scheme, host and path prefix of the service.

    Attributes:
        scope: The name of token and origin.
    """

    __slots__ = ("_encryption_key", "_naming_key", "_signing_key", "scope")

    def __init__(self, token: str, origin: str) -> None:
        root = hmac.digest(_SALT, msgspec.json.encode((token, origin)), "sha256")
        self._naming_key = hmac.digest(root, b"names", "sha256")
        self._encryption_key = hmac.digest(root, b"encryption", "sha256")
        self._signing_key = hmac.digest(root, b"signature", "sha256")
        self.scope = self._name("scope")

    def slug(self, slug: str) -> bytes:
        """The name of a project."""
        return self._name("slug", slug)

    def place(self, slug: str, path: str, meant: Sequence[tuple[str, str]]) -> Place:
        """Where the answer to a question is stored.

        Args:
            slug: The project.
            path: The path below the origin, with the visitor id where there is one.
            meant: The canonical parameters.
        """
        return Place(self._name("entry", slug, path, meant), self.slug(slug))

    def seal(self, place: Place, content: Opened) -> bytes:
        """Make an envelope that opens at this place only."""
        head = _CONTENT.pack((content.fetched_at - _EPOCH) // _MICROSECOND, *content.generations)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = head + zlib.compress(content.body, _COMPRESSION_LEVEL)
        sealed = _VERSION + nonce + self._crypt(nonce, plain)
        return sealed + self._tag(place, sealed)

    def open(self, place: Place, envelope: bytes, *, max_bytes: int) -> Opened | None:
        """The content of an envelope; ``None`` where it is not whole, or not from here.

        Args:
            place: Where it was found.
            envelope: What was found.
            max_bytes: The largest body that is taken.
        """
        sealed, tag = envelope[:-_TAG_BYTES], envelope[-_TAG_BYTES:]
        if not sealed.startswith(_VERSION) or len(envelope) > largest_envelope(max_bytes):
            return None
        if not hmac.compare_digest(tag, self._tag(place, sealed)):
            return None
        nonce, hidden = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        plain = self._crypt(nonce, hidden)
        microseconds, *generations = _CONTENT.unpack_from(plain)
        inflating = zlib.decompressobj()
        body = inflating.decompress(plain[_CONTENT.size :], max_bytes + 1)
        if len(body) > max_bytes or not inflating.eof:
            return None
        return Opened(body, _EPOCH + microseconds * _MICROSECOND, (generations[0], generations[1]))

    def _name(self, *parts: object) -> bytes:
        # JSON, so that no two different questions are written the same way.
        text = msgspec.json.encode(parts)
        return hmac.digest(self._naming_key, text, "sha256")[:NAME_BYTES]

    def _tag(self, place: Place, sealed: bytes) -> bytes:
        return hmac.digest(self._signing_key, place.entry + sealed, "sha256")

    def _crypt(self, nonce: bytes, text: bytes) -> bytes:
        """Encrypt, or decrypt, which is the same."""
        size = len(text)
        stream = hashlib.shake_256(self._encryption_key + nonce).digest(size)
        mixed = int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")
        return mixed.to_bytes(size, "big")
