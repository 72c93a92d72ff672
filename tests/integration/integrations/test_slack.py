"""The client in an app of Slack Bolt, which gets requests without a network."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from loguro_async.integrations.slack import LoguroMiddleware
from loguro_async.report import gather, to_slack
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.emulator import LoguroEmulator


async def authorize(**_: Any) -> AuthorizeResult:  # noqa: ANN401 - as Bolt has it
    return AuthorizeResult(
        enterprise_id="E", team_id="T", bot_token="xoxb-made-up", bot_user_id="B"
    )


def an_app(loguro: LoguroMiddleware, *, answers_last: bool) -> Any:  # noqa: ANN401 - Bolt's types are not whole
    app: Any = AsyncApp(
        authorize=authorize,
        signing_secret="made-up",
        request_verification_enabled=False,
        process_before_response=answers_last,
    )
    app.use(loguro)
    return app


def a_command() -> AsyncBoltRequest:
    headers: dict[str, str | Sequence[str]] = {
        "content-type": ["application/x-www-form-urlencoded"]
    }
    body = "command=%2Fstats&text=7d&team_id=T&user_id=U&channel_id=C&trigger_id=1"
    return AsyncBoltRequest(body=body, headers=headers)


async def test_listeners_find_the_client_in_their_context(loguro_emulator: LoguroEmulator) -> None:
    holding = Holding(loguro_emulator)
    loguro = LoguroMiddleware(holding)
    app = an_app(loguro, answers_last=True)

    @app.command("/stats")  # type: ignore[untyped-decorator]  # Bolt's types are not whole
    async def stats(ack: Any, context: Any) -> None:  # noqa: ANN401 - Bolt's own
        report = await gather(context["loguro"], ["local"], range="7d")
        await ack(blocks=to_slack(report)["blocks"])

    for _ in range(2):
        answer = await app.async_dispatch(a_command())
        assert answer.status == 200
        assert "Visitors" in json.dumps(json.loads(answer.body))
    assert holding.closed == [False]
    await loguro.aclose()
    await loguro.aclose()
    assert holding.closed == [True]


async def test_a_lazy_listener_takes_the_client_of_the_middleware(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding = Holding(loguro_emulator)
    loguro = LoguroMiddleware(holding)
    counted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def acknowledge(ack: Any) -> None:  # noqa: ANN401 - Bolt's own
        await ack()

    async def stats() -> None:
        counted.set_result(int(await loguro.client.project("local").count(range="7d")))

    app = an_app(loguro, answers_last=False)
    app.command("/stats")(ack=acknowledge, lazy=[stats])
    answer = await app.async_dispatch(a_command())
    assert answer.status == 200
    assert await counted > 0
    assert holding.made == [loguro.client]
    await loguro.aclose()
    assert holding.closed == [True]
