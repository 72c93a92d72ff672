"""Ways in which a service might read a filter's text: the reference leaves them open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ReadTerm: TypeAlias = "tuple[bool, str, list[str]]"
COLUMNS = ("path", "country", "device", "browser", "os", "visitor_id", "search")


@dataclass(frozen=True)
class Reading:
    """One way to read a filter's text.

    Attributes:
        quotes: Whether quotes hold a value together.
        escapes: Whether a backslash inside quotes takes a quote's meaning away.
        single: Whether single quotes are quotes too.
        repeated: How terms of one key go together: ``and``, ``or`` or ``last``.
        folds_case: Whether ``ro`` is ``RO``.
    """

    quotes: bool
    escapes: bool
    single: bool
    repeated: str
    folds_case: bool

    def shows(self, terms: Iterable[ReadTerm], event: Mapping[str, str]) -> bool:
        """Whether a service that has read these terms lets an event through."""
        by_key: dict[str, list[bool]] = {}
        for negated, key, values in terms:
            if key in COLUMNS:
                holds = any(self._matches(key, value, event) for value in values)
                by_key.setdefault(key, []).append(holds != negated)
        return all(self._together(held) for held in by_key.values())

    def _together(self, held: list[bool]) -> bool:
        match self.repeated:
            case "and":
                return all(held)
            case "or":
                return any(held)
            case _:
                return held[-1]

    def _matches(self, key: str, value: str, event: Mapping[str, str]) -> bool:
        def fold(text: str) -> str:
            return text.casefold() if self.folds_case else text

        if key == "search":
            return any(fold(value) in fold(text) for text in event.values())
        return fold(event[key]) == fold(value)

    def terms(self, text: str) -> Iterator[ReadTerm]:
        """Yields the terms of a text: whether negated, the key and the values."""
        for word in self._split(text, str.isspace):
            negated, rest = word.startswith("!"), word.removeprefix("!")
            key, colon, values = rest.partition(":")
            if colon:
                parts = self._split(values, "|".__eq__)
                yield negated, key.casefold(), [self._bare(value) for value in parts]

    def _split(self, text: str, is_break: Callable[[str], bool]) -> list[str]:
        parts: list[str] = []
        current, opening, at = "", "", 0
        while at < len(text):
            character = text[at]
            if opening and self.escapes and character == "\\":
                current += text[at : at + 2]
                at += 2
                continue
            if opening:
                opening = "" if character == opening else opening
            elif self.quotes and (character == '"' or (self.single and character == "'")):
                opening = character
            elif is_break(character):
                parts.append(current)
                current = ""
                at += 1
                continue
            current += character
            at += 1
        return [part for part in [*parts, current] if part]

    def _bare(self, value: str) -> str:
        if not self.quotes:
            return value
        bare = value.strip("\"'" if self.single else '"')
        return re.sub(r"\\(.)", r"\1", bare) if self.escapes else bare


READINGS = tuple(
    Reading(*options)
    for options in product(
        (True, False), (True, False), (True, False), ("and", "or", "last"), (True, False)
    )
)
