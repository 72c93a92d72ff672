"""Files at addresses that change with their content."""

from __future__ import annotations

import re

import pytest

from loguro_async import ConfigurationError
from loguro_async.dashboard.static_files import Theme, static_reply, static_url


def test_an_address_names_the_content_and_never_expires() -> None:
    url = static_url("dashboard.css")
    version = re.fullmatch(r"static/dashboard\.css\?v=([0-9a-f]{12})", url)
    assert version is not None
    assert "immutable" in static_reply("dashboard.css", version[1], "").headers["Cache-Control"]


@pytest.mark.parametrize("version", ["", "0123456789ab"])
def test_another_version_is_requested_again_each_time(version: str) -> None:
    reply = static_reply("dashboard.js", version, "")
    assert reply.headers["Cache-Control"] == "no-cache"
    again = static_reply("dashboard.js", version, f'"other", {reply.headers["ETag"]}')
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["", "handler.py", "../handler.py", "dashboard.css/"])
def test_nothing_else_is_served(name: str) -> None:
    assert static_reply(name, "", "").status == 404


def test_colours_of_the_host_are_a_style_sheet() -> None:
    theme = Theme({"accent": "#7c3aed", "font": "Georgia, serif"})
    reply = theme.reply(theme.url.partition("v=")[2], "")
    assert reply.body == b":root{--loguro-accent:#7c3aed;--loguro-font:Georgia, serif;}"
    assert "immutable" in reply.headers["Cache-Control"]
    assert Theme({}).url == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("accent", "red;}"), ("accent", "url(//x)"), ("Accent", "red"), ("accent", ""), ("a}", "b")],
)
def test_what_is_no_colour_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError):
        Theme({name: value})
