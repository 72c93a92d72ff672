"""The figures of the service, counted one event at a time in plain Python.

This module shares no code with the embedded Loguro: windows, filters and groups are computed by
loops that a reader can check.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

Event = dict[str, Any]

SPANS: Final = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "3m": timedelta(days=90),
    "12m": timedelta(days=365),
}
FIELDS: Final = {
    "path": "path",
    "country": "country_code",
    "device": "device_type",
    "browser": "browser_family",
    "os": "os_family",
    "visitor_id": "visitor_id",
    "session_id": "session_id",
    "event_type": "event_type",
    "custom_event_name": "custom_event_name",
}
LOCATION: Final = (
    "visitor_id",
    "country_code",
    "region",
    "city",
    "browser_family",
    "os_family",
    "device_type",
)
SHOWN: Final = (
    "id",
    "event_type",
    "path",
    "url",
    "title",
    "referrer",
    "visitor_id",
    "session_id",
    "user_id",
    *LOCATION[1:],
    "custom_event_name",
)
SEARCHED: Final = ("path", "title", "url", "referrer", "custom_event_name")


@dataclass(frozen=True)
class Condition:
    """One term of a filter."""

    key: str
    values: tuple[str, ...]
    negated: bool = False

    @property
    def text(self) -> str:
        """The term in the dashboard's language, every value in quotes."""
        escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in self.values)
        values = "|".join(f'"{value}"' for value in escaped)
        return f"{'!' if self.negated else ''}{self.key}:{values}"

    def holds(self, event: Event) -> bool:
        """Whether an event is let through."""
        return self._is_one(event) is not self.negated

    def _is_one(self, event: Event) -> bool:
        wanted = [value.lower() for value in self.values]
        if self.key == "search":
            texts = [(event[field] or "").lower() for field in SEARCHED]
            return any(value in text for value in wanted for text in texts)
        found = event[FIELDS[self.key]]
        return found is not None and found.lower() in wanted


@dataclass(frozen=True)
class Span:
    """A window: its beginning counts, its end doesn't."""

    chip: str
    start: datetime
    end: datetime
    hourly: bool
    has_previous: bool = True

    @property
    def step(self) -> timedelta:
        """How long a bucket is."""
        return timedelta(hours=1) if self.hourly else timedelta(days=1)

    def buckets(self) -> list[datetime]:
        """When its buckets begin; the first may begin before the window."""
        bucket, found = self.bucket_of(self.start), list[datetime]()
        while bucket < self.end:
            found.append(bucket)
            bucket += self.step
        return found

    def bucket_of(self, moment: datetime) -> datetime:
        """When the bucket of a moment begins."""
        hour = moment.replace(minute=0, second=0, microsecond=0)
        return hour if self.hourly else hour.replace(hour=0)


def written(moment: datetime) -> str:
    """A moment as the service writes it."""
    milliseconds = moment.microsecond // 1000
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"


class Oracle:
    """The expected responses about a window, with a filter.

    Args:
        events: All events of the project, as they happened.
        span: The window.
        conditions: The filter.
    """

    def __init__(
        self, events: list[Event], span: Span, conditions: Iterable[Condition] = ()
    ) -> None:
        conditions = tuple(conditions)
        self.span = span
        self.length = span.end - span.start
        passed = [event for event in events if all(each.holds(event) for each in conditions)]
        self.current = [event for event in passed if span.start <= event["timestamp"] < span.end]
        before = span.start - self.length
        self.previous = [
            event
            for event in passed
            if span.has_previous and before <= event["timestamp"] < span.start
        ]

    def kpis(self) -> Any:  # noqa: ANN401 - JSON
        """The key figures; rates and durations are exact, not rounded."""
        return {
            "current": figures(self.current),
            "previous": figures(self.previous) if self.span.has_previous else None,
            "range": {
                "chip": self.span.chip,
                "from": written(self.span.start),
                "to": written(self.span.end),
                "bucket": "hour" if self.span.hourly else "day",
                "hasPrevious": self.span.has_previous,
            },
        }

    def timeseries(self) -> Any:  # noqa: ANN401 - JSON
        """The figures of each bucket, and of the same stretch one window earlier."""
        now: dict[datetime, list[Event]] = defaultdict(list)
        before: dict[datetime, list[Event]] = defaultdict(list)
        for event in self.current:
            now[self.span.bucket_of(event["timestamp"])].append(event)
        for event in self.previous:
            before[self.span.bucket_of(event["timestamp"] + self.length)].append(event)
        items: list[Event] = []
        for bucket in self.span.buckets():
            item: Event = {"bucket": written(bucket), **counts(now[bucket])}
            for name, figure in counts(before[bucket]).items():
                item[f"previous{name.title()}"] = figure if self.span.has_previous else None
            items.append(item)
        return {"items": items, "bucket": "hour" if self.span.hourly else "day"}

    def count(self) -> Any:  # noqa: ANN401 - JSON
        """How many events there are."""
        return {"count": len(self.current)}

    def top(self, name: str, shared: Callable[[Event], Hashable], limit: int) -> Any:  # noqa: ANN401
        """Events grouped by what they share, with the period before."""
        return self._list(name, shared, (self.current, self.previous), limit)

    def top_pages(self, limit: int) -> Any:  # noqa: ANN401 - JSON
        """Pageviews by path."""
        groups = pageviews(self.current), pageviews(self.previous)
        return self._list("path", lambda event: event["path"], groups, limit)

    def top_referrers(self, limit: int) -> Any:  # noqa: ANN401 - JSON
        """Events by the host that they came from."""
        return self.top("referrer", referrer, limit)

    def end_pages(self, index: int, limit: int) -> Any:  # noqa: ANN401 - JSON
        """Sessions by their first (0) or last (-1) page."""
        current, previous = (
            [visit[index] for visit in visits(pageviews(events)).values()]
            for events in (self.current, self.previous)
        )
        return self._list("path", lambda event: event["path"], (current, previous), limit)

    def flows(self, depth: int, limit: int) -> Any:  # noqa: ANN401 - JSON
        """The first pages of the sessions that have at least that many."""
        walked: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for visit in visits(pageviews(self.current)).values():
            if len(visit) >= depth:
                steps = tuple(event["path"] for event in visit[:depth])
                walked[steps].append(visit[0]["visitor_id"])
        ranked = sorted(walked, key=lambda steps: (-len(walked[steps]), steps))
        return {
            "items": [
                {"steps": [*each], "count": len(walked[each]), "visitors": len({*walked[each]})}
                for each in ranked[:limit]
            ]
        }

    def custom_events(self, limit: int) -> Any:  # noqa: ANN401 - JSON
        """Custom events by name, bucket by bucket."""
        now, before = (
            Counter(
                e["custom_event_name"]
                for e in events
                if e["event_type"] == "custom" and e["custom_event_name"] is not None
            )
            for events in (self.current, self.previous)
        )
        in_bucket = Counter(
            (e["custom_event_name"], self.span.bucket_of(e["timestamp"]))
            for e in self.current
            if e["event_type"] == "custom"
        )
        buckets = self.span.buckets()
        ranked = sorted(now, key=lambda name: (-now[name], name))
        return {
            "items": [
                {
                    "name": name,
                    "count": now[name],
                    **self._change(now[name], before[name]),
                    "spark": [in_bucket[name, bucket] for bucket in buckets],
                }
                for name in ranked[:limit]
            ],
            "buckets": [written(bucket) for bucket in buckets],
            "bucket": "hour" if self.span.hourly else "day",
        }

    def events(self, limit: int) -> Any:  # noqa: ANN401 - JSON
        """The events, newest first."""
        items = [
            {name: event[name] for name in SHOWN}
            | {"timestamp": written(event["timestamp"]), "custom_props": props(event)}
            for event in self.current[::-1][:limit]
        ]
        return {"items": items, "count": len(items)}

    def locations(self, limit: int) -> Any:  # noqa: ANN401 - JSON
        """Where each visitor was last, the latest first."""
        by_visitor: dict[str, list[Event]] = defaultdict(list)
        for event in self.current:
            by_visitor[event["visitor_id"]].append(event)
        items = [
            {name: events[-1][name] for name in LOCATION}
            | {
                "last_seen": written(events[-1]["timestamp"]),
                "last_path": events[-1]["path"],
                "events": len(events),
            }
            for events in by_visitor.values()
        ]
        items.sort(key=lambda item: item["visitor_id"])
        items.sort(key=lambda item: item["last_seen"], reverse=True)
        return {"items": items[:limit]}

    def visitor(self, visitor_id: str) -> Any:  # noqa: ANN401 - JSON
        """A visitor who has events."""
        events = [event for event in self.current if event["visitor_id"] == visitor_id]
        users = [event["user_id"] for event in events if event["user_id"] is not None]
        return {name: events[-1][name] for name in LOCATION} | {
            "first_seen": written(events[0]["timestamp"]),
            "last_seen": written(events[-1]["timestamp"]),
            "sessions": len({event["session_id"] for event in events}),
            "pageviews": len(pageviews(events)),
            "events": len(events),
            "user_id": users[-1] if users else None,
        }

    def sessions(self, visitor_id: str) -> Any:  # noqa: ANN401 - JSON
        """The sessions of a visitor, the latest first."""
        events = [event for event in self.current if event["visitor_id"] == visitor_id]
        found = [session(each) for each in visits(events).values()]
        found.sort(key=lambda item: item["session_id"])
        found.sort(key=lambda item: item["end"], reverse=True)
        return {"sessions": found}

    def _list(
        self,
        name: str,
        shared: Callable[[Event], Hashable],
        groups: tuple[list[Event], list[Event]],
        limit: int,
    ) -> Any:  # noqa: ANN401 - JSON
        now, before = (Counter(map(shared, events)) for events in groups)
        visitors: dict[Hashable, set[str]] = defaultdict(set)
        for event in groups[0]:
            visitors[shared(event)].add(event["visitor_id"])
        ranked = sorted(now, key=lambda value: (-now[value], value is None, str(value)))
        return {
            "items": [
                {
                    name: value,
                    "count": now[value],
                    "visitors": len(visitors[value]),
                    **self._change(now[value], before[value]),
                }
                for value in ranked[:limit]
            ]
        }

    def _change(self, now: int, before: int) -> Event:
        """The period before, and the change in percent: halves go up."""
        if not self.span.has_previous:
            return {"prev_count": None, "delta_pct": None}
        percent = Fraction(100 * (now - before), before) if before else None
        rounded = None if percent is None else (percent + Fraction(1, 2)).__floor__()
        return {"prev_count": before, "delta_pct": rounded}


def pageviews(events: list[Event]) -> list[Event]:
    """Those events that are pageviews."""
    return [event for event in events if event["event_type"] == "pageview"]


def visits(events: list[Event]) -> dict[str, list[Event]]:
    """The events of each session, in order."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event["session_id"]].append(event)
    return found


def session(events: list[Event]) -> Event:
    """One session of a visitor."""
    pages = [event["path"] for event in pageviews(events)]
    length = events[-1]["timestamp"] - events[0]["timestamp"]
    return {
        "session_id": events[0]["session_id"],
        "start": written(events[0]["timestamp"]),
        "end": written(events[-1]["timestamp"]),
        "duration_ms": length // timedelta(milliseconds=1),
        "page_count": len(pages),
        "entry_page": pages[0] if pages else None,
        "exit_page": pages[-1] if pages else None,
        "events": [
            {name: event[name] for name in ("path", "url", "event_type", "custom_event_name")}
            | {"timestamp": written(event["timestamp"])}
            for event in events
        ],
    }


def props(event: Event) -> object:
    """The properties of an event, decoded; text that is no JSON stays text."""
    try:
        return json.loads(event["custom_props"] or "null")
    except json.JSONDecodeError:
        return event["custom_props"]


def counts(events: list[Event]) -> dict[str, int]:
    """Pageviews, visitors and sessions."""
    return {
        "pageviews": len(pageviews(events)),
        "visitors": len({event["visitor_id"] for event in events}),
        "sessions": len({event["session_id"] for event in events}),
    }


def figures(events: list[Event]) -> dict[str, float]:
    """The key figures of some events."""
    sessions = visits(events).values()
    seconds = [
        (visit[-1]["timestamp"] - visit[0]["timestamp"]).total_seconds() for visit in sessions
    ]
    pages = [len(pageviews(visit)) for visit in sessions]
    with_pages = [number for number in pages if number > 0]
    return {
        **counts(events),
        "bounceRate": with_pages.count(1) / len(with_pages) if with_pages else 0.0,
        "avgDurationSec": sum(seconds) / len(seconds) if seconds else 0.0,
    }


def referrer(event: Event) -> str:
    """The host that an event came from; `direct` for none."""
    if not event["referrer"]:
        return "direct"
    address = str(event["referrer"])
    host = urlsplit(address).hostname or address
    return f"[{host}]" if "://[" in address else host
