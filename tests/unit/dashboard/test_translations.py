"""Every text of the dashboard is there in every language, with the same values in it."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import loguro_async.dashboard
from loguro_async.dashboard.context import RANGE_TITLES
from loguro_async.dashboard.failures import status_and_text
from loguro_async.dashboard.locale import Locale
from loguro_async.dashboard.widgets import CARDS
from loguro_async.errors import (
    AuthenticationError,
    DeadlineExceededError,
    LoguroError,
    ProjectNotFoundError,
    RateLimitedError,
)

ROOM = Path(loguro_async.dashboard.__file__).parent
CATALOGUES = sorted((ROOM / "translations").glob("*.po"))


def texts() -> set[str]:
    found: set[str] = set()
    for path in ROOM.glob("templates/*.j2"):
        found |= set(re.findall(r'\bt\("([^"]+)"', path.read_text("utf-8")))
    for path in ROOM.glob("*.py"):
        code = path.read_text("utf-8")
        found |= set(re.findall(r'(?:\.text|format)\(\s*"([^"]+)"', code))
        for table in re.findall(r"_(?:TITLES|UNITS|DEVICES): Final = \{(.*?)\}", code, re.DOTALL):
            found |= set(re.findall(r': "([^"]+)"', table))
    found |= set(RANGE_TITLES.values())
    found |= {widget.title for card in CARDS for widget in card.widgets}
    made = [widget.present for card in CARDS for widget in card.widgets]
    found |= {one.keywords["heading"] for one in made if isinstance(one, partial)}
    kinds = (AuthenticationError, DeadlineExceededError, ProjectNotFoundError, RateLimitedError)
    for kind in kinds:
        found.add(status_and_text(kind.__new__(kind))[1])
    found.add(status_and_text(LoguroError("x"))[1])
    return found


def test_texts_are_found() -> None:
    assert len(texts()) > 80
    assert {"Visit length", "Try again", "Last 7 days", "Entry pages", "Desktop"} <= texts()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_text_is_translated(path: Path) -> None:
    with path.open("rb") as file:
        messages = {str(one.id): str(one.string) for one in read_po(file) if one.id}
    assert texts() - messages.keys() == set()
    assert [english for english, text in messages.items() if not text] == []
    for english, text in messages.items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", text))


def test_a_text_is_in_the_language_of_the_viewer() -> None:
    assert len(CATALOGUES) >= 4
    german = Locale("de-AT", "UTC")
    assert (german.text("Visitors"), german.language) == ("Besucher", "de")
    assert german.text("Week of {date}", date="1. Juni") == "Woche ab 1. Juni"
    assert Locale("ja", "UTC").text("Visitors") == "Visitors"
    assert Locale("ja", "UTC").language == "en"
