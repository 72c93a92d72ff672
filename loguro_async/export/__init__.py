"""Responses and streams as Arrow, and as files of Parquet, CSV and NDJSON.

Tables have the PyCapsule interface, so that pandas, polars and DuckDB take them as they are.
Columns and their types follow from the structs, never from the values.
"""

from importlib import import_module

try:
    import_module("filelock")
    import_module("pyarrow")
except ModuleNotFoundError as error:
    message = 'loguro_async.export needs an extra: pip install "loguro-async[arrow]"'
    raise ImportError(message) from error

from loguro_async.export.async_writer import Part, write
from loguro_async.export.daily_export import (
    DayExport,
    EventSource,
    ExportProgress,
    ExportReport,
    export_events,
)
from loguro_async.export.formats import FileFormat
from loguro_async.export.staging_folder import ExportRunningError
from loguro_async.export.tables import schema, to_batches, to_table

__all__ = [
    "DayExport",
    "EventSource",
    "ExportProgress",
    "ExportReport",
    "ExportRunningError",
    "FileFormat",
    "Part",
    "export_events",
    "schema",
    "to_batches",
    "to_table",
    "write",
]
