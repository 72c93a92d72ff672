"""Messages keep within their services' limits, and strangers' names are text in them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loguro_async.charts.labels import label
from loguro_async.report import Failure, Report, to_discord, to_slack, to_telegram
from loguro_async.report.message import units
from tests.unit.charts.samples import HOSTILE
from tests.unit.report.samples import hostile_report, project, report

REPORTS = st.lists(
    st.one_of(st.sampled_from(HOSTILE), st.text(max_size=400)), min_size=1, max_size=30
).map(lambda names: hostile_report(*names))
MANY = report(*(project(f"project-{n}") for n in range(60)))


class Marked(HTMLParser):
    """The tags and the text of a message in Telegram's HTML."""

    def __init__(self, message: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""
        self.feed(message)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(f"{tag}{attrs or ''}")

    def handle_data(self, data: str) -> None:
        self.text += data


def fields(message: dict[str, Any]) -> list[dict[str, Any]]:
    (embed,) = message["embeds"]
    found: list[dict[str, Any]] = embed["fields"]
    return found


@given(REPORTS)
def test_slack_is_given_no_more_than_it_takes(shown: Report) -> None:
    message = to_slack(shown)
    json.dumps(message).encode()
    assert len(message["blocks"]) <= 50
    assert message["blocks"][0]["type"] == "header"
    assert units(message["blocks"][0]["text"]["text"]) <= 150
    for block in message["blocks"]:
        assert block["text"]["type"] == "plain_text"
        assert 0 < units(block["text"]["text"]) <= 3_000
        assert not set("<>") & set(block["text"]["text"])
    assert sum(units(block["text"]["text"]) for block in message["blocks"]) <= 12_000


@given(REPORTS)
@example(hostile_report(" "))
def test_discord_is_given_no_more_than_it_takes(shown: Report) -> None:
    message = to_discord(shown)
    (embed,) = message["embeds"]
    assert message["allowed_mentions"] == {"parse": []}
    assert 0 < len(embed["fields"]) <= 25
    texts = [embed["title"], embed.get("footer", {}).get("text", "")]
    for field in embed["fields"]:
        assert 0 < units(field["name"]) <= 256
        assert 0 < units(field["value"]) <= 1_024
        texts += [field["name"], field["value"]]
    assert sum(map(units, texts)) <= 6_000


@given(REPORTS)
def test_telegram_is_given_no_more_than_it_takes(shown: Report) -> None:
    message = to_telegram(shown)
    assert 0 < units(message) <= 4_096
    assert Marked(message).tags == {"b", "code"}


@pytest.mark.parametrize("name", [name for name in HOSTILE if 0 < len(name) < 80])
def test_names_arrive_as_they_are(name: str) -> None:
    shown = report(project("a", [name]))
    assert f"Page {label(name)}: 150" in Marked(to_telegram(shown)).text
    slack = json.dumps(to_slack(shown), ensure_ascii=False)
    escaped = label(name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert json.dumps(f"Page {escaped}: 150", ensure_ascii=False)[1:-1] in slack
    discord = "".join(field["value"] for field in fields(to_discord(shown)))
    assert f"Page {label(name)}: " in re.sub(r"\\([^0-9A-Za-z\s])", r"\1", discord)


def test_markup_in_names_has_no_meaning_in_discord() -> None:
    (value,) = {
        field["value"]
        for field in fields(to_discord(report(project("a", ["**b** <@1> [x](https://e.example)"]))))
        if field["name"] == "Pages of a"
    }
    assert value.startswith(r"\*\*b\*\* \<\@1\> \[x\]\(https\://e.example\): **")


@pytest.mark.parametrize(
    "text",
    [
        to_telegram(MANY),
        to_slack(MANY)["blocks"][-1]["text"]["text"],
        to_discord(MANY)["embeds"][0]["footer"]["text"],
    ],
)
def test_what_is_left_out_is_counted(text: str) -> None:
    left = re.search(r"… and (\d+) more sections in the full report$", text)
    assert left is not None
    assert int(left[1]) > 100


def test_every_section_is_shown_or_counted() -> None:
    blocks = to_slack(MANY)["blocks"]
    left = re.search(r"and (\d+) more", blocks[-1]["text"]["text"])
    assert left is not None
    assert len(blocks) - 2 + int(left[1]) == 60 + 60 * 4
    assert len(blocks) > 40


def test_a_small_report_is_complete() -> None:
    shown = report(project("local"))
    assert "more" not in to_telegram(shown)
    assert len(to_slack(shown)["blocks"]) == 6
    assert "footer" not in to_discord(shown)["embeds"][0]


# What Telegram makes active in text that is no code.
ACTIVE = re.compile(
    r"(?i)https?://|\b[\w-]+\.(?:com|org|me)\b|(?<!\w)@\w{4,}|(?m:^|\s)/\w+|[#$][a-z]\w+"
)


@pytest.mark.parametrize(
    "name",
    ["free-traffic.com", "https://evil.org/?x=1", "@durov", "#crypto $TSLA", "/start", "b@a.org"],
)
def test_no_name_becomes_active_in_telegram(name: str) -> None:
    assert ACTIVE.search(f" {name}")
    shown = report(
        project(name, [name]), failures=[Failure(name, f"see {name}")], filter=f"path:{name}"
    )
    message = to_telegram(shown)
    outside = re.sub(r"<code>.*?</code>", "", message)
    assert not ACTIVE.search(outside)
    assert message.count("<code>") >= 5
