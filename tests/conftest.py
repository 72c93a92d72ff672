"""Fixtures and settings of all tests."""

from __future__ import annotations

import gc
import os
import signal
import sys

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("here", deadline=None)
settings.load_profile("here")


def pytest_configure() -> None:
    """Gives tests, and the programs they start, what a user's shell gives."""
    os.environ.pop("PYTHONUNBUFFERED", None)
    # Without stored bytecode each worker, and each program, would compile every module again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # A shell ignores SIGINT for what it runs in the background, and `nohup` ignores SIGHUP.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Leaves thousands of tests out of each full collection of garbage."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own token or address must not reach a test."""
    for name in tuple(os.environ):
        if name.startswith("LOGURO_"):
            monkeypatch.delenv(name)
