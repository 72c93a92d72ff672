"""Laws for any body that the service may send."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from loguro_async.decoding import decode
from loguro_async.doctor import drift
from loguro_async.errors import DecodeError
from tests.contract.reference import ALL, SHOWN, golden
from tests.properties.strategies import json_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loguro_async.endpoints import Endpoint

endpoints = st.sampled_from(ALL)
shown = st.sampled_from(SHOWN)


def objects_in(value: object) -> Iterator[dict[str, Any]]:
    """All JSON objects in a value, but custom properties."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        yield members
        for member in members.values():
            yield from objects_in(member)
    elif isinstance(value, list):
        for member in cast("list[object]", value):
            yield from objects_in(member)


@st.composite
def nearly_right(draw: st.DrawFn) -> tuple[Endpoint[Any], object]:
    """A body of the reference, a member of which was replaced, dropped or added somewhere."""
    endpoint = draw(shown)
    response = json.loads(golden(endpoint.name))
    target = draw(st.sampled_from(list(objects_in(response))))
    name = draw(st.sampled_from(list(target)) | st.text(max_size=5))
    if draw(st.booleans()):
        target.pop(name, None)
    else:
        target[name] = draw(json_values)
    return endpoint, draw(st.just(response) | st.just([response]))


def check(endpoint: Endpoint[Any], body: bytes) -> None:
    """Checks that each position is reported once, and that an unreadable body is explained."""
    differences = drift(endpoint, body)
    told = Counter((one.path, one.kind) for one in differences)
    assert not told or max(told.values()) == 1
    try:
        decode(endpoint, body)
    except DecodeError:
        assert not all(one.harmless for one in differences)


@given(endpoints, st.binary(max_size=60))
def test_any_bytes_are_compared(endpoint: Endpoint[Any], body: bytes) -> None:
    check(endpoint, body)


@given(endpoints, json_values)
def test_any_json_is_compared(endpoint: Endpoint[Any], value: object) -> None:
    check(endpoint, msgspec.json.encode(value))


@given(nearly_right())
def test_an_unreadable_body_is_explained(case: tuple[Endpoint[Any], object]) -> None:
    endpoint, response = case
    check(endpoint, msgspec.json.encode(response))


@given(shown, st.data(), st.text(max_size=8), json_values)
def test_an_added_field_is_the_only_difference(
    endpoint: Endpoint[Any], data: st.DataObject, name: str, value: object
) -> None:
    response = json.loads(golden(endpoint.name))
    before = drift(endpoint, golden(endpoint.name))
    target = data.draw(st.sampled_from(list(objects_in(response))))
    known = {one.path.rpartition(".")[2] for one in before}
    assume(name not in target and name not in known)
    target[name] = copy.deepcopy(value)
    added = set(drift(endpoint, msgspec.json.encode(response))) - set(before)
    assert [(one.kind, one.harmless) for one in added] == [("new", True)]


@given(endpoints, st.recursive(st.just("s3cret"), lambda inner: st.lists(inner, max_size=2)))
def test_no_value_is_ever_shown(endpoint: Endpoint[Any], value: object) -> None:
    bodies: list[object] = [value, {"items": [{"path": value}]}, {"visitor_id": value, "x": value}]
    for body in bodies:
        assert "s3cret" not in repr(drift(endpoint, msgspec.json.encode(body)))
