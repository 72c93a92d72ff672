"""A page's context, made without a request."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Protocol

import pytest

from loguro_async.dashboard.access import Access
from loguro_async.dashboard.context import PageContext
from loguro_async.dashboard.locale import Locale
from loguro_async.dashboard.view_state import view_state
from loguro_async.dashboard.widgets import tabs_for

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


_LOCAL = Access(project="local")


class MakeContext(Protocol):
    def __call__(
        self, asked: Mapping[str, str] = ..., access: Access = ..., language: str = ...
    ) -> PageContext: ...


@pytest.fixture
def make_context() -> MakeContext:
    def made(
        asked: Mapping[str, str] | None = None,
        access: Access = _LOCAL,
        language: str = "en",
    ) -> PageContext:
        state = view_state(asked or {}, access, tabs_for(access), NOW)
        return PageContext(access=access, state=state, locale=Locale(language, "UTC"), now=NOW)

    return made
