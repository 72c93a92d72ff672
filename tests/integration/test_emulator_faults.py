"""Faults on request: what reaches a caller, byte by byte where it matters."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator import LoguroEmulator


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "shop"), "events": 200, "days": 7}


async def received(loguro: LoguroEmulator, path: str = "local/count") -> bytes:
    """All bytes that come back until the connection ends."""
    host, _, port = loguro.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"GET /api/web-events/{path} HTTP/1.1", "Host: loguro", "Connection: close"]
    writer.write("\r\n".join([*lines, f"Authorization: Bearer {loguro.token}", "", ""]).encode())
    try:
        return await reader.read()
    finally:
        writer.close()


async def response(
    loguro: LoguroEmulator, path: str = "local/count"
) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers (lower case) and the body."""
    head, _, body = (await received(loguro, path)).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in headers}, body


async def statuses(loguro: LoguroEmulator, times: int, path: str = "local/count") -> list[int]:
    return [(await response(loguro, path))[0] for _ in range(times)]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Invalid project identifier"),
        (401, "Invalid token"),
        (404, "Project not found"),
        (429, "Too many requests"),
        (500, "Query failed"),
        (503, "Service Unavailable"),
        (599, "Status 599"),
    ],
)
async def test_a_status(loguro_emulator: LoguroEmulator, status: int, message: str) -> None:
    loguro_emulator.fail(status)
    given, _, body = await response(loguro_emulator)
    assert (given, json.loads(body)) == (status, {"error": message})


async def test_a_fault_without_options_is_a_500(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(times=2)
    assert await statuses(loguro_emulator, 3) == [500, 500, 200]


async def test_headers_are_added(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(429, headers={"Retry-After": "7"})
    status, headers, _ = await response(loguro_emulator)
    assert (status, headers["retry-after"]) == (429, "7")


async def test_a_reset_sends_nothing(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(reset=True, times=1)
    with pytest.raises(ConnectionResetError):
        await received(loguro_emulator)
    assert loguro_emulator.requests[-1].status is None
    assert await statuses(loguro_emulator, 1) == [200]


async def test_half_a_body_of_a_known_length(loguro_emulator: LoguroEmulator) -> None:
    whole = (await response(loguro_emulator))[2]
    loguro_emulator.fail(truncate=True)
    status, headers, body = await response(loguro_emulator)
    assert (status, body) == (200, whole[: len(whole) // 2])
    assert int(headers["content-length"]) == len(whole)


async def test_half_a_body_of_no_known_length(loguro_emulator: LoguroEmulator) -> None:
    whole = (await response(loguro_emulator))[2]
    loguro_emulator.fail(truncate="silent")
    status, headers, body = await response(loguro_emulator)
    assert (status, body) == (200, whole[: len(whole) // 2])
    assert not {"content-length", "transfer-encoding"} & headers.keys()
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("body", [b"\xff\x00<html>", "no JSON: é", b""])
async def test_another_body(loguro_emulator: LoguroEmulator, body: bytes | str) -> None:
    loguro_emulator.fail(body=body)
    status, _, given = await response(loguro_emulator)
    assert (status, given) == (200, body.encode() if isinstance(body, str) else body)


async def test_a_body_that_drips_arrives_whole(loguro_emulator: LoguroEmulator) -> None:
    whole = (await response(loguro_emulator))[2]
    loguro_emulator.fail(drip=0.0001)
    status, headers, body = await response(loguro_emulator)
    assert (status, body, int(headers["content-length"])) == (200, whole, len(whole))


async def test_a_body_that_drips_and_is_truncated(loguro_emulator: LoguroEmulator) -> None:
    whole = (await response(loguro_emulator))[2]
    loguro_emulator.fail(drip=0.0001, truncate=True)
    assert (await response(loguro_emulator))[2] == whole[: len(whole) // 2]


async def test_latency_does_not_delay_other_requests(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(latency=3_600, endpoint="kpis")
    waiting = asyncio.create_task(received(loguro_emulator, "local/kpis"))
    assert await statuses(loguro_emulator, 3) == [200] * 3
    assert not waiting.done()
    statuses_by_endpoint = {record.endpoint: record.status for record in loguro_emulator.requests}
    assert statuses_by_endpoint == {"kpis": None, "count": 200}
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_latency_comes_before_the_response(loguro_emulator: LoguroEmulator) -> None:
    whole = (await response(loguro_emulator))[2]
    loguro_emulator.fail(latency=0.0001)
    assert (await response(loguro_emulator))[::2] == (200, whole)


async def test_extra_fields_are_in_every_object(loguro_emulator: LoguroEmulator) -> None:
    path = "local/timeseries?range=7d"
    before = json.loads((await response(loguro_emulator, path))[2])
    loguro_emulator.fail(extra_fields={"new": [1], "bucket": "used"})
    after = json.loads((await response(loguro_emulator, path))[2])
    assert after == {
        "new": [1],
        "bucket": before["bucket"],
        "items": [{"new": [1], **item} for item in before["items"]],
    }


async def test_extra_fields_do_not_change_a_body_that_is_no_json(
    loguro_emulator: LoguroEmulator,
) -> None:
    loguro_emulator.fail(body="no JSON", extra_fields={"new": 1})
    assert (await response(loguro_emulator))[2] == b"no JSON"


async def test_faults_of_one_endpoint_and_one_project(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(503, endpoint="kpis")
    loguro_emulator.fail(502, slug="shop")
    assert await statuses(loguro_emulator, 1, "local/kpis") == [503]
    assert await statuses(loguro_emulator, 1, "shop/kpis") == [503]
    assert await statuses(loguro_emulator, 1, "shop/count") == [502]
    assert await statuses(loguro_emulator, 1, "local/count") == [200]


async def test_faults_follow_one_another(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(500, times=1)
    loguro_emulator.fail(429, times=2)
    assert await statuses(loguro_emulator, 4) == [500, 429, 429, 200]


async def test_healed(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(500)
    assert await statuses(loguro_emulator, 1) == [500]
    loguro_emulator.heal()
    assert await statuses(loguro_emulator, 1) == [200]


async def test_probability(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(500, probability=0)
    assert await statuses(loguro_emulator, 5) == [200] * 5
    loguro_emulator.heal()
    loguro_emulator.fail(500, probability=1)
    assert await statuses(loguro_emulator, 5) == [500] * 5
    loguro_emulator.heal()
    loguro_emulator.fail(500, probability=0.5, times=3)
    # The probability has a seed, so this is the same in every run.
    given = await statuses(loguro_emulator, 30)
    assert given.count(500) == 3
    assert given[:3] != [500] * 3


async def test_responses_of_faults_are_in_the_request_log(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(503, times=1)
    await statuses(loguro_emulator, 2, "shop/top-pages?range=7d&limit=5")
    await statuses(loguro_emulator, 1, "local/visitor/unknown")
    await statuses(loguro_emulator, 1, "local/no-such")
    records = loguro_emulator.requests
    assert [record.status for record in records] == [503, 200, 404, 404]
    assert [record.endpoint for record in records] == ["top-pages", "top-pages", "visitor", None]
    assert [record.slug for record in records] == ["shop", "shop", "local", None]
    assert records[0].query == {"range": "7d", "limit": "5"}
    assert (records[0].method, records[0].path) == ("GET", "/api/web-events/shop/top-pages")
    loguro_emulator.forget_requests()
    assert loguro_emulator.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"status": 199},
        {"status": 600},
        {"times": 0},
        {"probability": 1.1},
        {"probability": -0.1},
        {"endpoint": "kpi"},
        {"latency": -1},
        {"drip": -1},
    ],
)
async def test_an_invalid_fault_is_an_error(
    loguro_emulator: LoguroEmulator, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"must be|pass"):
        loguro_emulator.fail(**options)
    assert await statuses(loguro_emulator, 1) == [200]
