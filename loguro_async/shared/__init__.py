"""Cached responses and limits that processes share through Valkey or Redis."""
