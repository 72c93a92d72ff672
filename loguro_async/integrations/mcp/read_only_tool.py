"""A tool that checks its arguments, reports errors on one line, and returns data and text."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ValidationError

from loguro_async.errors import LoguroError
from loguro_async.integrations.failures import log_failure
from loguro_async.integrations.mcp.arguments import NoArguments, explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ArgumentsT = TypeVar("ArgumentsT", bound=NoArguments)


class ReadOnlyTool(Tool):
    """A tool that reads analytics.

    The SDK's own checks ignore unknown arguments, and their messages link to another library.
    """

    async def run(
        self,
        arguments: dict[str, Any],
        context: Any,  # noqa: ANN401, ARG002 - the SDK's
        convert_result: bool = False,  # noqa: ARG002, FBT001, FBT002 - the SDK's
    ) -> CallToolResult:
        """Runs the tool, and returns its result or what is wrong."""
        model = self.fn_metadata.arg_model
        try:
            result = await self.fn(model.model_validate(arguments))
        except ValidationError as error:
            known = tuple(self.parameters["properties"])
            return _failed(f"{self.name}: {explain(error, known)}")
        except LoguroError as error:
            log_failure(f"tool {self.name}", error)
            return _failed(f"{self.name}: {error}")
        return CallToolResult(
            content=[TextContent(type="text", text=result.text())],
            structured_content=result.model_dump(mode="json", by_alias=True),
        )


def read_only_tool(
    function: Callable[[ArgumentsT], Awaitable[BaseModel]],
    arguments: type[ArgumentsT],
    result: type[BaseModel],
) -> ReadOnlyTool:
    """Returns a tool that is called and described as its function is.

    Args:
        function: What the tool does.
        arguments: The model of its arguments.
        result: The model of its result.
    """
    return ReadOnlyTool(
        fn=function,
        title=None,
        context_kwarg=None,
        name=function.__name__,
        description=inspect.getdoc(function) or "",
        parameters=_compact(arguments.model_json_schema(by_alias=True)),
        fn_metadata=FuncMetadata(
            arg_model=arguments,
            output_schema=_compact(result.model_json_schema(mode="serialization", by_alias=True)),
        ),
        is_async=True,
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, open_world_hint=True
        ),
    )


def _compact(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema without the titles that pydantic makes of names.

    An assistant reads the schemas of all tools before its first call.
    """
    return {name: _without_titles(value) for name, value in schema.items() if name != "title"}


def _without_titles(value: object) -> object:
    if isinstance(value, dict):
        return _compact(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [_without_titles(one) for one in cast("list[object]", value)]
    return value


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)
