"""Two requests that differ share nothing: not in memory, not on the fast path, not in Redis."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import CacheMissError, LoguroClient, ProjectNotFoundError
from loguro_async.shared.cipher import Cipher
from tests.calls import a_request
from tests.contract.reference import ALL
from tests.properties.test_query_laws import SPELLED_OUT, arguments_of, slugs
from tests.unit.wire import Reply, Wire

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint
    from loguro_async.request import Request

Pair: TypeAlias = "tuple[Request, Request]"


@st.composite
def pairs(draw: st.DrawFn, endpoint: Endpoint[Any]) -> Pair:
    """Two requests of one endpoint that differ in at most one argument."""
    slug, arguments = draw(slugs), arguments_of(endpoint, draw)
    other_slug, other_arguments = slug, dict(arguments)
    changed = draw(st.sampled_from(["slug", *arguments]))
    if changed == "slug":
        other_slug = draw(slugs)
    else:
        other_arguments[changed] = arguments_of(endpoint, draw)[changed]
    return (
        a_request(endpoint, slug, **arguments),
        a_request(endpoint, other_slug, **other_arguments),
    )


def _meaning(request: Request) -> tuple[str, dict[str, str]]:
    """Returns what is sent, with the documented defaults filled in."""
    parts = urlsplit(request.target)
    sent = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "from" not in sent and any(name == "range" for name, _ in request.canonical):
        sent.setdefault("range", str(SPELLED_OUT["range"]))
    if parts.path.endswith("/top-flows"):
        sent.setdefault("depth", str(SPELLED_OUT["depth"]))
    if parts.path.endswith("/recent-events"):
        sent.setdefault("windowMs", "300000")
    return parts.path, sent


@pytest.mark.parametrize("endpoint", ALL, ids=lambda endpoint: endpoint.name)
@given(data=st.data())
def test_keys_are_equal_exactly_when_requests_are(endpoint: Endpoint[Any], data: Any) -> None:  # noqa: ANN401 - hypothesis gives the type no name
    first, second = data.draw(pairs(endpoint))
    cipher = Cipher("pat_secret", "https://logu.ro")

    same = _meaning(first) == _meaning(second)

    assert (first.key == second.key) is same
    names = [cipher.location(one.slug, one.path, one.canonical) for one in (first, second)]
    assert (names[0] == names[1]) is same


VISITOR_METHODS = ["visitor", "visitor_sessions"]


def _id_of(method: str, response: Any) -> object:  # noqa: ANN401 - of two types
    return response.visitor_id if method == "visitor" else response.sessions[0].session_id


def _body(method: str, one: str) -> bytes:
    if method == "visitor":
        return json.dumps({"visitor_id": one}).encode()
    session: dict[str, object] = {
        "session_id": one,
        "start": "2026-06-11T09:00:00Z",
        "end": "2026-06-11T09:00:00Z",
        "duration_ms": 0,
        "page_count": 0,
        "entry_page": None,
        "exit_page": None,
        "events": [],
    }
    return json.dumps({"sessions": [session]}).encode()


@pytest.fixture
def wire() -> Any:  # noqa: ANN401 - a generator fixture
    wire = Wire()
    for method in VISITOR_METHODS:
        suffix = "" if method == "visitor" else "/sessions"
        for one in "abc":
            wire.respond(f"/visitor/{one}{suffix}", Reply(body=_body(method, one)))
        wire.respond(f"/visitor/unknown{suffix}", Reply(status=404, body=b'{"error":"not found"}'))
    with wire.in_place():
        yield wire


@pytest.mark.parametrize("method", VISITOR_METHODS)
async def test_each_visitor_gets_a_response_of_their_own(wire: Wire, method: str) -> None:
    async with LoguroClient("pat_x") as client:
        call = getattr(client.project("local"), method)
        for _ in range(2):
            assert [_id_of(method, await call(one)) for one in "abc"] == list("abc")

    assert len(wire.requests) == len("abc")


@pytest.mark.parametrize("method", VISITOR_METHODS)
async def test_concurrent_calls_for_visitors_share_no_request(wire: Wire, method: str) -> None:
    async with LoguroClient("pat_x") as client:
        call = getattr(client.project("local"), method)
        responses = await asyncio.gather(*(call(one) for one in "abcabc"))

    assert [_id_of(method, response) for response in responses] == list("abcabc")
    assert len(wire.requests) == len("abc")


@pytest.mark.parametrize("method", VISITOR_METHODS)
async def test_an_unknown_visitor_is_an_error_beside_known_ones(wire: Wire, method: str) -> None:
    async with LoguroClient("pat_x") as client:
        call = getattr(client.project("local"), method)
        await call("a")

        with pytest.raises(ProjectNotFoundError):
            await call("unknown")
        with pytest.raises(CacheMissError):
            await call("b", cache="only-if-cached")

    assert len(wire.requests) == len("a") + len(["unknown"])
