"""The reference lists every public name, and the site's menu every page."""

from __future__ import annotations

import re

import loguro_async
from loguro_async import charts, dashboard, doctor, emulator, export, report
from loguro_async.integrations import dask
from tests.docs.documents import PAGES, ROOT


def documented(module: str) -> set[str]:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    return set(re.findall(rf"^::: {re.escape(module)}\.([A-Za-z]\w*)$", text, re.MULTILINE))


def test_every_public_name_is_in_the_reference() -> None:
    assert documented("loguro_async") == set(loguro_async.__all__) - {"__version__"}


def test_every_public_name_of_the_emulator_is_in_the_reference() -> None:
    assert documented("loguro_async.emulator") == set(emulator.__all__)


def test_every_public_name_of_the_exports_is_in_the_reference() -> None:
    assert documented("loguro_async.export") == set(export.__all__)


def test_every_public_name_of_the_dashboard_is_in_the_reference() -> None:
    assert documented("loguro_async.dashboard") == set(dashboard.__all__)


def test_every_public_name_of_the_clusters_is_in_the_reference() -> None:
    assert documented("loguro_async.integrations.dask") == set(dask.__all__)


def test_every_public_name_of_charts_and_reports_is_in_the_reference() -> None:
    assert documented("loguro_async.charts") == set(charts.__all__)
    assert documented("loguro_async.report") == set(report.__all__)


def test_every_public_name_of_the_check_ups_is_in_the_reference() -> None:
    assert documented("loguro_async.doctor") == set(doctor.__all__)


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in PAGES if page.parent != ROOT}
    assert pages == set(re.findall(r"^ +- (?:\w+: )?(\S+\.md)$", menu, re.MULTILINE))
