"""No viewer sees more than the host allows, whatever is typed and however the service reads it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import ConfigurationError, F, Filter, InvalidQueryError
from loguro_async.dashboard.access import Access, ForbiddenError
from loguro_async.query.filters import Term
from tests.unit.dashboard.filter_readings import COLUMNS, READINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

FIXED: Final = (
    F.country("RO"),
    F.country("RO", "US"),
    F.path("/customer-7"),
    F.country("RO") & ~F.device("mobile"),
    ~F.country("US"),
    F.path("/a") & F.country("RO", "DE"),
)
VALUES: Final = {
    "path": ("/customer-7", "/customer-8", "/a", "/"),
    "country": ("RO", "US", "DE", "ro"),
    "device": ("mobile", "desktop", "Mobile"),
    "browser": ("Chrome",),
    "os": ("macOS",),
    "visitor_id": ("v1",),
    "search": ("",),
}
EVENTS: Final = tuple(
    {"path": path, "country": country, "device": device, "browser": "Chrome"}
    | {"os": "macOS", "visitor_id": "v1", "search": ""}
    for path in VALUES["path"]
    for country in ("RO", "US", "DE")
    for device in ("mobile", "desktop")
)
PIECES: Final = (
    *("country:", "path:", "device:", "search:", "browser:", "visitor_id:", "COUNTRY:", "os:"),
    *("RO", "US", "DE", "ro", "/customer-8", "/customer-7", "/a", "mobile", "desktop", "Chrome"),
    *(" ", " ", " ", "!", "|", '"', '\\"', "\\", "'", "`", "\n", "\t", "\u00a0", "\u2028", "\0"),
    *("(", ")", " OR ", " AND ", "*", "%22", ",", ";", "x", '"x country:US', "US|DE", "\ufeff"),
)


def may_see(fixed: Filter, event: Mapping[str, str]) -> bool:
    """Whether the host means to show an event; case decides nothing that is fixed."""
    return all((event[term.key] in term.values) != term.negated for term in fixed.terms)


def leaks(fixed: Filter, sent: str) -> list[str]:
    """The readings by which what is sent shows an event that the host does not show.

    Readings by which the host's own filter already does so say nothing about the viewer's.
    """
    hidden = [event for event in EVENTS if not may_see(fixed, event)]
    found: list[str] = []
    for reading in READINGS:
        sent_terms, fixed_terms = list(reading.terms(sent)), list(reading.terms(str(fixed)))
        found += [
            f"{reading}: {event}"
            for event in hidden
            if reading.shows(sent_terms, event) and not reading.shows(fixed_terms, event)
        ]
    return found


def test_hostile_filters_never_show_what_the_host_does_not() -> None:
    rng = random.Random(18)  # noqa: S311 - the same texts in each run
    accesses = [Access(project="local", filter=fixed) for fixed in FIXED]
    granted = refused = unreadable = 0
    checked: set[tuple[Filter, str]] = set()
    for _ in range(10_000):
        access = rng.choice(accesses)
        text = "".join(rng.choices(PIECES, k=rng.randint(1, 9)))
        try:
            requested = Filter.parse(text)
        except InvalidQueryError:
            unreadable += 1
            continue
        try:
            sent = str(access.narrowed(requested))
        except ForbiddenError:
            refused += 1
            continue
        granted += 1
        if (access.filter, sent) not in checked:
            checked.add((access.filter, sent))
            assert leaks(access.filter, sent) == [], (text, sent)
    assert min(granted, refused, unreadable) > 200, (granted, refused, unreadable)
    assert len(checked) > 60


@given(
    fixed=st.sampled_from(FIXED),
    terms=st.lists(
        st.builds(
            Term,
            st.sampled_from(COLUMNS),
            st.booleans(),
            st.lists(
                st.text(max_size=12)
                | st.sampled_from(("RO", "US", "ro", "mobile", '"', "\\", 'x" country:US')),
                min_size=1,
                max_size=3,
            ).map(tuple),
        ),
        max_size=4,
    ),
)
def test_filters_of_any_text_never_show_what_the_host_does_not(
    fixed: Filter, terms: list[Term]
) -> None:
    try:
        requested = Filter.of(terms)
        str(requested).encode()
        sent = str(Access(project="local", filter=fixed).narrowed(requested))
    except (ForbiddenError, UnicodeEncodeError):
        return
    assert leaks(fixed, sent) == []


def test_the_readings_detect_a_leak() -> None:
    assert leaks(F.country("RO"), "country:RO country:US")
    assert leaks(F.country("RO"), r'country:RO !search:"zz\" country:US x:"')
    assert not leaks(F.country("RO"), "country:RO device:mobile")


@given(
    terms=st.lists(st.builds(Term, st.sampled_from(COLUMNS[:5]), st.booleans(), st.just(("a",))))
)
def test_without_a_fixed_filter_every_filter_is_granted(terms: list[Term]) -> None:
    requested = Filter.of(terms)
    assert Access(project="local").narrowed(requested) == requested


def test_a_viewer_chooses_among_the_values_of_the_host() -> None:
    access = Access(project="local", filter=F.country("RO", "US") & F.path("/shop"))
    assert access.narrowed(F.country("RO", "DE")) == F.country("RO") & F.path("/shop")
    assert access.narrowed(~F.country("us")) == F.country("RO") & F.path("/shop")
    assert access.narrowed(~F.device("mobile")) == access.filter & ~F.device("mobile")
    assert access.narrowed(access.filter) == access.filter
    for requested in (F.country("DE"), F.path("/"), F.path("/shop/../"), ~F.country("RO", "US")):
        with pytest.raises(ForbiddenError):
            access.narrowed(requested)


def test_values_that_the_host_excludes_cannot_be_selected() -> None:
    access = Access(project="local", filter=~F.device("mobile"))
    for requested in (F.device("desktop"), F.device("mobile"), ~F.device("tablet")):
        with pytest.raises(ForbiddenError):
            access.narrowed(requested)
    assert access.narrowed(~F.device("mobile")) == access.filter


@pytest.mark.parametrize(
    "value", ['a"b', "a'b", "a\\b", "a|b", "a b", "a\nb", "a\u00a0b", "a\0", "", "a`b", "\u202e"]
)
def test_beside_a_fixed_filter_no_value_needs_quotes(value: str) -> None:
    access = Access(project="local", filter=F.country("RO"))
    with pytest.raises(ForbiddenError):
        access.narrowed(F.path(value))
    assert Access(project="local").narrowed(F.path(value)) == F.path(value)


@pytest.mark.parametrize("requested", [F.visitor_id("v"), ~F.session_id("s")])
def test_single_visitors_cannot_be_filtered_by_unless_they_are_shown(requested: Filter) -> None:
    with pytest.raises(ForbiddenError):
        Access(project="local").narrowed(requested)
    shown = Access(project="local", visitors=True)
    assert shown.narrowed(requested) == requested


@pytest.mark.parametrize(
    "options",
    [
        {"project": ""},
        {"project": "a/b"},
        {"project": "local", "projects": ("shop", "..")},
        {"project": "local", "ranges": ()},
        {"project": "local", "ranges": ("7d", "2h")},
        {"project": "local", "filter": Filter.raw("path:/x")},
        {"project": "local", "filter": F.path("/x"), "visitors": True},
        {"project": "local", "timezone": "Mars/Base"},
        {"project": "local", "timezone": "../etc/passwd"},
    ],
)
def test_a_wrong_access_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ConfigurationError, InvalidQueryError)):
        Access(**options)
