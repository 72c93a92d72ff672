"""The client in an app of Slack Bolt, which is asked without a network."""

from __future__ import annotations

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


async def test_listeners_find_the_client_in_their_context(loguro_emulator: LoguroEmulator) -> None:
    holding = Holding(loguro_emulator)
    loguro = LoguroMiddleware(holding)
    app: Any = AsyncApp(
        authorize=authorize,
        signing_secret="made-up",
        request_verification_enabled=False,
        process_before_response=True,
    )
    app.use(loguro)

    @app.command("/stats")  # type: ignore[untyped-decorator]  # Bolt's types are not whole
    async def stats(ack: Any, context: Any) -> None:  # noqa: ANN401 - Bolt's own
        report = await gather(context["loguro"], ["local"], range="7d")
        await ack(blocks=to_slack(report)["blocks"])

    body = "command=%2Fstats&text=7d&team_id=T&user_id=U&channel_id=C&trigger_id=1"
    headers: dict[str, str | Sequence[str]] = {
        "content-type": ["application/x-www-form-urlencoded"]
    }
    for _ in range(2):
        answer = await app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        assert answer.status == 200
        assert "Visitors" in json.dumps(json.loads(answer.body))
    assert holding.closed == [False]
    await loguro.aclose()
    await loguro.aclose()
    assert holding.closed == [True]
