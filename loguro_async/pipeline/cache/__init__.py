"""The cache: fast path, store and shared loads."""

from loguro_async.pipeline.cache.stage import Cache

__all__ = ["Cache"]
