"""The reference's own bodies, changed in every way that a real service may: none is refused."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import assume, given
from hypothesis import strategies as st

from loguro_async.decoding import decode, explain
from loguro_async.doctor import drift
from loguro_async.models.row import Row
from tests.contract.reference import SHOWN, golden

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint
    from loguro_async.models.response_base import Response

# What a response is useless without, by the path of the object that holds it.
REQUIRED: Final = {
    "": {"current", "items", "sessions"},
    "current": {"visitors", "pageviews", "sessions"},
}
ODD: Final = st.sampled_from(
    [None, True, -1, 0.5, "", "?", "7", 7.0, 2**60, [], {}, [None], {"a": 1}, "2026-06-01", "\x1b["]
).map(copy.deepcopy)
MUTATIONS: Final = ("null", "drop", "retype", "rename", "wrap", "reorder", "add")


def members_of(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items_of(value: object) -> list[Any]:
    return list(cast("list[object]", value)) if isinstance(value, list) else []


def places(value: object, path: str = "") -> list[tuple[Any, Any]]:
    """Every member and item that may be changed: what holds it, and its name or position."""
    found: list[tuple[Any, Any]] = []
    for name, inner in members_of(value).items():
        if name not in REQUIRED.get(path, ()):
            found.append((value, name))
        found += places(inner, f"{path}.{name}".lstrip("."))
    for index, inner in enumerate(items_of(value)):
        found += [(value, index), *places(inner, f"{path}[]")]
    return found


def mutate(draw: st.DrawFn, body: object) -> None:
    holder, name = draw(st.sampled_from(places(body)))
    mutation = draw(st.sampled_from(MUTATIONS))
    if mutation == "null":
        holder[name] = None
    elif mutation == "drop":
        del holder[name]
    elif mutation == "retype":
        holder[name] = draw(ODD)
    elif mutation == "wrap":
        holder[name] = {draw(st.sampled_from(["data", "value", "x"])): holder[name]}
    elif not members_of(holder):
        holder.insert(0, draw(ODD))
    elif mutation == "rename":
        holder[f"my_{name}"] = holder.pop(name)
    elif mutation == "reorder":
        holder[name] = holder.pop(name)
    else:
        holder["added_later"] = draw(ODD)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Endpoint[Any], Any]:
    endpoint = draw(st.sampled_from(SHOWN))
    body = json.loads(golden(endpoint.name))
    for _ in range(draw(st.integers(1, 4))):
        if places(body):
            mutate(draw, body)
    return endpoint, body


def sent_rows(body: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return body.get("items") or body.get("sessions") or []


@given(mutated())
def test_no_change_that_leaves_the_required_members_alone_is_refused(
    changed: tuple[Endpoint[Any], Any],
) -> None:
    endpoint, body = changed
    text = json.dumps(body).encode()
    response: Response = decode(endpoint, text)
    rows: tuple[Row, ...] = getattr(response, "items", getattr(response, "sessions", ()))

    assert len(rows) + response.skipped >= len(sent_rows(body))
    assert explain(endpoint, body)[1] or not response.tolerated
    assert decode(endpoint, text) == response == copy.deepcopy(response)
    assert pickle.loads(pickle.dumps(response)) == response  # noqa: S301 - made here
    for row in rows:
        assert isinstance(row, Row)
        assert row.to_dict() == json.loads(row.to_json())
        assert row.label is None or isinstance(row.label, str)
        assert (row.value is None) is (row.unit is None)
        assert isinstance(dict(row.extra), dict)


@given(mutated())
def test_nothing_that_a_row_was_sent_is_lost(changed: tuple[Endpoint[Any], Any]) -> None:
    endpoint, body = changed
    response: Response = decode(endpoint, json.dumps(body).encode())
    rows: tuple[Row, ...] = getattr(response, "items", getattr(response, "sessions", ()))

    given_back = [known(row.to_dict()) for row in rows]
    assert all(one in [known(row) for row in sent_rows(body)] for one in given_back)


def known(value: object) -> Any:  # noqa: ANN401 - JSON
    """JSON without what says nothing (null, an empty list), timestamps in one spelling."""
    if isinstance(value, dict):
        members = members_of(value)  # pyright: ignore[reportUnknownArgumentType]
        return {name: known(one) for name, one in members.items() if one not in (None, [])}
    if isinstance(value, list):
        return [known(one) for one in items_of(value)]  # pyright: ignore[reportUnknownArgumentType]
    return value.replace(".000Z", "Z") if isinstance(value, str) else value


@given(
    st.sampled_from(SHOWN), st.sampled_from(["null", "drop", "retype", "rename", "wrap"]), st.data()
)
def test_the_doctor_finds_every_kind_of_change(
    endpoint: Endpoint[Any], mutation: str, data: st.DataObject
) -> None:
    body = json.loads(golden(endpoint.name))
    named = [(holder, name) for holder, name in places(body) if members_of(holder)]
    holder, name = data.draw(st.sampled_from(named))
    assume(holder[name] is not None and name not in {"previous", "chip", "prev_count", "delta_pct"})
    assume(not str(name).startswith("previous"))
    if mutation == "null":
        holder[name] = None
    elif mutation == "drop":
        del holder[name]
    elif mutation == "rename":
        holder[f"my_{name}"] = holder.pop(name)
    else:
        holder[name] = {"x": holder[name]} if mutation == "wrap" else [[]]

    found = [one for one in drift(endpoint, json.dumps(body).encode()) if one.kind != "unseen"]
    assert found
