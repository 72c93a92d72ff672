"""Error responses and broken responses of the embedded Loguro, and the errors of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    AuthenticationError,
    BadRequestError,
    InvalidQueryError,
    LoguroClient,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    RetryPolicy,
    StatusError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async import Project
    from loguro_async.emulator import LoguroEmulator


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "shop"), "events": 2_000, "days": 14}


async def test_tokens_that_may_not_ask(loguro_emulator: LoguroEmulator) -> None:
    revoked = loguro_emulator.issue_token()
    loguro_emulator.revoke(revoked)
    expired = loguro_emulator.issue_token(expired=True)
    for token in ("pat_unknown", revoked, expired):
        async with LoguroClient(token, base_url=loguro_emulator.base_url) as client:
            with pytest.raises(AuthenticationError) as caught:
                await client.project("local").kpis()
        assert (caught.value.slug, caught.value.endpoint) == ("local", "kpis")
        assert caught.value.attempts == 1
        assert token not in str(caught.value)


async def test_a_project_that_is_missing_or_not_the_owner_s(
    loguro_emulator: LoguroEmulator,
) -> None:
    token = loguro_emulator.issue_token(projects=("shop",))
    async with LoguroClient(token, base_url=loguro_emulator.base_url) as client:
        assert int(await client.project("shop").count()) >= 0
        for slug in ("local", "missing"):
            with pytest.raises(ProjectNotFoundError, match="lack access"):
                await client.project(slug).count()


async def test_an_invalid_visitor_id_is_not_sent(
    loguro_project: Project, loguro_emulator: LoguroEmulator
) -> None:
    with pytest.raises(InvalidQueryError):
        await loguro_project.visitor("../kpis")
    assert loguro_emulator.requests == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, StatusError),
        (404, ProjectNotFoundError),
        (429, RateLimitedError),
        (500, QueryFailedError),
        (503, QueryFailedError),
    ],
)
async def test_each_status_has_its_error(
    loguro_project: Project,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
    status: int,
    kind: type[StatusError],
) -> None:
    loguro_emulator.fail(status=status)
    project = loguro_client.with_options(retry=None).project(loguro_project.slug)
    with pytest.raises(kind) as caught:
        await project.kpis()
    assert caught.value.status == status
    assert caught.value.reason


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 429, "headers": {"Retry-After": "0"}}, {"reset": True}],
    ids=["500", "429", "reset"],
)
async def test_a_failure_that_passes_is_not_noticed(
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
    fault: Any,  # noqa: ANN401
) -> None:
    loguro_emulator.fail(times=1, endpoint="kpis", **fault)
    client = loguro_client.with_options(retry=RetryPolicy(initial_backoff=0.0))
    assert (await client.project("local").kpis(range="7d")).current.visitors > 0
    assert len(loguro_emulator.requests) == 2


async def test_a_part_of_an_overview_that_fails_is_the_error(
    loguro_project: Project, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=400, endpoint="timeseries")
    with pytest.raises(BadRequestError) as caught:
        await loguro_project.overview(range="7d")
    assert caught.value.endpoint == "timeseries"


async def test_new_fields_break_nothing(
    loguro_project: Project, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(extra_fields={"someday": {"more": [1]}})
    overview = await loguro_project.overview(range="7d")
    assert overview.top_pages.items[0].extra["someday"] == {"more": [1]}
    assert (await loguro_project.custom_events(range="7d")).items
    visitor_id = (await loguro_project.events(range="7d", limit=1)).items[0].visitor_id
    assert (await loguro_project.visitor_sessions(str(visitor_id))).sessions


async def test_a_truncated_body_is_no_response(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(truncate=True)
    project = loguro_client.with_options(retry=None).project("local")
    with pytest.raises(TransportError, match="no complete response"):
        await project.kpis()
