"""The environment, other threads, forked processes, certificates: works, or says why not."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest

from loguro_async import ConfigurationError, ConnectError, LoguroClient, LoguroError
from tests.chaos.faults import GOOD, bomb, response, sending
from tests.chaos.service import a_service

if TYPE_CHECKING:
    from pathlib import Path

GOOD_ACT = sending(response(GOOD))


def script(code: str, *arguments: str, timeout: float = 30) -> str:
    """Returns what a program prints; a program that hangs fails."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ResourceWarning" not in done.stderr
    return done.stdout.strip()


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with (
        a_service(lambda: GOOD_ACT) as service,
        LoguroClient("pat_t", base_url=service.base_url) as client,
    ):
        await client.project("local").kpis()
        assert "Authorization: Bearer pat_t\r\n" in service.heads[0]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1, and its key."""
    made, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(made), "-keyout", str(key)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return made, key


async def test_an_untrusted_certificate_is_refused_and_nothing_is_sent(
    certificate: tuple[Path, Path],
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, LoguroClient("pat_t", base_url=f"https://127.0.0.1:{port}") as client:
        with pytest.raises(ConnectError, match="certificate"):
            await client.with_options(retry=None).project("local").kpis()
    assert b"".join(heads) == b""


async def test_a_client_in_another_thread_s_loop_is_refused_with_the_reason() -> None:
    refused: list[LoguroError] = []
    async with (
        a_service(lambda: GOOD_ACT) as service,
        LoguroClient("pat_t", base_url=service.base_url) as client,
    ):
        await client.project("local").kpis()

        async def call() -> None:
            with pytest.raises(ConfigurationError, match="another event loop") as caught:
                await client.project("local").kpis()
            refused.append(caught.value)

        thread = threading.Thread(target=lambda: asyncio.run(call()))
        thread.start()
        await asyncio.to_thread(thread.join)
    assert len(refused) == 1


FORKED = """
    import asyncio, os, sys
    from loguro_async import LoguroClient

    client = LoguroClient("pat_t", base_url=sys.argv[1], timeout=5)

    async def call():
        async with client:
            return (await client.project("local").kpis()).current.visitors

    async def call_here_and_in_a_child():
        project = client.project("local")
        assert (await project.kpis()).current.visitors == 143
        child = os.fork()
        if child == 0:
            # The loop is the parent's: what it says is Python's own, and at once.
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                os._exit(0)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert await call() == 143

    if os.fork() == 0:  # before its first call, a client may go anywhere
        assert asyncio.run(call()) == 143
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
    asyncio.run(call_here_and_in_a_child())
    print("done")
"""


async def test_a_forked_process_works_or_is_refused_with_the_reason() -> None:
    async with a_service(lambda: GOOD_ACT) as service:
        assert await asyncio.to_thread(script, FORKED, service.base_url) == "done"


BOMB = """
    import asyncio, resource, sys
    from loguro_async import Limits, LoguroClient, ResponseTooLargeError

    CAP = 8 * 2**20

    async def main():
        limits = Limits(max_body_bytes=CAP)
        async with LoguroClient("pat_t", base_url=sys.argv[1], limits=limits, retry=None) as client:
            await client.project("good").kpis()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            try:
                await client.project("bomb").kpis()
            except ResponseTooLargeError:
                after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                print((after - before) * 1024 <= 2 * CAP)

    asyncio.run(main())
"""


async def test_a_body_that_is_too_large_takes_at_most_twice_the_cap() -> None:
    acts = iter([GOOD_ACT, sending(response(bomb(), "Content-Encoding: gzip"))])
    async with a_service(lambda: next(acts)) as service:
        assert await asyncio.to_thread(script, BOMB, service.base_url) == "True"
