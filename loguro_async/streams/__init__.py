"""Streams of many calls: events, live events and fan-out."""
