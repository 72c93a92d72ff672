"""The cache: fast path, store, single flight."""

from loguro_async.pipeline.cache.stage import Cache

__all__ = ["Cache"]
