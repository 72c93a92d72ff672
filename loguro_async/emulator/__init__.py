"""The embedded Loguro: the service's query API on loopback, over generated or own events.

It imports nothing of the client's, so that a misreading of the reference cannot hide in both.
"""

try:
    import duckdb as _duckdb
    import numpy as _numpy  # noqa: ICN001 - only to see that it is there
except ModuleNotFoundError as missing:
    message = f'the emulator needs {missing.name}: install "loguro-async[emulator]"'
    raise ImportError(message, name=missing.name) from missing

from loguro_async.emulator.emulator import LoguroEmulator
from loguro_async.emulator.faults import Fault
from loguro_async.emulator.journal import RecordedRequest
from loguro_async.emulator.switches import Switches

__all__ = ["Fault", "LoguroEmulator", "RecordedRequest", "Switches"]
del _duckdb, _numpy
