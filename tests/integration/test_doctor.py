"""A check-up of the embedded Loguro, over real sockets, and ``loguro-async doctor``."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from loguro_async import BreakerPolicy, ClientClosedError, InvalidQueryError, LoguroClient
from loguro_async.doctor import CheckUp, Difference, Step, check_up
from loguro_async.endpoints import ENDPOINTS
from loguro_async.version import __version__
from tests.contract.reference import golden
from tests.integration.command import ended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loguro_async.doctor import EndpointCheck
    from loguro_async.emulator import LoguroEmulator

NAMES = [endpoint.name for endpoint in ENDPOINTS]
ALL_WORK = (Step("origin", ok=True), Step("token", ok=True), Step("project", ok=True))


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "empty"), "events": 2_000, "days": 20}


def of(found: CheckUp, name: str) -> EndpointCheck:
    return next(one for one in found.endpoints if one.name == name)


def notable(check: EndpointCheck) -> list[Difference]:
    return [one for one in check.differences if one.kind != "unseen"]


async def test_a_service_as_known_is_well(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    found = await check_up(loguro_client, "local")
    assert found.ok
    assert found.steps == ALL_WORK
    assert [one.name for one in found.endpoints] == NAMES
    assert all(one.responded and not notable(one) for one in found.endpoints)
    assert found.first_ms is not None
    assert of(found, "events").rows == 50
    assert of(found, "kpis").rows is None
    assert found.requests == len(loguro_emulator.requests) == len(NAMES) + 1


async def test_it_reads_past_the_cache_and_leaves_nothing_there(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    await loguro_client.project("local").kpis(range="7d")
    before = loguro_client.stats.cache_entries
    await check_up(loguro_client, "local")
    assert loguro_client.stats.cache_entries == before
    assert [one.endpoint for one in loguro_emulator.requests].count("kpis") == 3


async def test_a_changed_response_is_reported_field_by_field(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    kpis = json.loads(golden("kpis"))
    del kpis["current"]["visitors"]
    kpis["current"]["people"] = 143
    loguro_emulator.fail(status=200, body=json.dumps(kpis), endpoint="kpis")
    loguro_emulator.fail(
        status=200, body='{"items":[{"path":"/","count":"many"}]}', endpoint="top-pages"
    )
    loguro_emulator.fail(extra_fields={"tier": "gold"}, endpoint="timeseries")
    found = await check_up(loguro_client, "local")
    assert not found.ok
    assert found.steps == ALL_WORK
    assert "$.current.visitors" in of(found, "kpis").failure
    assert notable(of(found, "kpis")) == [
        Difference("current.visitors", "missing", expected="whole number"),
        Difference("current.people", "new", found="number", harmless=True),
    ]
    assert of(found, "top-pages").responded
    assert notable(of(found, "top-pages")) == [
        Difference("items[].count", "type", expected="whole number", found="string"),
        Difference("items[]", "value", expected="count", found="path (string), count (string)"),
    ]
    assert of(found, "timeseries").ok
    assert {one.path for one in notable(of(found, "timeseries"))} == {"items[].tier", "tier"}


async def test_new_fields_alone_are_only_notes(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(extra_fields={"tier": "gold"})
    found = await check_up(loguro_client, "local")
    assert found.ok
    assert all("new" in {one.kind for one in check.differences} for check in found.endpoints[:3])


async def test_an_endpoint_that_fails_is_called_once_and_the_others_too(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=500, endpoint="count")
    loguro_emulator.fail(reset=True, endpoint="top-os")
    found = await check_up(loguro_client, "local")
    assert not found.ok
    assert found.steps == ALL_WORK
    assert [one.name for one in found.endpoints if not one.responded] == ["count", "top-os"]
    assert "500" in of(found, "count").failure
    assert found.requests == len(NAMES) + 1


async def test_a_first_endpoint_that_fails_does_not_condemn_the_service(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=500, endpoint="kpis")
    found = await check_up(loguro_client, "local")
    assert found.steps == ALL_WORK
    assert [one.name for one in found.endpoints if not one.responded] == ["kpis"]


async def test_a_service_with_wrong_responses_does_not_work(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=200, body="<html>Please log in</html>")
    found = await check_up(loguro_client, "local")
    assert [step.ok for step in found.steps] == [False, None, None]
    assert "$" in found.steps[0].hint
    assert [one.name for one in found.endpoints if one.ms is None] == [
        "visitor",
        "visitor-sessions",
    ]


async def test_a_request_that_an_open_circuit_refused_is_not_counted(
    loguro_emulator: LoguroEmulator,
) -> None:
    loguro_emulator.fail(status=500)
    async with LoguroClient(
        loguro_emulator.token,
        base_url=loguro_emulator.base_url,
        breaker=BreakerPolicy(min_requests=3),
    ) as client:
        found = await check_up(client, "local")
    assert found.requests == len(loguro_emulator.requests) == 3
    assert [step.ok for step in found.steps] == [False, None, None]
    assert not any(one.responded for one in found.endpoints)


async def test_a_refused_token_ends_it(loguro_emulator: LoguroEmulator) -> None:
    async with LoguroClient("pat_wrong", base_url=loguro_emulator.base_url) as client:
        found = await check_up(client, "local")
    assert [step.ok for step in found.steps] == [True, False, None]
    assert "LOGURO_PAT" in found.steps[1].hint
    assert (found.ok, found.requests, found.endpoints) == (False, 1, ())
    assert "pat_wrong" not in repr(found)


async def test_a_project_that_is_missing_ends_it(loguro_client: LoguroClient) -> None:
    found = await check_up(loguro_client, "nope")
    assert [step.ok for step in found.steps] == [True, True, False]
    assert "slug" in found.steps[2].hint
    assert (found.ok, found.requests, found.endpoints) == (False, 1, ())


async def test_a_service_that_is_away_ends_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with LoguroClient("pat_x", base_url=f"http://127.0.0.1:{port}") as client:
        found = await check_up(client, "local")
    assert [step.ok for step in found.steps] == [False, None, None]
    assert "base_url" in found.steps[0].hint
    assert (found.ok, found.requests, found.first_ms, found.endpoints) == (False, 1, None, ())


async def test_a_redirect_is_no_origin(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=302, headers={"Location": "https://elsewhere.example"})
    found = await check_up(loguro_client, "local")
    assert [step.ok for step in found.steps] == [False, None, None]


async def test_a_project_without_events_is_well_and_no_visitor_is_queried(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=200, body='{"items":[],"count":0}', endpoint="events")
    found = await check_up(loguro_client, "local")
    assert found.ok
    assert of(found, "events").rows == 0
    assert [one.name for one in found.endpoints if one.ms is None] == [
        "visitor",
        "visitor-sessions",
    ]
    assert found.requests == len(NAMES) - 1


async def test_a_visitor_id_that_fits_no_path_is_passed_over(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    events = json.loads(golden("events"))
    row = {**events["items"][0], "visitor_id": "../kpis"}
    events["items"] = [row, {**row, "visitor_id": "v2"}]
    loguro_emulator.fail(status=200, body=json.dumps(events), endpoint="events")
    await check_up(loguro_client, "local")
    asked = [one.path for one in loguro_emulator.requests if "visitor" in one.path]
    assert asked == [
        "/api/web-events/local/visitor/v2",
        "/api/web-events/local/visitor/v2/sessions",
    ]


async def test_no_value_of_a_response_is_reported(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    (event,) = (await loguro_client.project("local").events(range="7d", limit=1)).items
    secret = str(event.visitor_id)
    loguro_emulator.fail(
        status=404, body=json.dumps({"error": f"no visitor {secret}"}), endpoint="visitor"
    )
    loguro_emulator.fail(extra_fields={"whom": secret})
    found = await check_up(loguro_client, "local")
    assert "no visitor …" in of(found, "visitor").failure
    assert secret not in msgspec.json.encode(found).decode()


async def test_a_hung_service_is_waited_for_no_longer_than_the_timeout(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(latency=30.0)
    found = await check_up(loguro_client, "local", timeout=0.05)
    assert [step.ok for step in found.steps] == [False, None, None]


async def test_wrong_use_is_refused_before_anything_is_sent(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    for slug, span in (("../x", "7d"), ("local", "8d")):
        with pytest.raises(InvalidQueryError):
            await check_up(loguro_client, slug, range=span)  # type: ignore[arg-type]
    assert not loguro_emulator.requests


async def test_a_closed_client_is_no_fault_of_the_service(loguro_client: LoguroClient) -> None:
    await loguro_client.aclose()
    with pytest.raises(ClientClosedError):
        await check_up(loguro_client, "local")


async def test_the_command_says_that_all_is_well(loguro_emulator: LoguroEmulator) -> None:
    done = await ended(loguro_emulator, "doctor", "local")
    lines = done.out.splitlines()
    assert (done.status, done.err) == (0, "")
    assert lines[0].startswith("origin: works, first response after ")
    assert lines[1:3] == ["token: works", "project: works"]
    assert [line.split()[0] for line in lines[4:22]] == NAMES
    assert lines[-1] == "all is well (19 requests)"


async def test_the_command_says_a_line_for_each_change(loguro_emulator: LoguroEmulator) -> None:
    body = '{"items":[{"path":"/","count":"many","\\u001b[2J":1}]}'
    loguro_emulator.fail(status=200, body=body, endpoint="top-pages")
    done = await ended(loguro_emulator, "doctor", "local", "--range", "30d")
    assert done.status == 1
    assert "top-pages: items[].count is string, not whole number\n" in done.out
    assert "top-pages: new field items[]['\\x1b[2J'] (number)\n" in done.out
    assert "\x1b" not in done.out
    assert done.out.endswith("not all is well (19 requests)\n")
    assert dict(loguro_emulator.requests[0].query) == {"range": "30d", "compare": "1"}


async def test_the_command_writes_json(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(status=404, slug="local")
    done = await ended(loguro_emulator, "doctor", "local", "--format", "json")
    found = msgspec.json.decode(done.out, type=CheckUp)
    assert done.status == 1
    assert [step.ok for step in found.steps] == [True, True, False]


async def test_the_command_refuses_a_slug_that_cannot_be(loguro_emulator: LoguroEmulator) -> None:
    done = await ended(loguro_emulator, "doctor", "../x")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("loguro-async: ")


async def test_the_command_saves_the_shapes_that_it_saw(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    body = '{"items":[{"country":"s3cret","hits":987654321}]}'
    loguro_emulator.fail(status=200, body=body, endpoint="top-countries")
    path = tmp_path / "shapes.json"
    done = await ended(loguro_emulator, "doctor", "local", "--save", str(path))
    text = path.read_text()
    saved = json.loads(text)

    assert (done.status, saved["version"]) == (0, __version__)
    assert set(saved["shapes"]) == set(NAMES)
    assert saved["shapes"]["top-countries"] == {
        "$": ["object"],
        "items": ["array"],
        "items[]": ["object"],
        "items[].country": ["string"],
        "items[].hits": ["number"],
    }
    assert "s3cret" not in text
    assert "987654321" not in text
    assert "top-countries: items[].country_code is called country, which was tolerated" in done.out


async def test_a_file_that_cannot_be_written_is_said_in_a_line(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "missing" / "shapes.json")
    done = await ended(loguro_emulator, "doctor", "local", "--save", nowhere)
    assert done.status == 1
    assert done.err.startswith("loguro-async: ")


async def test_a_list_whose_names_are_not_known_is_a_failure(
    loguro_emulator: LoguroEmulator,
) -> None:
    loguro_emulator.fail(status=200, body='{"items":[{"foo":"RO","bar":7}]}', endpoint="top-os")
    done = await ended(loguro_emulator, "doctor", "local")
    sent = "the service sends foo (string), bar (number)"
    assert done.status == 1
    assert f"top-os: no row of items[] has a label (os_family); {sent}\n" in done.out
    assert f"top-os: no row of items[] has a value (count); {sent}\n" in done.out
