"""Models import charts only when a notebook needs them."""

from __future__ import annotations

import subprocess
import sys

QUIET = """
import sys
from loguro_async import Count
charts = [name for name in sys.modules if name.startswith("loguro_async.charts")]
assert charts == [], charts
shown = Count(3)._repr_mimebundle_()
assert "loguro_async.charts.notebook" in sys.modules
assert "text/html" in shown
"""


def test_charts_are_imported_when_a_notebook_needs_them_and_not_before() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", QUIET], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
