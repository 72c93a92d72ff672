"""The part that all queries share: the events of a window that pass a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.filter_parser import COLUMNS, SEARCH, SEARCHED_COLUMNS, Term
from loguro_async.emulator.store import Statement

if TYPE_CHECKING:
    from loguro_async.emulator.ranges import Window

# The format of a time in a response, such as 2026-06-11T09:59:02.000Z.
TIME: Final = "'%Y-%m-%dT%H:%M:%S.%gZ'"
# The order of events in time; the id decides between two of one millisecond.
TIME_ORDER: Final = "{'timestamp': timestamp, 'id': id}"


def selected(
    source: Statement, window: Window, terms: tuple[Term, ...], *, case_sensitive: bool
) -> Statement:
    """Returns SQL that gives the events of a query, those of the previous period included.

    They have one more column, `is_current`, which is false for the previous period.

    Args:
        source: SQL that gives the events of the project.
        window: The window.
        terms: The filter's terms.
        case_sensitive: Whether `RO` differs from `ro` in the filter.
    """
    condition = matches(terms, case_sensitive=case_sensitive)
    sql = f"""
        SELECT *, timestamp >= epoch_ms($start_ms) AS is_current
        FROM ({source.sql})
        WHERE timestamp >= epoch_ms($previous_start_ms) AND timestamp < epoch_ms($end_ms)
        AND {condition.sql}"""
    bounds: dict[str, object] = {
        "start_ms": window.start_ms,
        "previous_start_ms": window.previous_start_ms,
        "end_ms": window.end_ms,
    }
    return Statement(sql, source.parameters | bounds | condition.parameters)


def matches(terms: tuple[Term, ...], *, case_sensitive: bool) -> Statement:
    """Returns the condition that all terms match. A missing value equals nothing."""
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    for term in terms:
        names = [f"value_{len(parameters) + index}" for index in range(len(term.values))]
        parameters |= dict(zip(names, term.values, strict=True))
        # Without `IS TRUE`, a NULL would make a negated term unknown.
        outcome = "IS NOT TRUE" if term.negated else "IS TRUE"
        conditions.append(f"({_any_of(term.key, names, case_sensitive=case_sensitive)}) {outcome}")
    return Statement(" AND ".join(conditions) or "true", parameters)


def _any_of(key: str, names: list[str], *, case_sensitive: bool) -> str:
    """Returns the condition that a key has one of the values of the named parameters."""
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
    """Returns the expression, in lower case unless case matters."""
    return expression if case_sensitive else f"lower({expression})"
