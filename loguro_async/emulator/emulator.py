"""The embedded Loguro as a whole: events, tokens, faults and the server, begun and ended."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeVar, Unpack

from aiohttp import web

from loguro_async.emulator.endpoints import NAMES
from loguro_async.emulator.faults import Fault, FaultOptions, FaultPlan
from loguro_async.emulator.generate import write_events
from loguro_async.emulator.journal import Journal, RecordedRequest
from loguro_async.emulator.ranges import milliseconds
from loguro_async.emulator.server import SLUG, Server
from loguro_async.emulator.store import Store
from loguro_async.emulator.switches import Switches, SwitchOptions
from loguro_async.emulator.tokens import TokenBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike
    from types import TracebackType

T = TypeVar("T")

# A request under way when the emulator ends is cut off; nobody is waiting for it any more.
_PATIENCE_S: Final = 0.1


class LoguroEmulator:
    """A Loguro of one's own, on loopback, with generated traffic.

    ```python
    async with LoguroEmulator(events=100_000, seed=7) as loguro:
        client = LoguroClient(loguro.token, base_url=loguro.base_url)
    ```

    Args:
        projects: The slugs to serve.
        events: How many events each project has.
        seed: Where the dice start, of the traffic and of the faults.
        now: The moment at which time stands still; the real clock, if left out.
        data: A folder that keeps the Parquet files between runs. Traffic is generated only for
            projects that have none there, so the user's own files are served too. By default
            a temporary folder.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        days: How many days the traffic goes back.
        token: The token that can ask about all projects; by default a new one.
        switches: What the reference leaves open; see `Switches`.

    Raises:
        ValueError: An argument cannot be used; the message says what to pass instead.
    """

    def __init__(  # noqa: PLR0913 - each is an option by name
        self,
        projects: Iterable[str] = ("local",),
        *,
        events: int = 10_000,
        seed: int = 0,
        now: datetime | None = None,
        data: str | PathLike[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        days: int = 120,
        token: str | None = None,
        **switches: Unpack[SwitchOptions],
    ) -> None:
        self._projects = _checked_projects(projects)
        self._events = events
        self._seed = seed
        self._clock = _clock(now)
        self._data = None if data is None else Path(data)
        self._host = host
        self._wanted_port = port
        self._days = days
        self._switches = _checked_switches(Switches(**switches))
        self._tokens = TokenBook()
        self._token = self._tokens.issue(self._projects, text=token)
        self._faults = FaultPlan(seed)
        self._journal = Journal()
        self._store: Store | None = None
        self._port: int | None = None
        self._ending = AsyncExitStack()

    @property
    def base_url(self) -> str:
        """The origin that clients talk to.

        Raises:
            RuntimeError: The emulator does not run.
        """
        if self._port is None:
            raise _not_running()
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def token(self) -> str:
        """A token that can ask about all projects."""
        return self._token

    @property
    def projects(self) -> tuple[str, ...]:
        """The slugs that are served."""
        return self._projects

    @property
    def now(self) -> datetime:
        """The time, as the server has it."""
        return self._clock()

    @property
    def requests(self) -> list[RecordedRequest]:
        """What was asked, in the order in which it arrived."""
        return self._journal.records

    def forget_requests(self) -> None:
        """Begin `requests` anew."""
        self._journal.forget()

    def fail(self, status: int | None = None, **options: Unpack[FaultOptions]) -> None:
        """Let requests go wrong, from now on; with nothing said about how, with a 500.

        ```python
        loguro.fail(status=500, times=2, endpoint="kpis")
        loguro.fail(429, headers={"Retry-After": "1"}, probability=0.1)
        loguro.fail(reset=True, slug="shop", times=1)
        ```

        Args:
            status: The answer's status.
            options: Which requests, and how; see `Fault`.

        Raises:
            ValueError: A value cannot be used; the message says what to pass instead.
        """
        fault = Fault(status=status, **options)
        self._faults.add(replace(fault, status=500) if fault.changes_nothing else fault)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def issue_token(self, projects: Iterable[str] | None = None, *, expired: bool = False) -> str:
        """Make another token.

        Args:
            projects: The slugs that its owner has access to; all, if left out.
            expired: Whether its time is over already.
        """
        return self._tokens.issue(_tuple(projects, self._projects), expired=expired)

    def revoke(self, token: str) -> None:
        """Take a token back.

        Raises:
            ValueError: There is no such token.
        """
        self._tokens.revoke(token)

    def parquet(self, project: str) -> list[Path]:
        """The files that queries about a project read, oldest day first.

        Raises:
            RuntimeError: The emulator does not run.
            ValueError: There is no such project.
        """
        if self._store is None:
            raise _not_running()
        if project not in self._projects:
            message = f"no project {project!r}: pass one of {', '.join(self._projects)}"
            raise ValueError(message)
        return self._store.files(project)

    async def __aenter__(self) -> Self:
        """Generate the traffic, where there is none, and start to listen."""
        if self._port is not None:
            message = "this LoguroEmulator runs already"
            raise RuntimeError(message)
        async with AsyncExitStack() as ending:
            self._store = await self._open_store(ending)
            self._port = await self._listen(self._store, ending)
            self._ending = ending.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop to listen, and remove the files unless they are kept."""
        self._port = self._store = None
        await self._ending.aclose()

    async def _open_store(self, ending: AsyncExitStack) -> Store:
        """Have the files ready and open them, in a thread that does one thing after another."""
        loop = asyncio.get_running_loop()
        # One thread: even when the start is cancelled, files are removed after they were written.
        thread = ThreadPoolExecutor(1, thread_name_prefix="loguro-files")
        ending.callback(thread.shutdown, wait=False)

        async def run(work: Callable[[], T]) -> T:
            return await loop.run_in_executor(thread, work)

        folder = self._data
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="loguro-", ignore_cleanup_errors=True)
            ending.push_async_callback(run, temporary.cleanup)
            folder = Path(temporary.name)
        await run(lambda: self._generate(folder))
        store = await run(lambda: Store(folder, self._projects))
        ending.push_async_callback(run, store.close)
        return store

    def _generate(self, folder: Path) -> None:
        """Write the events of those projects that have no files."""
        for project in self._projects:
            if not any((folder / f"project={project}").glob("day=*/*.parquet")):
                write_events(
                    folder,
                    project,
                    events=self._events,
                    seed=self._seed,
                    now=self._clock(),
                    days=self._days,
                )

    async def _listen(self, store: Store, ending: AsyncExitStack) -> int:
        """Start the server; the port is the one that it got."""
        server = Server(
            projects=frozenset(self._projects),
            store=store,
            tokens=self._tokens,
            faults=self._faults,
            journal=self._journal,
            switches=self._switches,
            now_ms=lambda: milliseconds(self._clock()),
        )
        runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_PATIENCE_S)
        await runner.setup()
        ending.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self._host, self._wanted_port).start()
        port: int = runner.addresses[0][1]
        return port


def _clock(now: datetime | None) -> Callable[[], datetime]:
    """What tells the time: the real clock, or one that stands still.

    Raises:
        ValueError: The moment has no time zone.
    """
    if now is None:
        return lambda: datetime.now(UTC)
    if now.utcoffset() is None:
        message = "now has no time zone: pass an aware datetime, such as datetime.now(UTC)"
        raise ValueError(message)
    return lambda: now


def _checked_projects(projects: Iterable[str]) -> tuple[str, ...]:
    """The slugs, if there are any and all of them can be used."""
    slugs = tuple(dict.fromkeys(_tuple(projects, ())))
    if not slugs:
        message = "projects is empty: pass at least one slug"
        raise ValueError(message)
    for slug in slugs:
        if not SLUG.fullmatch(slug):
            message = f"project {slug!r} is no slug: use letters, digits, '-', '_' and '.'"
            raise ValueError(message)
    return slugs


def _tuple(projects: Iterable[str] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """The slugs given; a single one need not be wrapped."""
    if projects is None:
        return default
    return (projects,) if isinstance(projects, str) else tuple(projects)


def _checked_switches(switches: Switches) -> Switches:
    """The switches, if the limits are about endpoints that there are."""
    unknown = (switches.default_limits.keys() | switches.max_limits.keys()) - NAMES
    if unknown:
        message = (
            f"no endpoint {', '.join(sorted(unknown))}: pass some of {', '.join(sorted(NAMES))}"
        )
        raise ValueError(message)
    return switches


def _not_running() -> RuntimeError:
    """The error of what can be known only while the emulator runs."""
    return RuntimeError("the emulator does not run: use `async with LoguroEmulator(...) as loguro`")
