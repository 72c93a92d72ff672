"""The process that makes PNGs: a specification in, a picture out, until its input ends.

It is run as a file, and so imports nothing of this package. A message is a status, a length of
eight bytes, and as many bytes.
"""

from __future__ import annotations

import json
import sys
from typing import IO, Final

DONE: Final = 0
FAILED: Final = 1
_LENGTH: Final = 8


def read_message(stream: IO[bytes]) -> tuple[int, bytes]:
    """A message's status and its bytes.

    Raises:
        EOFError: The stream ended before a whole message.
    """
    head = stream.read(1 + _LENGTH)
    body = stream.read(int.from_bytes(head[1:], "big"))
    if len(head) < 1 + _LENGTH or len(body) < int.from_bytes(head[1:], "big"):
        raise EOFError
    return head[0], body


def write_message(stream: IO[bytes], status: int, body: bytes) -> None:
    """Send a message, all of it."""
    stream.write(bytes([status]) + len(body).to_bytes(_LENGTH, "big") + body)
    stream.flush()


def _picture(order: bytes) -> tuple[int, bytes]:
    import vl_convert  # noqa: PLC0415 - the parent imports this module, and does without

    wanted = json.loads(order)
    try:
        return DONE, vl_convert.vegalite_to_png(
            wanted["spec"],
            vl_version=wanted["vl_version"],
            scale=wanted["scale"],
            allowed_base_urls=[],
        )
    except ValueError as error:
        return FAILED, str(error).encode()


def _work() -> None:
    while True:
        try:
            _, order = read_message(sys.stdin.buffer)
        except EOFError:
            return
        write_message(sys.stdout.buffer, *_picture(order))


if __name__ == "__main__":
    _work()
