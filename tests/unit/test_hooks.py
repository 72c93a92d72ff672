from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async import Hooks, RequestSent

if TYPE_CHECKING:
    from collections.abc import Mapping

SENT = RequestSent("local", "kpis", 1, "GET", "https://logu.ro/")


def test_combined_hooks_are_called_one_after_the_other() -> None:
    called: list[str] = []

    def named(name: str) -> Hooks:
        def sent(_sent: RequestSent) -> Mapping[str, str]:
            called.append(f"{name} sent")
            return {name: "1", "shared": name}

        return Hooks(on_request=sent, on_retry=lambda _retry: called.append(f"{name} retry"))

    both = named("first") | named("second")
    assert both.on_request is not None
    assert both.on_request(SENT) == {"first": "1", "second": "1", "shared": "second"}
    assert both.on_retry is not None
    both.on_retry(None)  # type: ignore[arg-type]  # the event does not matter here
    assert called == ["first sent", "second sent", "first retry", "second retry"]


def test_a_combined_hook_that_raises_leaves_the_other_one_alone() -> None:
    called: list[object] = []

    def fail(_event: object) -> None:
        raise ValueError

    broken = Hooks(on_request=fail, on_response=fail)
    hooks = Hooks(on_request=lambda _sent: {"traceparent": "1"}, on_response=called.append)
    for both in (broken | hooks, hooks | broken):
        assert both.on_request is not None
        assert both.on_request(SENT) == {"traceparent": "1"}
        assert both.on_response is not None
        both.on_response(None)  # type: ignore[arg-type]  # the event does not matter here
    assert called == [None, None]


def test_a_missing_hook_is_not_wrapped() -> None:
    called: list[object] = []
    hooks = Hooks(on_response=called.append)
    assert (hooks | Hooks()).on_response is hooks.on_response
    assert (Hooks() | hooks).on_response is hooks.on_response
    assert (hooks | Hooks()).on_request is None
