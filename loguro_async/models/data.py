"""Responses and rows as data: dictionaries, JSON, fields and return types of pydantic and FastAPI.

The service's own names and values are used throughout, those of unknown members included.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from loguro_async.models.lenient_json import loads

if TYPE_CHECKING:
    from collections.abc import KeysView

_PYDANTIC: Final = "loguro_async.models.pydantic_schema"


class Data(Struct, frozen=True):
    """A struct that becomes a dictionary or JSON.

    ``dict(value)`` and ``value["name"]`` work, by the service's names; a loop over it does not,
    because a loop over a list's response would give names, not rows.
    """

    __iter__ = None

    def to_json(self) -> bytes:
        """Returns what the service sent as one JSON object, unknown members included."""
        return msgspec.json.encode(self)

    def to_dict(self) -> dict[str, Any]:
        """Returns what the service sent as a new dictionary, under the service's names.

        Timestamps are text, as in JSON. Members that this version does not know are included.
        """
        members: dict[str, Any] = loads(self.to_json())
        return members

    def keys(self) -> KeysView[str]:
        """Returns the names of the members that ``to_dict`` has."""
        return self.to_dict().keys()

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Returns one member of ``to_dict``, by the service's name."""
        return self.to_dict()[name]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:  # noqa: ANN401 - pydantic's protocol
        """Returns how pydantic reads and writes the struct; only pydantic calls this."""
        return import_module(_PYDANTIC).core_schema(source, handler)
