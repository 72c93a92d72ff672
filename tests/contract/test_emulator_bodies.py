from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from loguro_async.decoding import decode
from loguro_async.emulator import LoguroEmulator
from tests.contract.reference import ALL, SHOWN, golden, parsed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from loguro_async.endpoints import Endpoint

NOW: Final = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def loguro() -> AsyncIterator[LoguroEmulator]:
    async with LoguroEmulator(events=2_000, seed=7, now=NOW) as emulator:
        yield emulator


async def body_of(loguro: LoguroEmulator, endpoint: Endpoint[Any]) -> bytes:
    """Returns the emulator's response about the last 30 days."""
    authorization = {"Authorization": f"Bearer {loguro.token}"}
    async with aiohttp.ClientSession(loguro.base_url, headers=authorization) as session:
        path = f"/api/web-events/local{endpoint.suffix}"
        if "{visitor_id}" in path:
            async with session.get("/api/web-events/local?range=30d&limit=1") as response:
                events = msgspec.json.decode(await response.read())
            path = path.format(visitor_id=events["items"][0]["visitor_id"])
        async with session.get(path, params={"range": "30d"}) as response:
            assert response.status == 200
            return await response.read()


def kind_of(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def differences(shown: Any, given: Any, at: str = "$") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yields what a response lacks of the reference, or has with another type."""
    if shown is None or given is None:
        if not (given is None or isinstance(given, str)):
            yield f"{at}: text or null, not {kind_of(given)}"
    elif kind_of(shown) != kind_of(given):
        yield f"{at}: {kind_of(shown)}, not {kind_of(given)}"
    elif isinstance(shown, dict):
        for name, member in cast("dict[str, Any]", shown).items():
            if name in given:
                yield from differences(member, given[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}: missing"
    elif isinstance(shown, list):
        if not given:
            yield f"{at}: empty, so nothing can be compared"
        for index, member in enumerate(given):
            yield from differences(shown[0], member, f"{at}[{index}]")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("endpoint", SHOWN, ids=lambda endpoint: endpoint.name)
async def test_responses_of_the_emulator_have_the_shapes_of_the_reference(
    loguro: LoguroEmulator, endpoint: Endpoint[Any]
) -> None:
    given = parsed(await body_of(loguro, endpoint))

    assert list(differences(parsed(golden(endpoint.name)), given)) == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("endpoint", ALL, ids=lambda endpoint: endpoint.name)
async def test_the_client_has_a_field_for_all_that_the_emulator_sends(
    loguro: LoguroEmulator, endpoint: Endpoint[Any]
) -> None:
    body = await body_of(loguro, endpoint)
    response = decode(endpoint, body)

    for row in getattr(response, "items", (response,)):
        assert getattr(row, "extra", {}) == {}


@pytest.mark.parametrize(
    ("shown", "given", "difference"),
    [
        ({"a": 1}, {}, "$.a: missing"),
        ({"a": 1}, {"a": "1"}, "$.a: number, not str"),
        ({"a": 1}, {"a": True}, "$.a: number, not bool"),
        ({"a": None}, {"a": 1}, "$.a: text or null, not number"),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": "x"}]}, "$.a[1].b: number, not str"),
        ([1], [], "$: empty, so nothing can be compared"),
    ],
)
def test_comparison_sees_differences(shown: object, given: object, difference: str) -> None:
    assert list(differences(shown, given)) == [difference]
