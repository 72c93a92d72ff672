"""Seed data of the generated traffic: pages, sources, locations, browsers and custom events.

All of it belongs to an invented company that sells invoicing software. A weight says how often a
row is chosen beside the others of its table; weights are whole numbers, so that a choice between
them is the same on every machine.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ORIGIN: Final = "https://example.com"
"""Where the invented company's pages live: a page's URL is this and its path."""


class Page(NamedTuple):
    """A page of the site."""

    path: str
    title: str
    weight: int


class Source(NamedTuple):
    """Where a session comes from: the referrer (empty when direct), and a campaign's query."""

    referrer: str
    query: str
    weight: int


class Location(NamedTuple):
    """The location of a visitor, as precise as an IP address allows."""

    country_code: str | None
    region: str | None
    city: str | None
    weight: int


class Device(NamedTuple):
    """A browser on a system on a device, with the size of its viewport in CSS pixels."""

    browser_family: str
    os_family: str
    device_type: str
    viewport_width: int
    viewport_height: int
    weight: int


class CustomEvent(NamedTuple):
    """A custom event and its props as JSON text (None: it was sent without any)."""

    name: str
    props: str | None
    weight: int


class Pause(NamedTuple):
    """A span of time between two events of a session, in milliseconds."""

    shortest_ms: int
    below_ms: int
    weight: int


HOURS: Final = (
    14, 10, 8, 7, 8, 14, 28, 50, 74, 90, 98, 96, 86, 92, 100, 96, 88, 76, 68, 66, 62, 50, 34, 22
)  # fmt: skip
"""The relative traffic in each hour of the day (UTC)."""
WEEKDAYS: Final = (96, 100, 98, 94, 82, 46, 52)
"""The relative traffic on each day of the week, from Monday."""
GROWTH_PERCENT: Final = 25
"""The growth of the traffic from the beginning to the end of the period."""

PAUSES: Final = (
    Pause(1_000, 5_000, 10), Pause(5_000, 15_000, 24), Pause(15_000, 45_000, 30),
    Pause(45_000, 120_000, 22), Pause(120_000, 300_000, 10), Pause(300_000, 900_000, 3),
    Pause(900_000, 1_800_000, 1),
)  # fmt: skip
"""Time between two events of a session, which ends after 30 minutes without any."""
SESSION_SIZES: Final = (
    410, 165, 115, 80, 60, 42, 32, 24, 18, 13, 10, 8, 6, 5, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1
)  # fmt: skip
"""How often a session has one event, two, three and so on."""
CUSTOM_PERCENT: Final = 11
"""Share of custom events among the events after a session's first, which is a pageview."""
RETURNING_PERCENT: Final = 45
"""Share of sessions by visitors who come more than once."""


def _long_tail(section: str, label: str, topics: tuple[str, ...]) -> tuple[Page, ...]:
    """Returns a page for each topic, with weights that decrease by Zipf's law."""
    return tuple(
        Page(
            f"/{section}/{topic.lower().replace(' ', '-')}",
            f"{topic} · {label} · Ledgerly",
            6_000 // rank,
        )
        for rank, topic in enumerate(topics, start=1)
    )


_DOCS: Final = (
    "Getting started", "Send your first invoice", "Import customers", "Recurring invoices",
    "Webhooks", "API keys", "VAT and sales tax", "Payment reminders", "Custom domains",
    "Roles and permissions", "Single sign on", "Export to CSV", "Bank reconciliation",
    "Credit notes", "Multiple currencies", "E invoicing in Europe", "Rate limits", "Errors",
    "Pagination", "Idempotent requests", "Audit log", "Data retention",
    "Migrate from a spreadsheet",
)  # fmt: skip
_POSTS: Final = (
    "Why invoices get paid late", "How we cut our page weight in half", "A gentle guide to VAT",
    "Net 30 is a loan you never meant to give", "What a good reminder sounds like",
    "Pricing for freelancers", "The end of the paper receipt", "Ten questions for your accountant",
    "How much runway do you have", "Our year in numbers", "Invoicing across borders",
    "When to raise your rates", "Design notes on the new editor", "Quotes that win work",
    "Cash flow for seasonal shops", "A checklist for your first hire", "Letters from late payers",
    "Moving to e invoicing", "Small habits of tidy books", "We were down for nine minutes",
)  # fmt: skip
_DOCUMENTS: Final = (
    "Invoice", "Quote", "Receipt", "Credit note", "Purchase order", "Delivery note", "Timesheet",
    "Statement",
)  # fmt: skip
_TRADES: Final = (
    "freelancers", "designers", "plumbers", "photographers", "translators", "bakeries",
    "consultants", "electricians", "music teachers", "landlords", "florists", "bike shops",
    "caterers", "architects", "carpenters", "dog walkers", "tutors", "film crews", "gardeners",
    "tailors", "beekeepers", "boat builders",
)  # fmt: skip

PAGES: Final[dict[str, tuple[Page, ...]]] = {
    "home": (
        Page("/", "Ledgerly · Invoices that get paid", 95),
        Page("/ro", "Ledgerly · Facturi plătite la timp", 5),
    ),
    "product": (
        Page("/features", "Features · Ledgerly", 40),
        Page("/features/reminders", "Payment reminders · Ledgerly", 18),
        Page("/features/recurring", "Recurring invoices · Ledgerly", 15),
        Page("/integrations", "Integrations · Ledgerly", 12),
        Page("/customers", "Customers · Ledgerly", 9),
        Page("/about", "About us · Ledgerly", 6),
    ),
    "pricing": (
        Page("/pricing", "Pricing · Ledgerly", 85),
        Page("/pricing/compare", "Compare plans · Ledgerly", 15),
    ),
    "docs": (
        Page("/docs", "Documentation · Ledgerly", 4_000),
        *_long_tail("docs", "Docs", _DOCS),
    ),
    "blog": (Page("/blog", "Blog · Ledgerly", 2_500), *_long_tail("blog", "Blog", _POSTS)),
    "templates": (
        Page("/templates", "Free templates · Ledgerly", 3_000),
        *_long_tail(
            "templates",
            "Templates",
            tuple(f"{document} for {trade}" for trade in _TRADES for document in _DOCUMENTS),
        ),
    ),
    "account": (
        Page("/signup", "Create your account · Ledgerly", 45),
        Page("/login", "Sign in · Ledgerly", 55),
    ),
    "app": (
        Page("/app", "Dashboard · Ledgerly", 40),
        Page("/app/invoices", "Invoices · Ledgerly", 30),
        Page("/app/invoices/new", "New invoice · Ledgerly", 14),
        Page("/app/customers", "Customers · Ledgerly", 10),
        Page("/app/settings", "Settings · Ledgerly", 6),
    ),
    "legal": (
        Page("/contact", "Contact · Ledgerly", 50),
        Page("/privacy", "Privacy · Ledgerly", 30),
        Page("/terms", "Terms · Ledgerly", 20),
    ),
}
"""The site's pages by section. A click leads to another section or stays within."""

ENTRY: Final = (34, 7, 8, 14, 18, 10, 5, 3, 1)
"""How often a session begins in each section, in the order of `PAGES`."""

CLICKS: Final[dict[str, tuple[int, ...]]] = {
    "home": (4, 28, 26, 10, 8, 6, 14, 0, 4),
    "product": (8, 34, 30, 8, 4, 3, 10, 0, 3),
    "pricing": (8, 18, 14, 6, 2, 2, 46, 0, 4),
    "docs": (5, 6, 6, 68, 3, 2, 8, 0, 2),
    "blog": (14, 10, 8, 5, 54, 4, 4, 0, 1),
    "templates": (10, 8, 10, 2, 3, 58, 9, 0, 0),
    "account": (8, 3, 7, 4, 1, 1, 16, 56, 4),
    "app": (1, 1, 2, 6, 1, 1, 2, 86, 0),
    "legal": (40, 18, 14, 6, 6, 2, 8, 0, 6),
}
"""For each section, where the next page lies, in the order of `PAGES`."""

_GOOGLE: Final = "https://www.google.com/"
_NEWSLETTER: Final = "utm_source=newsletter&utm_medium=email&utm_campaign="
_BLOGS: Final = (
    "https://tidybooks.example.net/best-invoicing-tools", "https://freelance.example.org/toolbox",
    "https://weekly.example.net/issues/212", "https://antreprenor.example.ro/facturare",
    "https://kleinunternehmer.example.de/rechnungen", "https://startups.example.io/stack?page=2",
    "https://forum.example.org/t/late-payers/4821", "https://podcast.example.fm/episodes/77",
    "https://designers.example.com/resources", "https://wiki.example.edu/small-business",
)  # fmt: skip

SOURCES: Final = (
    Source("", "", 3_600),
    Source(_GOOGLE, "", 2_300),
    Source("https://www.bing.com/", "", 280),
    Source("https://duckduckgo.com/", "", 260),
    Source("https://news.ycombinator.com/", "", 240),
    Source("https://chatgpt.com/", "", 190),
    Source("https://github.com/", "", 170),
    Source("https://www.reddit.com/r/smallbusiness/", "", 150),
    Source("https://www.linkedin.com/", "", 140),
    Source("https://t.co/", "", 110),
    Source("https://www.youtube.com/", "", 80),
    Source("https://search.brave.com/", "", 50),
    Source(_GOOGLE, "utm_source=google&utm_medium=cpc&utm_campaign=brand", 420),
    Source(_GOOGLE, "utm_source=google&utm_medium=cpc&utm_campaign=invoices&utm_term=free%20invoice", 260),  # noqa: E501 - a URL's query reads best unbroken
    Source("https://www.linkedin.com/", "utm_source=linkedin&utm_medium=paid_social&utm_campaign=q2_launch", 160),  # noqa: E501 - a URL's query reads best unbroken
    Source("https://www.facebook.com/", "utm_source=facebook&utm_medium=paid_social&utm_campaign=retargeting", 130),  # noqa: E501 - a URL's query reads best unbroken
    Source("https://t.co/", "utm_source=x&utm_medium=social&utm_campaign=q2_launch", 60),
    Source("", f"{_NEWSLETTER}weekly_digest", 310),
    Source("", f"{_NEWSLETTER}spring_update", 120),
    *(Source(url, "", 160 // rank) for rank, url in enumerate(_BLOGS, start=1)),
)  # fmt: skip
"""Referrers and campaigns. A campaign's source and its referrer agree."""

LOCATIONS: Final = (
    Location("RO", "Bucharest", "Bucharest", 90), Location("RO", "Cluj", "Cluj-Napoca", 42),
    Location("RO", "Timiș", "Timișoara", 24), Location("RO", "Iași", "Iași", 20),
    Location("RO", "Brașov", "Brașov", 12), Location("RO", None, None, 8),
    Location("US", "California", "San Francisco", 40),
    Location("US", "California", "Los Angeles", 30),
    Location("US", "New York", "New York", 44), Location("US", "Texas", "Austin", 22),
    Location("US", "Washington", "Seattle", 18), Location("US", "Illinois", "Chicago", 16),
    Location("US", "Virginia", "Ashburn", 9), Location("US", None, None, 12),
    Location("DE", "Berlin", "Berlin", 34), Location("DE", "Bavaria", "Munich", 22),
    Location("DE", "Hamburg", "Hamburg", 14), Location("DE", "Hesse", "Frankfurt am Main", 13),
    Location("GB", "England", "London", 48), Location("GB", "England", "Manchester", 14),
    Location("GB", "Scotland", "Edinburgh", 9), Location("FR", "Île-de-France", "Paris", 32),
    Location("FR", "Auvergne-Rhône-Alpes", "Lyon", 11),
    Location("NL", "North Holland", "Amsterdam", 22),
    Location("NL", "South Holland", "Rotterdam", 9), Location("ES", "Madrid", "Madrid", 15),
    Location("ES", "Catalonia", "Barcelona", 14), Location("IT", "Lombardy", "Milan", 15),
    Location("IT", "Lazio", "Rome", 10), Location("PL", "Mazovia", "Warsaw", 17),
    Location("PL", "Lesser Poland", "Kraków", 9), Location("IN", "Karnataka", "Bengaluru", 24),
    Location("IN", "Maharashtra", "Mumbai", 17), Location("BR", "São Paulo", "São Paulo", 16),
    Location("CA", "Ontario", "Toronto", 16), Location("CA", "Quebec", "Montreal", 9),
    Location("AU", "New South Wales", "Sydney", 12), Location("AU", "Victoria", "Melbourne", 9),
    Location("SE", "Stockholm", "Stockholm", 10), Location("AT", "Vienna", "Vienna", 9),
    Location("CH", "Zurich", "Zürich", 9), Location("BE", "Brussels", "Brussels", 8),
    Location("PT", "Lisbon", "Lisbon", 8), Location("HU", "Budapest", "Budapest", 8),
    Location("MD", "Chișinău", "Chișinău", 10), Location("BG", "Sofia City", "Sofia", 7),
    Location("CZ", "Prague", "Prague", 7), Location("IE", "Leinster", "Dublin", 7),
    Location("DK", "Capital Region", "Copenhagen", 6), Location("UA", "Kyiv City", "Kyiv", 6),
    Location("JP", "Tokyo", "Tokyo", 7), Location("SG", None, "Singapore", 5),
    Location("MX", "Mexico City", "Mexico City", 5), Location("ZA", "Gauteng", "Johannesburg", 4),
    Location("NG", "Lagos", "Lagos", 4), Location("KE", "Nairobi", "Nairobi", 2),
    Location("NZ", "Auckland", "Auckland", 3), Location("IS", "Capital Region", "Reykjavík", 1),
    Location(None, None, None, 34),
)  # fmt: skip
"""Locations of visitors; for a few percent, none is known."""

_Viewports = tuple[tuple[int, int, int], ...]
_WINDOWS: Final[_Viewports] = ((1920, 945, 5), (1536, 730, 4), (1366, 641, 3), (2560, 1305, 2))
_MAC: Final[_Viewports] = ((1512, 860, 5), (1440, 789, 4), (1728, 992, 3), (2560, 1297, 1))
_IPHONE: Final[_Viewports] = ((390, 664, 5), (393, 659, 4), (430, 739, 3), (375, 553, 1))
_ANDROID: Final[_Viewports] = ((412, 785, 5), (360, 668, 4), (384, 716, 2))
_TABLET: Final[_Viewports] = ((820, 1106, 3), (1180, 746, 2), (800, 1148, 1))

_SETUPS: Final[tuple[tuple[str, str, str, _Viewports, int], ...]] = (
    ("Chrome", "Windows", "desktop", _WINDOWS, 255), ("Edge", "Windows", "desktop", _WINDOWS, 80),
    ("Firefox", "Windows", "desktop", _WINDOWS, 42), ("Opera", "Windows", "desktop", _WINDOWS, 12),
    ("Chrome", "macOS", "desktop", _MAC, 120), ("Safari", "macOS", "desktop", _MAC, 78),
    ("Firefox", "macOS", "desktop", _MAC, 20), ("Chrome", "Linux", "desktop", _WINDOWS, 22),
    ("Firefox", "Linux", "desktop", _WINDOWS, 24), ("Chrome", "ChromeOS", "desktop", _WINDOWS, 9),
    ("Safari", "iOS", "mobile", _IPHONE, 150), ("Chrome", "iOS", "mobile", _IPHONE, 22),
    ("Chrome", "Android", "mobile", _ANDROID, 128), ("Firefox", "Android", "mobile", _ANDROID, 7),
    ("Samsung Internet", "Android", "mobile", _ANDROID, 20),
    ("Safari", "iOS", "tablet", _TABLET, 17), ("Chrome", "Android", "tablet", _TABLET, 8),
)  # fmt: skip

DEVICES: Final = tuple(
    Device(browser, system, kind, width, height, weight * share)
    for browser, system, kind, viewports, weight in _SETUPS
    for width, height, share in viewports
)
"""Only combinations that exist: no Safari on Windows, no desktop with Android."""


def _events(name: str, weight: int, *props: Mapping[str, object]) -> tuple[CustomEvent, ...]:
    """Returns an event for each of the given props, or one event without props."""
    if not props:
        return (CustomEvent(name, None, weight),)
    texts = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in props)
    return tuple(CustomEvent(name, text, weight) for text in texts)


_CTA: Final = _events("cta_clicked", 4, {"label": "Start free"}, {"label": "Încearcă gratuit"})

CUSTOM_EVENTS: Final[dict[str, tuple[CustomEvent, ...]]] = {
    "home": (
        *_CTA,
        *_events("newsletter_joined", 3, {"form": "footer"}, {"form": "hero", "variant": "B"}),
        *_events("video_played", 2, {"video": "tour", "seconds": 94}),
    ),
    "product": (*_CTA, *_events("video_played", 3, {"video": "reminders", "seconds": 41})),
    "pricing": (
        *_events("plan_selected", 4, *({"plan": plan} for plan in ("free", "team", "studio"))),
        *_events("billing_period_toggled", 3, {"period": "yearly"}, {"period": "monthly"}),
    ),
    "docs": (
        *_events("search_performed", 4, {"query": "webhook", "results": 12}, {"query": "“VAT” 19%", "results": 0}),  # noqa: E501 - one event a line
        *_events("feedback_sent", 2, {"helpful": True}, {"helpful": False, "comment": None}),
        *_events("file_downloaded", 1, {"file": "openapi.json", "bytes": 184_220}),
    ),
    "blog": (
        *_events("newsletter_joined", 3, {"form": "article"}),
        *_events("outbound_link_clicked", 2),
    ),
    "templates": (
        *_events("file_downloaded", 5, {"file": "template.docx", "bytes": 48_112}, {"file": "template.pdf", "bytes": 96_404}),  # noqa: E501 - one event a line
        *_events("template_copied", 2, {"target": {"app": "sheets", "locale": "ro-RO"}}),
    ),
    "account": (
        *_events("signup_completed", 3, *({"plan": plan, "trial": plan != "free"} for plan in ("free", "team", "studio"))),  # noqa: E501 - one event a line
        *_events("logged_in", 14),
    ),
    "app": (
        *_events("invoice_sent", 6, {"currency": "RON", "total": 1_190.5}, {"currency": "EUR", "total": 420}),  # noqa: E501 - one event a line
        *_events("invoice_paid", 2, {"method": "card", "items": [1, 2, 5]}),
        *_events("report_exported", 1),
    ),
    "legal": (*_events("demo_requested", 2, {"team_size": "11-50"}, {"team_size": "1-10"}),),
}  # fmt: skip
"""The custom events of the pages of each section."""

SIGNED_UP: Final = "signup_completed"
LOGGED_IN: Final = "logged_in"
"""The two events at which a visitor is identified."""
