"""A dashboard to mount in a web server of one's own.

The token stays on the server, and the host decides who sees what. ``dashboard`` is an ASGI
application, ``aiohttp_dashboard`` an aiohttp one, and ``render_widget`` gives a single widget for a
template of the host's. All need the extra ``loguro-async[dashboard]``.
"""

from importlib import import_module

try:
    import_module("babel")
    import_module("jinja2")
except ImportError as missing:
    message = 'loguro_async.dashboard needs an extra: pip install "loguro-async[dashboard]"'
    raise ImportError(message) from missing

from loguro_async.dashboard.access import Access, Decide
from loguro_async.dashboard.aiohttp_app import aiohttp_dashboard
from loguro_async.dashboard.asgi_app import dashboard
from loguro_async.dashboard.embedded_widget import render_widget

__all__ = [
    "Access",
    "Decide",
    "aiohttp_dashboard",
    "dashboard",
    "render_widget",
]
