"""Streams of the dashboard: they end with the host, pass a proxy, and hold nothing up."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from loguro_async import LoguroClient
from loguro_async.dashboard import Access
from tests.integration.command import environment
from tests.integration.mounted import by_aiohttp, by_asgi, sees

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.emulator import LoguroEmulator

    Mount = Callable[..., AbstractAsyncContextManager[str]]

HOST = Path(__file__).with_name("dashboard_host.py")
STREAMS = 50
PATIENCE_SECONDS = 2.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@asynccontextmanager
async def hosted(server: str, loguro: LoguroEmulator) -> AsyncGenerator[tuple[Process, str], None]:
    """A program that mounts the dashboard, once it serves."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, HOST, server, str(port)),
        env={**environment(loguro), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}/stats"
    try:
        async with aiohttp.ClientSession() as session:
            while process.returncode is None:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"{url}/static/dashboard.css"):
                        break
                await asyncio.sleep(0.02)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def watched(url: str, streams: int) -> AsyncGenerator[list[aiohttp.ClientResponse], None]:
    connector = aiohttp.TCPConnector(limit=0)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        live = [await stack.enter_async_context(session.get(f"{url}/live")) for _ in range(streams)]
        assert {response.status for response in live} == {200}
        for response in live:
            await response.content.readline()
        yield live


@pytest.mark.parametrize("server", ["uvicorn", "uvicorn-uvloop", "hypercorn", "aiohttp"])
async def test_a_host_stops_while_browsers_watch(
    server: str, loguro_emulator: LoguroEmulator
) -> None:
    async with hosted(server, loguro_emulator) as (process, url), watched(url, STREAMS) as live:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
        took = time.monotonic() - began
        assert len(live) == STREAMS
    assert b"cleaned up" in out, err
    assert took < PATIENCE_SECONDS, f"stopped after {took:.1f} s"
    assert b"Traceback" not in err


async def test_a_host_stops_in_the_middle_of_a_slow_page(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(latency=30.0)
    async with hosted("uvicorn", loguro_emulator) as (process, url):
        async with aiohttp.ClientSession() as session, session.get(f"{url}/") as page:
            await page.content.readany()
            process.send_signal(signal.SIGTERM)
            text = (await page.content.read()).decode()
        assert "</html>" in text
        process.kill()  # its client still waits for the service


@pytest.fixture(params=[by_asgi, by_aiohttp], ids=["asgi", "aiohttp"])
def mount(request: pytest.FixtureRequest) -> Mount:
    mount: Mount = request.param
    return mount


async def assert_ends(live: aiohttp.ClientResponse) -> None:
    async with asyncio.timeout(5):
        with suppress(aiohttp.ClientError):
            while await live.content.readany():
                pass


async def test_a_stream_ends_with_a_server_that_no_signal_stops(
    mount: Mount, loguro_client: LoguroClient
) -> None:
    access = Access(project="local")
    async with AsyncExitStack() as viewer:
        async with mount(loguro_client, sees(access), live_interval=60.0) as url:
            (live,) = await viewer.enter_async_context(watched(url, 1))
        await assert_ends(live)


async def test_a_stream_ends_with_the_permission(mount: Mount, loguro_client: LoguroClient) -> None:
    allowed = [Access(project="local"), Access(project="local")]

    def decide(_request: object) -> Access | None:
        return allowed.pop() if allowed else None

    async with mount(loguro_client, decide, live_interval=0.01) as url, watched(url, 1) as live:
        await assert_ends(live[0])


@pytest.mark.parametrize("decision", [PermissionError("signed out"), None])
async def test_a_stream_ends_when_the_host_refuses_in_its_own_way(
    mount: Mount, loguro_client: LoguroClient, decision: Exception | None
) -> None:
    decisions = 0

    def decide(_request: object) -> object:
        nonlocal decisions
        decisions += 1
        if decisions > 2 and decision is not None:
            raise decision
        return Access(project="local" if decisions <= 2 else "another")

    async with mount(loguro_client, decide, live_interval=0.01) as url, watched(url, 1) as live:
        await assert_ends(live[0])


async def test_a_stream_ends_with_the_client(mount: Mount, loguro_emulator: LoguroEmulator) -> None:
    client = LoguroClient(loguro_emulator.token, base_url=loguro_emulator.base_url, cache=None)
    access = Access(project="local")
    async with (
        mount(client, sees(access), live_interval=0.05) as url,
        watched(url, 1) as live,
    ):
        await client.aclose()
        await assert_ends(live[0])


async def test_pings_hold_a_quiet_stream_open(
    mount: Mount, loguro_client: LoguroClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loguro_async.dashboard.live_visitors_stream._PING_SECONDS", 0.01)
    access = Access(project="local")
    async with (
        mount(loguro_client, sees(access), live_interval=60.0) as url,
        watched(url, 1) as (live,),
    ):
        async with asyncio.timeout(5):
            while await live.content.readline() != b": ping\n":
                assert not live.content.at_eof()


async def test_head_gets_a_response_at_once_and_frees_the_connection(
    mount: Mount, loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    access = Access(project="local")
    async with mount(loguro_client, sees(access)) as url:
        host, _, port = url.removeprefix("http://").removesuffix("/stats").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for path in ("live", "", "widgets/pages", "static/dashboard.css", "live"):
            writer.write(f"HEAD /stats/{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), path
        writer.close()
        await writer.wait_closed()
    assert not [request for request in loguro_emulator.requests if request.endpoint == "kpis"]


@asynccontextmanager
async def behind_nginx(origin: str, folder: Path) -> AsyncGenerator[str, None]:
    """A real nginx with its defaults, which passes everything on."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None and not os.environ.get("CI"):
        pytest.skip("there is no nginx here")
    assert nginx is not None, "there is no nginx here, and CI must have one"
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body;\n"
        f"proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;"
        f"scgi_temp_path {folder}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {origin}; }} }} }}\n"
    )
    process = await asyncio.create_subprocess_exec(
        nginx, "-c", str(configuration), "-p", str(folder), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(200):
                with suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{port}/"):
                        break
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def test_a_stream_passes_nginx_as_it_comes(
    mount: Mount, loguro_client: LoguroClient, tmp_path: Path
) -> None:
    access = Access(project="local")
    async with (
        mount(loguro_client, sees(access), live_interval=60.0) as url,
        behind_nginx(url.removesuffix("/stats"), tmp_path) as proxy,
        aiohttp.ClientSession() as session,
        session.get(f"{proxy}/stats/live") as live,
    ):
        assert live.status == 200
        async with asyncio.timeout(5):
            assert (await live.content.readline()).startswith(b"data: ")
