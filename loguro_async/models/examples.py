"""The responses that the reference shows, word for word, by the name of their endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    "kpis": {
        "current": {
            "visitors": 143,
            "pageviews": 402,
            "sessions": 181,
            "bounceRate": 0.42,
            "avgDurationSec": 96.5,
        },
        "previous": {
            "visitors": 120,
            "pageviews": 350,
            "sessions": 156,
            "bounceRate": 0.47,
            "avgDurationSec": 82.1,
        },
        "range": {
            "chip": "7d",
            "from": "2026-06-04T10:00:00.000Z",
            "to": "2026-06-11T10:00:00.000Z",
            "bucket": "day",
            "hasPrevious": True,
        },
    },
    "timeseries": {
        "items": [
            {
                "bucket": "2026-06-10T00:00:00.000Z",
                "pageviews": 84,
                "visitors": 51,
                "sessions": 63,
                "previousPageviews": 72,
                "previousVisitors": 44,
                "previousSessions": 55,
            }
        ],
        "bucket": "day",
    },
    "events": {
        "items": [
            {
                "id": "01J...",
                "event_type": "pageview",
                "path": "/pricing",
                "url": "https://example.com/pricing",
                "visitor_id": "01HZ...",
                "session_id": "01HZ...",
                "country_code": "RO",
                "browser_family": "Chrome",
                "device_type": "desktop",
                "timestamp": "2026-06-11T09:59:02.000Z",
            }
        ],
        "count": 1,
    },
    "custom-events": {
        "items": [
            {
                "name": "signup_completed",
                "count": 42,
                "prev_count": 31,
                "delta_pct": 35,
                "spark": [2, 5, 4, 9],
            }
        ],
        "buckets": ["2026-06-08T00:00:00.000Z"],
        "bucket": "day",
    },
    "visitor-sessions": {
        "sessions": [
            {
                "session_id": "01HZ...",
                "start": "2026-06-11T09:00:00.000Z",
                "end": "2026-06-11T09:12:00.000Z",
                "duration_ms": 720000,
                "page_count": 4,
                "entry_page": "/",
                "exit_page": "/checkout",
                "events": [
                    {
                        "path": "/checkout",
                        "url": "https://example.com/checkout",
                        "event_type": "pageview",
                        "custom_event_name": None,
                        "timestamp": "2026-06-11T09:10:00.000Z",
                    }
                ],
            }
        ]
    },
}
