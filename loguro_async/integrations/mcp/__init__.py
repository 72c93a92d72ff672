"""Read-only tools for assistants, by the Model Context Protocol.

```python
await loguro_tools(client, projects=["shop"]).run_stdio_async()
```
"""

from importlib import import_module

from loguro_async.extras import missing_extra

try:
    import_module("mcp")
except ImportError as error:
    raise missing_extra("loguro_async.integrations.mcp", "mcp", error) from error

from loguro_async.integrations.mcp.server import loguro_tools

__all__ = ["loguro_tools"]
