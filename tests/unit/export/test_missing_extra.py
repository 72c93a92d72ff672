"""Without what the extra brings."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = "import sys; sys.modules[{0!r}] = None; import loguro_async.export"
WITH_PYARROW = "import sys, loguro_async; print('pyarrow' in sys.modules)"


@pytest.mark.parametrize("missing", ["filelock", "pyarrow"])
def test_the_extra_is_named(missing: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing)], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == (
        'ImportError: loguro_async.export needs an extra: pip install "loguro-async[arrow]"'
    )


def test_the_package_alone_does_not_load_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_PYARROW], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
