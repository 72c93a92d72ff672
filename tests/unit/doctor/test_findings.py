from __future__ import annotations

import msgspec
import pytest

from loguro_async.doctor import CheckUp, Difference, EndpointCheck, Step

NEW = Difference("items[].tier", "new", found="string", harmless=True)
GONE = Difference("bucket", "missing", expected="string")


@pytest.mark.parametrize(
    ("check", "responded", "ok"),
    [
        (EndpointCheck("kpis", ms=1.0), True, True),
        (EndpointCheck("kpis", ms=1.0, differences=(NEW,)), True, True),
        (EndpointCheck("kpis", ms=1.0, differences=(NEW, GONE)), True, False),
        (EndpointCheck("kpis", ms=1.0, failure="it is away"), False, False),
        (EndpointCheck("visitor"), False, True),
    ],
)
def test_only_a_failure_or_a_harmful_difference_is_not_ok(
    check: EndpointCheck, *, responded: bool, ok: bool
) -> None:
    assert (check.responded, check.ok) == (responded, ok)


def test_a_check_up_is_written_as_json_and_read_again() -> None:
    found = CheckUp(
        slug="local",
        ok=False,
        requests=2,
        first_ms=1.5,
        steps=(Step("origin", ok=True), Step("token", ok=False, hint="make a new one")),
        endpoints=(EndpointCheck("kpis", ms=1.0, differences=(NEW, GONE)),),
    )
    assert msgspec.json.decode(msgspec.json.encode(found), type=CheckUp) == found
