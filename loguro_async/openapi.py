"""An OpenAPI 3.1 description of the service, made from the table of endpoints and the models.

The reference gives no such description. Where it leaves a shape open, the schema has the likely
members, all of them optional.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, get_origin

import msgspec

from loguro_async.credentials import BASE_URL
from loguro_async.endpoints import ENDPOINTS
from loguro_async.models.examples import EXAMPLES
from loguro_async.query.filter_text import KEYS
from loguro_async.query.ranges import CHIPS, DEFAULT_CHIP
from loguro_async.version import __version__

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint

_TEMPLATE: Final = "#/components/schemas/{name}"
_PREFIX: Final = "/api/web-events/{projectSlug}"
_ERRORS: Final = {
    "400": ("BadRequest", "The project identifier or the visitor id is not valid."),
    "401": ("Unauthorized", "The token is missing, invalid, expired or revoked."),
    "404": ("NotFound", "The project was not found, or the token's owner has no access to it."),
    "500": ("QueryFailed", "The query failed. Retry later, or reduce the range or filter."),
}
"""Source: "Status codes"."""

_RANGES: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "range",
        "description": "Time chip.",
        "schema": {"type": "string", "enum": list(CHIPS), "default": DEFAULT_CHIP},
    },
    {
        "name": "from",
        "description": "Start of a window. With `to`, it overrides `range`.",
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-06-01T00:00:00.000Z",
    },
    {
        "name": "to",
        "description": "End of a window. With `from`, it overrides `range`.",
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-06-08T00:00:00.000Z",
    },
)
_PARAMETERS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "range": _RANGES,
    "filter": (
        {
            "name": "filter",
            "description": (
                f"Filter in the dashboard's syntax; keys: {', '.join(KEYS)}. `!` negates a term, "
                "`|` separates values, a space separates terms."
            ),
            "schema": {"type": "string"},
            "example": "country:RO|US !device:mobile",
        },
    ),
    "limit": (
        {
            "name": "limit",
            "description": "Maximum number of rows. Each endpoint caps it.",
            "schema": {"type": "integer", "minimum": 1},
        },
    ),
    "compare": (
        {
            "name": "compare",
            "description": "Includes counts of the previous period, where that is supported.",
            "schema": {"type": "string", "enum": ["1"]},
        },
    ),
    "depth": (
        {
            "name": "depth",
            "description": "Number of pageview steps of a flow.",
            "schema": {"type": "integer", "minimum": 2, "maximum": 5, "default": 3},
        },
    ),
    "window": (
        {
            "name": "windowMs",
            "description": "How far to look back, in milliseconds.",
            "schema": {
                "type": "integer",
                "minimum": 60_000,
                "maximum": 3_600_000,
                "default": 300_000,
            },
        },
    ),
}
"""The query parameters of each argument. Source: "Common parameters", "Top lists" and
"Recent activity"."""


def openapi(*, base_url: str = BASE_URL) -> dict[str, Any]:
    """Returns an OpenAPI 3.1 description of the service, as a new dictionary.

    Args:
        base_url: The server that it names, such as that of an embedded Loguro.
    """
    _, schemas = msgspec.json.schema_components(
        [endpoint.shape for endpoint in ENDPOINTS], ref_template=_TEMPLATE
    )
    description: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Loguro Web Analytics Query API",
            "version": __version__,
            "description": "Unofficial; made from the client library loguro-async.",
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}],
        "paths": {_PREFIX + _suffix(endpoint): _path(endpoint) for endpoint in ENDPOINTS},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A personal access token, which begins with `pat_`.",
                }
            },
            "responses": {name: _error(text) for name, text in _ERRORS.values()},
            "schemas": {"Error": _ERROR_SCHEMA, **_open(schemas)},
        },
    }
    # As JSON has it, and nothing in it shared with another call.
    return msgspec.json.decode(msgspec.json.encode(description), type=dict[str, Any])


_ERROR_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}


def _suffix(endpoint: Endpoint[Any]) -> str:
    return endpoint.suffix.replace("visitor_id", "visitorId")


def _path(endpoint: Endpoint[Any]) -> dict[str, Any]:
    parameters = [_in_path("projectSlug", "The project's slug, not its internal id.")]
    if endpoint.needs_visitor:
        parameters.append(_in_path("visitorId", "The visitor's id."))
    parameters += [
        {"in": "query", **parameter} for name in endpoint.takes for parameter in _PARAMETERS[name]
    ]
    return {
        "get": {
            "operationId": endpoint.name.replace("-", "_"),
            "summary": _summary(endpoint),
            "parameters": parameters,
            "responses": {
                "200": {"description": "Query succeeded.", "content": _content(endpoint)},
                **{
                    status: {"$ref": f"#/components/responses/{name}"}
                    for status, (name, _) in _ERRORS.items()
                },
            },
        }
    }


def _in_path(name: str, description: str) -> dict[str, Any]:
    return {
        "in": "path",
        "name": name,
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
    }


def _summary(endpoint: Endpoint[Any]) -> str:
    kind = get_origin(endpoint.shape)
    if kind is None:
        return (inspect.getdoc(endpoint.shape) or "").partition("\n")[0]
    return f"{endpoint.name.replace('-', ' ').capitalize()}, most first."


def _content(endpoint: Endpoint[Any]) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([endpoint.shape], ref_template=_TEMPLATE)
    content: dict[str, Any] = {"schema": schema}
    if endpoint.name in EXAMPLES:
        content["example"] = EXAMPLES[endpoint.name]
    return {"application/json": content}


def _error(description: str) -> dict[str, Any]:
    schema = {"$ref": _TEMPLATE.format(name="Error")}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _open(schemas: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Schemas that allow further members: "may include additional fields over time"."""
    return {
        name: {key: value for key, value in schema.items() if key != "additionalProperties"}
        for name, schema in schemas.items()
    }
