"""Numbers, dates, durations, countries and texts in the viewer's language, by Babel."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import babel
from babel.dates import format_skeleton, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.units import format_unit

from loguro_async.query.ranges import time_zone
from loguro_async.text import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CATALOGUES: Final = Path(__file__).with_name("translations")
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
_MAX_HEADER_CHARACTERS: Final = 200
_COMPACT_FROM: Final = 100_000
_FLAG_OFFSET: Final = 0x1F1E6 - ord("A")
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


class Locale:
    """How values are shown to one viewer.

    Args:
        tag: A language tag such as ``de`` or ``pt-BR``.
        timezone: The time zone, or its IANA name.
    """

    def __init__(self, tag: str, timezone: dt.tzinfo | str) -> None:
        self._babel = _parsed(tag) or babel.Locale("en")
        self._texts = _catalogue(self._babel.language)
        self._zone = time_zone(timezone)
        self.timezone = str(timezone)

    @property
    def language(self) -> str:
        """The tag of the language that texts are in."""
        return self._babel.language if self._texts else "en"

    def text(self, english: str, /, **values: object) -> str:
        """Returns a text in the viewer's language, or in English where it is not translated."""
        translated = self._texts.get(english, english)
        return translated.format(**values) if values else translated

    def number(self, value: float | None) -> str:
        """Returns a count with its thousands apart; a dash for ``None``."""
        return NOTHING if value is None else _number(value, self._babel)

    def compact(self, value: float | None) -> str:
        """Returns a count that fits where space is short: ``12.3M``."""
        if value is None or abs(value) < _COMPACT_FROM:
            return self.number(value)
        return _compact(value, self._babel)

    def percent(self, share: float | None, *, digits: int = 0) -> str:
        """Returns a share (0 to 1) in percent."""
        if share is None:
            return NOTHING
        return _percent(round(share, 2 + digits), self._babel)

    def change(self, ratio: float) -> str:
        """Returns a relative change with its sign: ``+12%``."""
        return _sign(ratio) + _percent(round(abs(ratio), 2), self._babel)

    def signed(self, value: float) -> str:
        """Returns a number with its sign and at most one digit after the point."""
        return _sign(value) + format_decimal(abs(round(value, 1)), locale=self._babel)

    def duration(self, seconds: float | None) -> str:
        """Returns a length of time in its two largest units: ``1 hr 5 min``."""
        if seconds is None:
            return NOTHING
        whole = round(seconds)
        units: tuple[tuple[int, str], ...]
        if whole >= _DAY:
            units = ((whole // _DAY, "day"), (whole % _DAY // _HOUR, "hour"))
        elif whole >= _HOUR:
            units = ((whole // _HOUR, "hour"), (whole % _HOUR // _MINUTE, "minute"))
        elif whole >= _MINUTE:
            units = ((whole // _MINUTE, "minute"), (whole % _MINUTE, "second"))
        else:
            units = ((whole, "second"),)
        return " ".join(
            format_unit(count, f"duration-{unit}", length="short", locale=self._babel)
            for count, unit in units
            if count or len(units) == 1
        )

    def moment(self, at: dt.datetime) -> str:
        """Returns a day and a time in the viewer's time zone."""
        local = at.astimezone(self._zone)
        return f"{self._skeleton('yMMMd', local)}, {self._skeleton('Hm', local)}"

    def time(self, at: dt.datetime) -> str:
        """Returns a time of the day in the viewer's time zone."""
        return self._skeleton("Hm", at.astimezone(self._zone))

    def hour(self, at: dt.datetime) -> str:
        """Returns an hour with its day, in the viewer's time zone."""
        local = at.astimezone(self._zone)
        return f"{self._skeleton('MMMEd', local)}, {self._skeleton('Hm', local)}"

    def short_day(self, at: dt.datetime, *, local: bool = False) -> str:
        """Returns a day without its year, as the service has it or in the viewer's time zone."""
        return self._skeleton("MMMd", at.astimezone(self._zone) if local else at)

    def day(self, at: dt.date) -> str:
        """Returns a day, as the service has it."""
        return self._skeleton("yMMMEd", at)

    def date(self, at: dt.date) -> str:
        """Returns a day without the day of the week."""
        return self._skeleton("yMMMd", at)

    def month(self, at: dt.date) -> str:
        """Returns a month, as the service has it."""
        return self._skeleton("yMMM", at)

    def ago(self, at: dt.datetime, now: dt.datetime) -> str:
        """Returns how long ago a moment was."""
        since = max(now - at, dt.timedelta(0))
        if since < dt.timedelta(minutes=1):
            return self.text("just now")
        return format_timedelta(-since, add_direction=True, locale=self._babel)

    def country(self, code: str) -> str:
        """Returns the name of a country; the code itself where it is not known."""
        names: Any = self._babel.territories
        return str(names.get(code.upper(), code))

    def _skeleton(self, skeleton: str, at: dt.date) -> str:
        # Equal moments of two zones are equal keys of a cache; their texts are not.
        shown = at.replace(tzinfo=None) if isinstance(at, dt.datetime) else at
        return _date(skeleton, shown, self._babel)


def _sign(value: float) -> str:
    return "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "\N{PLUS-MINUS SIGN}"


def flag(code: str) -> str:
    """Returns the flag of a country as a character; empty where the code is none."""
    letters = code.upper()
    if len(letters) != 2 or not (letters.isascii() and letters.isalpha()):  # noqa: PLR2004 - ISO 3166
        return ""
    return "".join(chr(ord(letter) + _FLAG_OFFSET) for letter in letters)


def preferred_language(header: str) -> str:
    """Returns the first language of an ``Accept-Language`` header that is known, else ``en``."""
    wanted: list[tuple[float, str]] = []
    for part in header[:_MAX_HEADER_CHARACTERS].split(","):
        tag, _, quality = part.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality.strip() else 1.0
        except ValueError:
            continue
        wanted.append((-weight, tag.strip()))
    wanted.sort(key=lambda pair: pair[0])
    return next((tag for weight, tag in wanted if weight < 0 and _parsed(tag)), "en")


@lru_cache(maxsize=256)
def _parsed(tag: str) -> babel.Locale | None:
    if not _TAG.fullmatch(tag):
        return None
    for candidate in (tag, tag.partition("-")[0]):
        try:
            return babel.Locale.parse(candidate, sep="-")
        except (babel.UnknownLocaleError, ValueError):
            continue
    return None


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    path = _CATALOGUES / f"{language}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(one.id): str(one.string) for one in messages if one.id and one.string}


@lru_cache(maxsize=8_192)
def _number(value: float, locale: babel.Locale) -> str:
    return format_decimal(round(value), locale=locale)


@lru_cache(maxsize=2_048)
def _compact(value: float, locale: babel.Locale) -> str:
    return format_compact_decimal(value, locale=locale, fraction_digits=1)


@lru_cache(maxsize=2_048)
def _percent(share: float, locale: babel.Locale) -> str:
    pattern = locale.percent_formats[None].pattern
    digits = pattern.replace("0", "0.#", 1) if share * 100 % 1 else pattern
    return format_percent(share, format=digits, locale=locale)


@lru_cache(maxsize=8_192)
def _date(skeleton: str, at: dt.date, locale: babel.Locale) -> str:
    return format_skeleton(skeleton, at, locale=locale)
