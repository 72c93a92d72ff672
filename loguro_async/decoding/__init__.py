"""Decodes bodies into response structs."""

from loguro_async.decoding.decode import decode

__all__ = ["decode"]
