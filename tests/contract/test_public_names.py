from __future__ import annotations

import difflib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import msgspec
import pytest

import loguro_async
from loguro_async import errors
from tests.contract.public_api import lines, public_names
from tests.contract.reference import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

API = "\n".join(lines())
KEPT = Path(__file__).with_name("golden") / "public-api.txt"
CONTRACT = (
    "LoguroClient",
    "Project",
    "RetryPolicy",
    "CachePolicy",
    "Limits",
    "Filter",
    "F",
    "Between",
    "CacheMode",
    "ClientStats",
    "Overview",
    "__version__",
)


def structs_in(shape: Any) -> Iterator[str]:  # noqa: ANN401 - types such as TopList[TopPage]
    """The names of all structs that an answer of this type is made of."""
    kind = get_origin(shape) or shape
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
        yield kind.__name__
        for field in msgspec.structs.fields(shape):
            yield from structs_in(field.type)
    for argument in get_args(shape):
        yield from structs_in(argument)


STRUCTS = sorted({name for endpoint in ALL for name in structs_in(endpoint.shape)})
ERRORS = sorted(
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.LoguroError)
)


@pytest.mark.parametrize("name", [*CONTRACT, *STRUCTS, *ERRORS])
def test_name_is_exported(name: str) -> None:
    assert name in loguro_async.__all__
    assert hasattr(loguro_async, name)


def test_structs_of_every_kind_were_found() -> None:
    assert {"Kpis", "KpiValues", "TimeseriesPoint", "TopList", "TopFlow", "SessionEvent"} <= set(
        STRUCTS
    )


def test_every_listed_name_is_there_once() -> None:
    assert len(set(loguro_async.__all__)) == len(loguro_async.__all__)
    assert [name for name in loguro_async.__all__ if not hasattr(loguro_async, name)] == []


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        ("ConfigurationError", {"LoguroError"}),
        ("InvalidQueryError", {"LoguroError", "ValueError"}),
        ("ClientClosedError", {"LoguroError"}),
        ("CacheMissError", {"LoguroError"}),
        ("CircuitOpenError", {"LoguroError"}),
        ("TransportError", {"LoguroError"}),
        ("ConnectError", {"TransportError"}),
        ("DeadlineExceededError", {"TransportError", "TimeoutError"}),
        ("ResponseError", {"LoguroError"}),
        ("ResponseTooLargeError", {"ResponseError"}),
        ("DecodeError", {"ResponseError"}),
        ("StatusError", {"LoguroError"}),
        ("BadRequestError", {"StatusError"}),
        ("AuthenticationError", {"StatusError"}),
        ("ProjectNotFoundError", {"StatusError"}),
        ("RateLimitedError", {"StatusError"}),
        ("QueryFailedError", {"StatusError"}),
    ],
)
def test_tree_of_errors(error: str, parents: set[str]) -> None:
    assert {parent.__name__ for parent in getattr(loguro_async, error).__bases__} == parents


def test_the_public_api_is_as_it_was() -> None:
    """Parameters, fields and types included: what changes for others changes on purpose."""
    before = KEPT.read_text(encoding="utf-8").splitlines()
    compared = difflib.unified_diff(before, API.splitlines(), "before", "now", n=0, lineterm="")
    changes = "\n".join(compared)
    assert not changes, f"the public API changed; if that is meant, run `make api`:\n{changes}"


def test_all_of_the_public_api_is_described() -> None:
    described = re.findall(r"^(?:class |def |async def )?(loguro_async[\w.]+)", API, re.MULTILINE)
    assert sorted(set(described)) == public_names()
    assert len(API.splitlines()) > 4 * len(described), "members are missing"
