from __future__ import annotations

from typing import Any

import pytest

from loguro_async.decoding import decode
from loguro_async.endpoints import ANY
from loguro_async.errors import DecodeError
from tests.unit.models.test_received import fetched


@pytest.mark.parametrize(
    ("body", "value", "data"),
    [
        (b'{"a":[1,null]}', {"a": [1, None]}, {"a": [1, None]}),
        (b" [1]\n", [1], {"value": [1]}),
        (b"7", 7, {"value": 7}),
        (b"null", None, {"value": None}),
        (
            b'{"a":1e999,"b":"\\ud83d"}',
            {"a": "1e999", "b": "\ufffd"},
            {"a": "1e999", "b": "\ufffd"},
        ),
    ],
)
def test_any_json_is_read(body: bytes, value: object, data: dict[str, Any]) -> None:
    response = fetched(ANY, body)

    assert response.value == value
    assert response.to_dict() == data


@pytest.mark.parametrize("body", [b"", b"<html>", b"{"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(ANY, body)
