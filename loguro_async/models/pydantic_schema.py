"""How pydantic, and so FastAPI, reads and writes responses and rows. Only pydantic imports this."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, cast, get_origin

import msgspec
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

    from loguro_async.models.data import Data

_DECODING: Final = "loguro_async.decoding"  # stands above the models, which only name it
_REFERENCE: Final = "#/$defs/"


def core_schema(source: Any, handler: GetCoreSchemaHandler) -> Any:  # noqa: ANN401 - pydantic's own types
    """Returns the schema that pydantic builds its validator and serialiser from.

    Instances pass as they are; dictionaries are read as the service's responses are. Both are
    written as ``to_dict`` gives them.

    Args:
        source: A response or row type, such as ``TopList[TopPage]``.
        handler: Builds schemas of other types.
    """
    kind: type[Data] = get_origin(source) or source

    def validated(value: object) -> object:
        if isinstance(value, kind):
            return value
        return import_module(_DECODING).from_builtins(source, value)

    def serialised(value: Data) -> dict[str, Any]:
        return value.to_dict()

    return handler.generate_schema(
        Annotated[
            Any,
            PlainValidator(validated),
            PlainSerializer(serialised),
            WithJsonSchema(json_schema(source)),
        ]
    )


def json_schema(source: Any) -> dict[str, Any]:  # noqa: ANN401 - types such as TopList[TopPage]
    """Returns the JSON schema of a type, whole in itself, open to unknown members."""
    schema = msgspec.json.schema(source)
    definitions = schema.pop("$defs", {})

    def inlined(node: object) -> Any:  # noqa: ANN401 - JSON
        if isinstance(node, list):
            return [inlined(each) for each in cast("list[object]", node)]
        if not isinstance(node, dict):
            return node
        members = cast("dict[str, Any]", node)
        if "$ref" in members:
            return inlined(definitions[members["$ref"].removeprefix(_REFERENCE)])
        return {
            name: inlined(value)
            for name, value in members.items()
            if name != "additionalProperties"
        }

    return cast("dict[str, Any]", inlined(schema))
