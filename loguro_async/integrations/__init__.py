"""Holding the client where it is used: web servers, bots, assistants, clusters, traces."""
