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
from tests.contract.reference import ALL
from tests.properties.test_query_laws import ARGUMENTS, SPELLED_OUT, slugs
from tests.unit.wire import Reply, Wire

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint
    from loguro_async.query.request import Query

Pair: TypeAlias = "tuple[Query, Query]"


def _arguments(endpoint: Endpoint[Any], draw: st.DrawFn) -> list[Any]:
    return [draw(slugs if name == "visitor_id" else ARGUMENTS[name]) for name in endpoint.takes]


@st.composite
def pairs(draw: st.DrawFn, endpoint: Endpoint[Any]) -> Pair:
    """Two queries of one endpoint that differ in at most one argument."""
    slug, arguments = draw(slugs), _arguments(endpoint, draw)
    other_slug, other_arguments = slug, list(arguments)
    changed = draw(st.integers(0, len(arguments)))
    if changed == len(arguments):
        other_slug = draw(slugs)
    else:
        other_arguments[changed] = _arguments(endpoint, draw)[changed]
    return endpoint.query(slug, arguments), endpoint.query(other_slug, other_arguments)


def _meaning(query: Query) -> tuple[str, dict[str, str]]:
    """What goes over the wire, with the documented defaults filled in."""
    parts = urlsplit(query.target)
    sent = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "from" not in sent and any(name == "range" for name, _ in query.meant):
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

    assert ((first.path, first.meant) == (second.path, second.meant)) is same
    locations = [cipher.location(query.slug, query.path, query.meant) for query in (first, second)]
    assert (locations[0] == locations[1]) is same


VISITOR_METHODS = ["visitor", "visitor_sessions"]


def _id_of(method: str, response: Any) -> object:  # noqa: ANN401 - of two types
    return response.visitor_id if method == "visitor" else response.sessions[0].session_id


def _body(method: str, one: str) -> bytes:
    if method == "visitor":
        return json.dumps({"visitor_id": one}).encode()
    session = {
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
            wire.answers(f"/visitor/{one}{suffix}", Reply(body=_body(method, one)))
        wire.answers(f"/visitor/nobody{suffix}", Reply(status=404, body=b'{"error":"not found"}'))
    with wire.in_place():
        yield wire


@pytest.mark.parametrize("method", VISITOR_METHODS)
async def test_each_visitor_gets_a_response_of_their_own(wire: Wire, method: str) -> None:
    async with LoguroClient("pat_x") as client:
        call = getattr(client.project("local"), method)
        for _ in range(2):
            assert [_id_of(method, await call(one)) for one in "abc"] == list("abc")

    assert len(wire.asked) == len("abc")


@pytest.mark.parametrize("method", VISITOR_METHODS)
async def test_concurrent_calls_for_visitors_share_no_request(wire: Wire, method: str) -> None:
    async with LoguroClient("pat_x") as client:
        call = getattr(client.project("local"), method)
        responses = await asyncio.gather(*(call(one) for one in "abcabc"))

    assert [_id_of(method, response) for response in responses] == list("abcabc")
    assert len(wire.asked) == len("abc")


@pytest.mark.parametrize("method", VISITOR_METHODS)
async def test_an_unknown_visitor_is_an_error_beside_known_ones(wire: Wire, method: str) -> None:
    async with LoguroClient("pat_x") as client:
        call = getattr(client.project("local"), method)
        await call("a")

        with pytest.raises(ProjectNotFoundError):
            await call("nobody")
        with pytest.raises(CacheMissError):
            await call("b", cache="only-if-cached")

    assert len(wire.asked) == len("a") + len(["nobody"])
