"""The cache: fast path, store and shared loads."""

from loguro_async.pipeline.cache.stage import CacheStage

__all__ = ["CacheStage"]
