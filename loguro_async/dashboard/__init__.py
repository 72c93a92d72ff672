"""A dashboard to mount in a web server of one's own.

The token stays on the server, and the host decides who sees what. ``dashboard`` is an ASGI
application, ``aiohttp_dashboard`` an aiohttp one; both need the extra ``loguro-async[dashboard]``.
"""

from importlib import import_module

try:
    import_module("jinja2")
    import_module("starlette")
except ImportError as missing:
    message = 'loguro_async.dashboard needs an extra: pip install "loguro-async[dashboard]"'
    raise ImportError(message) from missing

from loguro_async.dashboard.access import Access, Decide
from loguro_async.dashboard.aiohttp_app import aiohttp_dashboard
from loguro_async.dashboard.asgi_app import dashboard

__all__ = ["Access", "Decide", "aiohttp_dashboard", "dashboard"]
