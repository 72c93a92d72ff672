"""Law 9: whatever happens to Redis, sharing is lost for a while and nothing else."""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.shared.servers import (
    Make,
    Name,
    RedisServer,
    Service,
    Start,
    eventually_shared,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PROCESSES = 4
OPERATIONS = 250  # of each process


class Faults:
    """Faults of two servers, of which one is the primary, and of the connection."""

    def __init__(self, name: Name, servers: tuple[RedisServer, RedisServer], seed: int) -> None:
        self.name = name
        self.servers = servers
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.happened: list[str] = []
        self.kinds: list[Callable[[], Awaitable[object]]] = [
            self.hang,
            self.slow,
            self.restart,
            self.fill,
            self.disconnect,
            self.read_only,
            self.fail_over,
        ]

    async def hang(self) -> None:
        self.name.target.pause()
        await asyncio.sleep(self.random.uniform(0.03, 0.4))
        self.name.target.go_on()

    async def slow(self) -> None:
        self.name.delay_seconds = self.random.uniform(0.02, 0.1)
        await asyncio.sleep(0.2)
        self.name.delay_seconds = 0.0

    async def restart(self) -> None:
        await self.name.target.kill()
        await asyncio.sleep(self.random.uniform(0, 0.2))
        await self.name.target.start()

    async def fill(self) -> None:
        await self.name.target.command("CONFIG", "SET", "maxmemory", "1")
        await asyncio.sleep(0.2)
        await self.name.target.command("CONFIG", "SET", "maxmemory", "0")

    async def disconnect(self) -> None:
        kind = self.random.choice(["normal", "pubsub"])
        await self.name.target.command("CLIENT", "KILL", "TYPE", kind)

    async def read_only(self) -> None:
        """Makes the primary a replica for a moment, without writes that could be lost."""
        await self.name.target.command("REPLICAOF", "127.0.0.1", "1")
        await asyncio.sleep(self.random.uniform(0.03, 0.3))
        await self.name.target.command("REPLICAOF", "NO", "ONE")

    async def fail_over(self) -> None:
        old = self.name.target
        new = next(server for server in self.servers if server is not old)
        await new.command("REPLICAOF", "NO", "ONE")
        await new.command("FLUSHALL")  # a replica that lags brings back what was invalidated
        self.name.target = new
        await old.command("REPLICAOF", "127.0.0.1", str(new.port))

    async def go_on(self) -> None:
        while True:
            fault = self.random.choice(self.kinds)
            self.happened.append(fault.__name__)
            await fault()
            await asyncio.sleep(self.random.uniform(0.0, 0.3))


def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


@pytest.mark.parametrize("seed", [1])
async def test_law_9_1000_operations_of_4_processes_while_redis_fails(
    make: Make, service: Service, start_redis: Start, redis_server: RedisServer, seed: int
) -> None:
    other = await start_redis()
    async with Name(redis_server) as name, AsyncExitStack() as cleanup:
        processes: list[asyncio.subprocess.Process] = []
        for number in range(PROCESSES):
            words = (service.base_url, name.url, str(100 * seed + number), str(OPERATIONS))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("faults.py")),
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=Path(__file__).parents[3],
            )
            cleanup.callback(end, process)
            processes.append(process)
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        service.failing = "kept-"

        faults = Faults(name, (redis_server, other), seed)
        failing = asyncio.create_task(faults.go_on())
        outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        failing.cancel()
        await asyncio.wait({failing})

        assert [out.decode() for out, _ in outputs] == ["done\n"] * PROCESSES
        assert len(faults.happened) >= 5
        await name.target.kill()  # it may be paused, full or a replica
        await name.target.start()
        await name.target.command("REPLICAOF", "NO", "ONE")
        name.delay_seconds = 0.0
        first, second = make(server=name.url), make(server=name.url)
        await eventually_shared(first, second)
