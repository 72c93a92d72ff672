"""Answers once given are given again: the store, shared flights, and when an old answer will do."""

from loguro_async.pipeline.cache.answers import SharedAnswers
from loguro_async.pipeline.cache.stage import CacheStage

__all__ = ["CacheStage", "SharedAnswers"]
