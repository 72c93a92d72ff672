"""The part that all queries share: the events of a window that a filter lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.filters import COLUMNS, SEARCH, SEARCHED_COLUMNS, Term
from loguro_async.emulator.store import Statement

if TYPE_CHECKING:
    from loguro_async.emulator.ranges import Window

# How an answer writes a moment, such as 2026-06-11T09:59:02.000Z.
MOMENT: Final = "'%Y-%m-%dT%H:%M:%S.%gZ'"
# Events in the order they happened; the id decides between two of one millisecond.
HAPPENED: Final = "{'timestamp': timestamp, 'id': id}"


def seen(
    source: Statement, window: Window, terms: tuple[Term, ...], *, case_sensitive: bool
) -> Statement:
    """The events that a query sees, those of the period before included.

    Each has a column more: `is_current`, false for those of the period before.

    Args:
        source: What to select from.
        window: The span of time.
        terms: The filter's terms.
        case_sensitive: Whether the filter tell `RO` from `ro`.
    """
    condition = matches(terms, case_sensitive=case_sensitive)
    sql = f"""
        SELECT *, timestamp >= epoch_ms($start_ms) AS is_current
        FROM {source.sql}
        WHERE timestamp >= epoch_ms($previous_start_ms) AND timestamp < epoch_ms($end_ms)
        AND {condition.sql}"""
    bounds: dict[str, object] = {
        "start_ms": window.start_ms,
        "previous_start_ms": window.previous_start_ms,
        "end_ms": window.end_ms,
    }
    return Statement(sql, source.parameters | bounds | condition.parameters)


def matches(terms: tuple[Term, ...], *, case_sensitive: bool) -> Statement:
    """The condition that all terms hold. A missing value equals nothing."""
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    for term in terms:
        names = [f"value_{len(parameters) + place}" for place in range(len(term.values))]
        parameters |= dict(zip(names, term.values, strict=True))
        # `IS TRUE` keeps a NULL from making a negated term unknown.
        outcome = "IS NOT TRUE" if term.negated else "IS TRUE"
        conditions.append(f"({_any_of(term.key, names, case_sensitive=case_sensitive)}) {outcome}")
    return Statement(" AND ".join(conditions) or "true", parameters)


def _any_of(key: str, names: list[str], *, case_sensitive: bool) -> str:
    """The condition that a key has one of the values in the parameters named."""
    values = [_folded(f"${name}", case_sensitive=case_sensitive) for name in names]
    if key != SEARCH:
        column = _folded(COLUMNS[key], case_sensitive=case_sensitive)
        return f"{column} IN ({', '.join(values)})"
    return " OR ".join(
        f"contains({_folded(column, case_sensitive=case_sensitive)}, {value})"
        for column in SEARCHED_COLUMNS
        for value in values
    )


def _folded(expression: str, *, case_sensitive: bool) -> str:
    """The expression, without its case unless that matters."""
    return expression if case_sensitive else f"lower({expression})"
