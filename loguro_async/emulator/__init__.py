"""The embedded Loguro: the service's query API on loopback, over generated events or own files.

This package imports nothing of the client, so that a wrong reading of the reference in one of them
shows in the tests of the other.
"""

try:
    import duckdb as _duckdb
    import numpy as _numpy  # noqa: ICN001 - only to check that it is installed
except ModuleNotFoundError as missing:
    message = f'the emulator needs {missing.name}: install "loguro-async[emulator]"'
    raise ImportError(message, name=missing.name) from missing

from loguro_async.emulator.behaviour import Behaviour
from loguro_async.emulator.emulator import LoguroEmulator
from loguro_async.emulator.event_factory import EventFields
from loguro_async.emulator.faults import Fault
from loguro_async.emulator.request_log import RecordedRequest

__all__ = ["Behaviour", "EventFields", "Fault", "LoguroEmulator", "RecordedRequest"]
del _duckdb, _numpy
