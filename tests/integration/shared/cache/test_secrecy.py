from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.integration.shared.servers import (
    TOKEN,
    Make,
    Service,
    entry_on,
    eventually,
    keys_on,
    visitors,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis


async def test_nothing_on_the_server_shows_token_slug_or_figures(
    make: Make, inspector: Redis
) -> None:
    await visitors(make(), "acme-secret-shop")
    await eventually(lambda: entry_on(inspector))
    seen = b""
    for name in await keys_on(inspector, "*"):
        seen += name + cast("bytes", await inspector.get(name))
    # Nothing shorter: a few letters stand in random bytes by chance.
    for secret in (TOKEN, "acme-secret", "secret-shop", "current", "visitors", "bounceRate"):
        assert secret.encode() not in seen


async def test_sensitive_responses_never_reach_the_server(
    make: Make, service: Service, inspector: Redis
) -> None:
    first, second = make(), make()
    await first.project("local").top_locations(range="7d")
    await second.project("local").top_locations(range="7d")
    assert len(service.paths) == 2
    assert await entry_on(inspector) is None


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "text"])
async def test_an_entry_that_was_tampered_with_is_a_miss_and_replaced(
    make: Make, inspector: Redis, change: str
) -> None:
    await visitors(make())
    await eventually(lambda: entry_on(inspector))
    entry = await entry_on(inspector)
    assert entry is not None
    whole = cast("bytes", await inspector.get(entry))
    changed = {
        "flip": whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
        "cut": whole[:-1],
        "empty": b"",
        "text": b"hello",
    }[change]
    await inspector.set(entry, changed)
    assert await visitors(make()) == 2
    assert await visitors(make()) == 2


async def test_another_token_is_given_nothing(make: Make) -> None:
    assert await visitors(make()) == 1
    assert await visitors(make("pat_other")) == 2
