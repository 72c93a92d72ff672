"""Decodes bodies into responses: the only package that decodes what the service sent.

Strict first, in one pass of msgspec. Where that fails, the body is read value by value, and what
departs from the reference is tolerated and noted.
"""

from loguro_async.decoding.decode import decode, explain
from loguro_async.decoding.tolerant import from_builtins

__all__ = ["decode", "explain", "from_builtins"]
