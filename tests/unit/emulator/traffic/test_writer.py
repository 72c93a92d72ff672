from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import duckdb
import pytest

from loguro_async.emulator.cancellation import CancellationToken, WorkCancelledError
from loguro_async.emulator.traffic.writer import are_generated, write_events
from tests.events_by_hand import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOW = datetime(2026, 6, 11, 10, 30, 0, 999, tzinfo=UTC)
NAIVE_NOW = NOW.replace(tzinfo=None)
DAYS = 28
EVENTS = 20_000
SESSION_BREAK = timedelta(minutes=30)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Event(NamedTuple):
    id: str
    event_type: str
    timestamp: datetime
    path: str
    url: str
    title: str
    referrer: str
    visitor_id: str
    session_id: str
    user_id: str | None
    country_code: str | None
    region: str | None
    city: str | None
    browser_family: str
    os_family: str
    device_type: str
    viewport_width: int
    viewport_height: int
    custom_event_name: str | None
    custom_props: str | None


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("project=*/day=*/*.parquet"))


def read(*files: Path) -> list[Event]:
    query = "SELECT * FROM read_parquet(?, hive_partitioning = false)"
    with duckdb.connect() as connection:
        return [
            Event(*row)
            for row in connection.execute(query, [[str(file) for file in files]]).fetchall()
        ]


def generate(
    folder: Path,
    events: int,
    *,
    project: str = "local",
    seed: int = 7,
    now: datetime = NOW,
    days: int = 5,
) -> list[Event]:
    write_events(folder, project, events=events, seed=seed, now=now, days=days)
    return read(*files(folder))


def by_session(events: Iterable[Event]) -> dict[str, list[Event]]:
    grouped: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.session_id].append(event)
    return grouped


def by_visitor(events: Iterable[Event]) -> dict[str, list[Event]]:
    grouped: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.visitor_id].append(event)
    return grouped


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traffic")
    write_events(folder, "local", events=EVENTS, seed=7, now=NOW, days=DAYS)
    return folder


@pytest.fixture(scope="module")
def traffic(folder: Path) -> list[Event]:
    return read(*files(folder))


# --- the same everywhere ------------------------------------------------------------------------


def test_equal_arguments_give_equal_rows_in_equal_order(tmp_path: Path) -> None:
    assert generate(tmp_path / "one", 300) == generate(tmp_path / "two", 300)


def test_now_may_have_any_time_zone(tmp_path: Path) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert generate(tmp_path / "one", 50, now=elsewhere) == generate(tmp_path / "two", 50)


@pytest.mark.parametrize("other", [{"seed": 8}, {"seed": -7}, {"project": "shop"}])
def test_another_seed_or_project_shares_nothing(tmp_path: Path, other: dict[str, Any]) -> None:
    ours = generate(tmp_path / "ours", 100)
    theirs = generate(tmp_path / "theirs", 100, **other)
    for column in ("id", "visitor_id", "session_id"):
        assert not {getattr(e, column) for e in ours} & {getattr(e, column) for e in theirs}


def test_projects_in_one_folder_are_independent(tmp_path: Path) -> None:
    alone = generate(tmp_path / "alone", 60, project="shop")
    write_events(tmp_path / "both", "local", events=40, seed=7, now=NOW, days=5)
    write_events(tmp_path / "both", "shop", events=60, seed=7, now=NOW, days=5)
    shop = read(*(tmp_path / "both").glob("project=shop/*/*"))
    assert sorted(shop, key=lambda event: event.id) == alone


def test_every_machine_makes_the_same_rows(tmp_path: Path) -> None:
    rows = [[str(value) for value in event] for event in generate(tmp_path, 200)]
    text = json.dumps(rows, ensure_ascii=False)
    assert (
        hashlib.sha256(text.encode()).hexdigest()
        == "8c56fdbcb3ecc7080fdde1947fd60aa27cc732784d40875b21ee9327b9befbe7"
    )


# --- how many, when, where ----------------------------------------------------------------------


@pytest.mark.parametrize("events", [1, 2, 10, 500, 1_234])
def test_exactly_the_given_number_of_events_is_written(tmp_path: Path, events: int) -> None:
    rows = generate(tmp_path, events)
    assert len(rows) == events
    assert len({event.id for event in rows}) == events


def test_without_events_there_is_a_file_with_the_columns(tmp_path: Path) -> None:
    assert generate(tmp_path, 0) == []
    (file,) = files(tmp_path)
    assert file.parent.name == "day=2026-06-11"
    assert columns_of(file) == COLUMNS


def columns_of(file: Path) -> dict[str, str]:
    query = "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)"
    with duckdb.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query, [str(file)]).fetchall()}


def test_columns_have_their_names_types_and_order(folder: Path) -> None:
    for file in (files(folder)[0], files(folder)[-1]):
        assert list(columns_of(file).items()) == list(COLUMNS.items())


def test_every_event_lies_within_the_window(traffic: list[Event]) -> None:
    times = [event.timestamp for event in traffic]
    assert NAIVE_NOW - timedelta(days=DAYS, milliseconds=1) <= min(times)
    assert max(times) < NAIVE_NOW
    assert all(time.microsecond % 1_000 == 0 for time in times)


def test_traffic_ends_just_before_now(tmp_path: Path) -> None:
    rows = generate(tmp_path, 5_000, days=1)
    last_minutes = [e for e in rows if e.timestamp >= NAIVE_NOW - timedelta(minutes=10)]
    assert len(rows) == 5_000
    assert max(event.timestamp for event in rows) < NAIVE_NOW
    assert len(last_minutes) > 20
    assert max(len(session) for session in by_session(last_minutes).values()) > 1


def test_each_file_holds_the_events_of_its_day(folder: Path) -> None:
    assert len(files(folder)) == DAYS + 1
    for file in files(folder):
        assert {f"day={e.timestamp.date()}" for e in read(file)} == {file.parent.name}


def test_rows_are_ordered_by_time_and_id(traffic: list[Event]) -> None:
    order = [(event.timestamp, event.id) for event in traffic]
    assert order == sorted(order)
    assert [event.id for event in traffic] == sorted(event.id for event in traffic)


def test_an_id_begins_with_its_time(traffic: list[Event]) -> None:
    for event in traffic[:500]:
        milliseconds = 0
        for digit in event.id[:10]:
            milliseconds = milliseconds * 32 + CROCKFORD.index(digit)
        assert datetime.fromtimestamp(milliseconds / 1_000, UTC).replace(tzinfo=None) == (
            event.timestamp
        )
        assert re.fullmatch(f"[{CROCKFORD}]{{26}}", event.id)


def test_visitors_and_sessions_are_random_uuids(traffic: list[Event]) -> None:
    for event in traffic[:500]:
        for text in (event.visitor_id, event.session_id):
            assert str(UUID(text)) == text
            assert UUID(text).version == 4


# --- visits -------------------------------------------------------------------------------------


def test_a_session_ends_after_thirty_minutes_without_an_event(traffic: list[Event]) -> None:
    for visits in by_visitor(traffic).values():
        for before, after in pairwise(visits):
            pause = after.timestamp - before.timestamp
            assert (pause < SESSION_BREAK) == (before.session_id == after.session_id)


def test_a_session_has_one_visitor_and_one_referrer(traffic: list[Event]) -> None:
    for session in by_session(traffic).values():
        assert len({(event.visitor_id, event.referrer) for event in session}) == 1


def test_sessions_are_of_many_lengths(traffic: list[Event]) -> None:
    sizes = Counter(len(session) for session in by_session(traffic).values())
    assert 0.3 < sizes[1] / sizes.total() < 0.55
    assert sizes[1] > sizes[2] > sizes[4] > sizes[8] > 0
    assert max(sizes) > 12


def test_a_session_starts_with_a_pageview(traffic: list[Event]) -> None:
    assert {session[0].event_type for session in by_session(traffic).values()} == {"pageview"}


def test_a_custom_event_happens_on_the_page_before(traffic: list[Event]) -> None:
    for session in by_session(traffic).values():
        for before, after in pairwise(session):
            if after.event_type == "custom":
                assert (after.path, after.title) == (before.path, before.title)


def test_some_visitors_return_and_most_do_not(traffic: list[Event]) -> None:
    visits = [len({e.session_id for e in events}) for events in by_visitor(traffic).values()]
    returning = sum(1 for number in visits if number > 1)
    assert 0.05 < returning / len(visits) < 0.5
    assert max(visits) >= 5


def test_a_visitor_has_one_browser_and_one_location(traffic: list[Event]) -> None:
    for events in by_visitor(traffic).values():
        assert len({event[10:18] for event in events}) == 1


# --- rhythm -------------------------------------------------------------------------------------


def test_working_hours_are_busier_than_the_night(traffic: list[Event]) -> None:
    hours = Counter(event.timestamp.hour for event in traffic)
    assert min(hours[hour] for hour in range(9, 17)) > 3 * max(hours[hour] for hour in range(1, 5))


def test_weekdays_are_busier_than_the_weekend(traffic: list[Event]) -> None:
    days = Counter(event.timestamp.weekday() for event in traffic)
    assert min(days[day] for day in range(5)) > 1.2 * max(days[5], days[6])


def test_traffic_grows_slightly(traffic: list[Event]) -> None:
    middle = NAIVE_NOW - timedelta(days=DAYS / 2)
    late = sum(1 for event in traffic if event.timestamp >= middle)
    assert 1.02 < late / (len(traffic) - late) < 1.4


# --- what it is made of -------------------------------------------------------------------------


def test_pages_have_a_long_tail(traffic: list[Event]) -> None:
    ranked = [number for _, number in Counter(event.path for event in traffic).most_common()]
    assert len(ranked) > 150
    assert sum(ranked[:10]) > 0.45 * sum(ranked)
    assert sum(ranked[-100:]) < 0.1 * sum(ranked)


def test_sessions_have_common_paths(traffic: list[Event]) -> None:
    steps = Counter(
        (before.path, after.path)
        for session in by_session(traffic).values()
        for before, after in pairwise(session)
    )
    assert steps["/pricing", "/signup"] > 5 * steps["/signup", "/pricing"]


def test_a_page_has_one_title(traffic: list[Event]) -> None:
    titles = {(event.path, event.title) for event in traffic}
    assert len(titles) == len({path for path, _ in titles})


def test_referrers_are_direct_or_whole_urls(traffic: list[Event]) -> None:
    referrers = Counter(event.referrer for event in traffic)
    assert referrers.most_common(1)[0][0] == ""
    assert all(re.fullmatch(r"(https://[^/\s]+/\S*)?", referrer) for referrer in referrers)
    assert len(referrers) > 15


def test_campaigns_are_in_the_landing_url_only(traffic: list[Event]) -> None:
    landings = {id(session[0]) for session in by_session(traffic).values()}
    campaigns = 0
    for event in traffic:
        whole, _, query = event.url.partition("?")
        assert whole == f"https://example.com{event.path}"
        assert "?" not in event.path
        assert "utm_" not in event.path
        if query:
            campaigns += 1
            assert query.startswith("utm_source=")
            assert "utm_campaign=" in query
            assert id(event) in landings
    assert 0.05 < campaigns / len(landings) < 0.4


def test_a_paid_search_comes_from_its_search_engine(traffic: list[Event]) -> None:
    paid = [event for event in traffic if "utm_source=google" in event.url]
    assert {event.referrer for event in paid} == {"https://www.google.com/"}


def test_countries_have_regions_and_cities_and_a_few_are_unknown(traffic: list[Event]) -> None:
    countries = Counter(event.country_code for event in traffic)
    assert 0.01 < countries[None] / len(traffic) < 0.06
    assert all(code is None or re.fullmatch("[A-Z]{2}", code) for code in countries)
    assert len({event.city for event in traffic if event.country_code == "RO"}) >= 5
    assert all(e.region is None and e.city is None for e in traffic if e.country_code is None)
    assert len({(e.country_code, e.city) for e in traffic if e.city}) == (
        len({e.city for e in traffic if e.city})
    )


@pytest.mark.parametrize(
    ("browser", "systems"),
    [
        ("Chrome", {"Windows", "macOS", "Linux", "ChromeOS", "Android", "iOS"}),
        ("Safari", {"macOS", "iOS"}),
        ("Firefox", {"Windows", "macOS", "Linux", "Android"}),
        ("Edge", {"Windows"}),
        ("Opera", {"Windows"}),
        ("Samsung Internet", {"Android"}),
    ],
)
def test_a_browser_runs_only_where_it_exists(
    traffic: list[Event], browser: str, systems: set[str]
) -> None:
    assert {event.os_family for event in traffic if event.browser_family == browser} == systems


@pytest.mark.parametrize(
    ("device", "systems", "narrowest", "widest"),
    [
        ("desktop", {"Windows", "macOS", "Linux", "ChromeOS"}, 1_280, 2_560),
        ("mobile", {"iOS", "Android"}, 320, 480),
        ("tablet", {"iOS", "Android"}, 700, 1_280),
    ],
)
def test_a_device_has_a_system_and_a_viewport_of_its_kind(
    traffic: list[Event], device: str, systems: set[str], narrowest: int, widest: int
) -> None:
    events = [event for event in traffic if event.device_type == device]
    assert {event.os_family for event in events} == systems
    assert all(narrowest <= event.viewport_width <= widest for event in events)
    assert all(400 < event.viewport_height < 1_500 for event in events)
    assert len({event.viewport_width for event in events}) >= 3


def test_there_are_three_kinds_of_devices(traffic: list[Event]) -> None:
    devices = Counter(event.device_type for event in traffic)
    assert [name for name, _ in devices.most_common()] == ["desktop", "mobile", "tablet"]


def test_custom_events_have_names_and_json_props_within_the_limits(traffic: list[Event]) -> None:
    custom = [event for event in traffic if event.event_type == "custom"]
    names = {event.custom_event_name or "" for event in custom}
    assert {"signup_completed", "newsletter_joined", "file_downloaded"} <= names
    assert all(0 < len(name) <= 64 for name in names)
    props = {event.custom_props for event in custom}
    assert None in props
    for text in props - {None}:
        assert text is not None
        assert isinstance(json.loads(text), dict)
        assert len(text.encode()) <= 4_096
    assert 0.03 < len(custom) / len(traffic) < 0.2


def test_a_pageview_has_neither_name_nor_props(traffic: list[Event]) -> None:
    pageviews = [event for event in traffic if event.event_type == "pageview"]
    assert {event[18:] for event in pageviews} == {(None, None)}
    assert {event.event_type for event in traffic} == {"pageview", "custom"}


def test_a_visitor_is_known_from_signing_up_or_logging_in(traffic: list[Event]) -> None:
    known_visitors = 0
    for events in by_visitor(traffic).values():
        known = [event for event in events if event.user_id is not None]
        unknown = events[: len(events) - len(known)]
        assert all(event.user_id is None for event in unknown)
        assert len({event.user_id for event in known}) <= 1
        identifying = {"signup_completed", "logged_in"}
        assert not identifying & {event.custom_event_name for event in unknown}
        if known:
            known_visitors += 1
            assert known[0].custom_event_name in identifying
            assert "signup_completed" not in {e.custom_event_name for e in known[1:]}
    assert known_visitors > 50


# --- what cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"now": NAIVE_NOW}, "pass an aware datetime"),
        ({"events": -1}, "events must be 0 or greater, got -1"),
        ({"days": 0}, "days must be 1 to 3660, got 0"),
        ({"days": 3_661}, "days must be 1 to 3660, got 3661"),
        ({"now": datetime(1970, 1, 3, tzinfo=UTC)}, "pass a later now or fewer days"),
        ({"project": ""}, "use letters"),
        ({"project": ".."}, "use letters"),
        ({"project": "a/../../b"}, "use letters"),
        ({"project": "local\n"}, "use letters"),
    ],
)
def test_an_invalid_argument_is_an_error_with_advice(
    tmp_path: Path, wrong: dict[str, Any], advice: str
) -> None:
    arguments: dict[str, Any] = {"events": 10, **wrong}
    with pytest.raises(ValueError, match=advice):
        generate(tmp_path / "data", **arguments)
    assert not (tmp_path / "data").exists()


def test_existing_files_are_never_overwritten(tmp_path: Path) -> None:
    before = generate(tmp_path, 10)
    with pytest.raises(FileExistsError, match="remove it first"):
        generate(tmp_path, 20)
    assert read(*files(tmp_path)) == before


def test_a_failed_run_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loguro_async.emulator.traffic.writer._WRITE", "COPY nowhere")
    with pytest.raises(duckdb.Error):
        generate(tmp_path, 10)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_name_may_be_unusual(tmp_path: Path) -> None:
    assert len(generate(tmp_path / "it's a folder; -- ü", 10)) == 10


def test_a_cancelled_run_leaves_no_files(tmp_path: Path) -> None:
    token = CancellationToken()
    timer = threading.Timer(0.2, token.cancel)
    timer.start()
    with pytest.raises((WorkCancelledError, duckdb.InterruptException)):
        write_events(
            tmp_path, "local", events=3_000_000, seed=7, now=NOW, days=5, cancellation=token
        )
    timer.join()
    assert list(tmp_path.iterdir()) == []


def test_generated_files_are_recognised(tmp_path: Path) -> None:
    generate(tmp_path, 500)
    generated = files(tmp_path)
    assert len(generated) > 1
    assert are_generated(generated)
    own = tmp_path / "own.parquet"
    with duckdb.connect() as connection:
        connection.read_parquet(str(generated[0])).write_parquet(str(own))
    assert not are_generated([*generated, own])
    own.write_bytes(b"no Parquet")
    assert not are_generated([*generated, own])
