"""Fixtures and settings of all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("here", deadline=None)
settings.load_profile("here")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own token or address must not reach a test."""
    for name in tuple(os.environ):
        if name.startswith("LOGURO_"):
            monkeypatch.delenv(name)
