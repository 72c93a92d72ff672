"""Decodes bodies of the service into responses; no other package does.

A body is first decoded strictly, in one pass of msgspec. If that fails, it is read value by value,
and differences from the reference are tolerated and noted.
"""

from loguro_async.decoding.decode import decode, explain
from loguro_async.decoding.tolerant import from_builtins

__all__ = ["decode", "explain", "from_builtins"]
