"""Integrations with web frameworks, bots, assistants, clusters and tracing."""
