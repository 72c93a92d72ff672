"""Each extra brings what it promises, and without it an error names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.packaging.environments import OWN, install, needed, requirements, run_in, wheel_in

if TYPE_CHECKING:
    from pathlib import Path

# What each extra is there for, in as few words as use it.
PROMISES: Final = {
    "aiogram": "import loguro_async.integrations.aiogram",
    "arrow": "import loguro_async.export",
    "charts": (
        "from loguro_async.charts import to_svg; "
        "to_svg({'data': {'values': [{'a': 1}]}, 'mark': 'bar'})"
    ),
    "cli": "from loguro_async.cli import main; import sys; sys.argv[1:] = ['--version']; main()",
    "dashboard": "import loguro_async.dashboard",
    "dask": "import loguro_async.integrations.dask",
    "discord": "import loguro_async.integrations.discord",
    "emulator": "import loguro_async.emulator",
    "fastapi": "import loguro_async.integrations.fastapi",
    "litestar": "import loguro_async.integrations.litestar",
    "mcp": "import loguro_async.integrations.mcp",
    "otel": "import loguro_async.integrations.opentelemetry",
    "rate": (
        "from loguro_async import Limits, LoguroClient; "
        "LoguroClient('pat_made-up', limits=Limits(rate=5.0))"
    ),
    "redis": (
        "from loguro_async.shared_cache import RedisCache; RedisCache('redis://127.0.0.1:6379/0')"
    ),
    "report": "from loguro_async.report.templates import environment; environment()",
    "slack": "import loguro_async.integrations.slack",
    "starlette": "import loguro_async.integrations.starlette",
}
# These only bring others.
GROUPS: Final = {"all", "demo", "frameworks"}
# The core does this by itself by now; the extra's name stays for those who install it.
WITHOUT_NEED: Final = {"rate"}


@pytest.fixture(scope="session")
def core(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel without any extra."""
    return install(unpacked, "", tmp_path_factory.mktemp("core"))


def test_every_extra_makes_a_promise(unpacked: Path) -> None:
    extras = wheel_in(unpacked).metadata.get_all("Provides-Extra", [])
    assert set(extras) == PROMISES.keys() | GROUPS


def test_without_extras_nothing_but_the_core_is_there(core: Path, unpacked: Path) -> None:
    assert run_in(core, "-c", "import loguro_async").returncode == 0
    assert {"aiohttp", "cachetools", "msgspec", "tenacity"} <= needed(wheel_in(unpacked), "").keys()
    hidden = run_in(core, "-c", "import pytest")
    assert "No module named 'pytest'" in hidden.stderr


@pytest.mark.parametrize("extra", PROMISES)
def test_with_its_extra_alone_a_part_works(extra: str, unpacked: Path, tmp_path: Path) -> None:
    done = run_in(install(unpacked, extra, tmp_path), "-c", PROMISES[extra])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("extra", WITHOUT_NEED)
def test_features_of_the_core_need_no_extra(extra: str, core: Path) -> None:
    done = run_in(core, "-c", PROMISES[extra])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("extra", sorted(PROMISES.keys() - WITHOUT_NEED))
def test_without_its_extra_an_error_names_it(extra: str, core: Path) -> None:
    done = run_in(core, "-c", PROMISES[extra])
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert re.fullmatch(r"(ImportError|loguro-async): .+", last), done.stderr
    assert f"{OWN}[{extra}]" in last


@pytest.mark.parametrize("extra", ["", *PROMISES])
def test_the_installed_packages_are_those_that_the_wheel_requires(
    extra: str, unpacked: Path
) -> None:
    wheel = wheel_in(unpacked)
    found = needed(wheel, extra)
    for requirement in requirements(wheel, extra):
        if requirement.name != OWN:
            version = found[requirement.name.lower()].version
            assert requirement.specifier.contains(version), requirement
