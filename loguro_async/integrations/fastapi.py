"""The client in FastAPI, as a dependency.

```python
app = FastAPI(lifespan=loguro_lifespan())


@app.get("/visitors")
async def visitors(loguro: LoguroDep) -> int:
    return (await loguro.project("local").kpis(range="7d")).current.visitors
```
"""

from typing import Annotated

from loguro_async.extras import missing_extra

try:
    from fastapi import Depends
except ImportError as error:
    raise missing_extra("loguro_async.integrations.fastapi", "fastapi", error) from error

from loguro_async.client import LoguroClient
from loguro_async.integrations.starlette import (
    json_response,
    loguro_error,
    loguro_lifespan,
    loguro_named,
    loguro_of,
)

LoguroDep = Annotated[LoguroClient, Depends(loguro_of)]
"""The application's client, as the type of a parameter."""

__all__ = [
    "LoguroDep",
    "json_response",
    "loguro_error",
    "loguro_lifespan",
    "loguro_named",
    "loguro_of",
]
