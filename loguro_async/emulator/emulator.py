"""The embedded Loguro as a whole: events, clock, tokens, faults and the server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, Unpack

from aiohttp import web

from loguro_async.emulator.behaviour import Behaviour, BehaviourOptions
from loguro_async.emulator.clock import Clock
from loguro_async.emulator.endpoints import NAMES
from loguro_async.emulator.event_factory import EventFactory, EventFields, EventType
from loguro_async.emulator.event_loop_thread import EventLoopThread
from loguro_async.emulator.event_sources import Events, TrafficOptions, open_events
from loguro_async.emulator.faults import Fault, FaultOptions, FaultPlan
from loguro_async.emulator.request_log import RecordedRequest, RequestLog
from loguro_async.emulator.served_projects import served_projects, slug_tuple
from loguro_async.emulator.server import Server
from loguro_async.emulator.tokens import TokenStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from os import PathLike
    from types import TracebackType

# Requests in progress when the emulator stops are cancelled after this time.
_SHUTDOWN_S: Final = 0.1


class LoguroEmulator:
    """A Loguro on loopback, over generated events or files of your own.

    ```python
    async with LoguroEmulator(events=100_000, seed=7) as loguro:
        client = LoguroClient(loguro.token, base_url=loguro.base_url)
        loguro.track("/pricing", country_code="RO")
        loguro.advance(60)
    ```

    `with` instead of `async with` runs it in a thread of its own, for code without an event loop.
    Every method and property can be used from any thread.

    Args:
        projects: The slugs to serve; by default those that `data` has, else `local`.
        events: The number of generated events of each project.
        seed: The seed of generated events, of tracked ids and of the faults' probability.
        now: The time at which the clock stands still; by default the clock runs.
        data: A folder of Parquet files, or one file. The files are served, in whatever folders
            they lie. A new or empty folder stores the generated events for the next run; nothing
            is ever written beside files of your own.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        days: The number of days that generated events go back.
        events_per_minute: The number of events that happen in each project as time passes.
        token: The token with access to all projects; by default a random one.
        behaviour: Options for what the reference leaves open; see `Behaviour`.

    Raises:
        ValueError: An argument is invalid; the message says what to pass instead.
    """

    def __init__(  # noqa: PLR0913 - each is an option by name
        self,
        projects: Iterable[str] | None = None,
        *,
        events: int = 10_000,
        seed: int = 0,
        now: datetime | None = None,
        data: str | PathLike[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        days: int = 120,
        events_per_minute: float = 0.0,
        token: str | None = None,
        **behaviour: Unpack[BehaviourOptions],
    ) -> None:
        self._data = None if data is None else Path(data)
        self._projects = served_projects(projects, self._data)
        self._traffic = TrafficOptions(events, days, seed, events_per_minute).checked()
        self._clock = Clock(now)
        self._host = host
        self._wanted_port = port
        self._behaviour = _checked_behaviour(Behaviour(**behaviour))
        self._tokens = TokenStore()
        self._token = self._tokens.issue(self._projects, text=token)
        self._faults = FaultPlan(seed)
        self._event_factory = EventFactory(seed)
        self._log = RequestLog()
        self._events: Events | None = None
        self._port: int | None = None
        self._cleanup = AsyncExitStack()
        self._thread: EventLoopThread | None = None

    @property
    def base_url(self) -> str:
        """The origin for clients.

        Raises:
            RuntimeError: The emulator does not run.
        """
        if self._port is None:
            raise _not_running()
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def token(self) -> str:
        """A token with access to all projects."""
        return self._token

    @property
    def projects(self) -> tuple[str, ...]:
        """The slugs that are served."""
        return self._projects

    @property
    def now(self) -> datetime:
        """The current time of the server. Setting it makes the clock stand still there.

        Raises:
            ValueError: The time has no time zone.
        """
        return self._clock.now

    @now.setter
    def now(self, now: datetime) -> None:
        self._clock.now = now

    def advance(self, seconds: float) -> None:
        """Moves the clock forward.

        Raises:
            ValueError: The number is negative or not finite.
        """
        self._clock.advance(seconds)

    def track(
        self,
        path: str = "/",
        *,
        project: str | None = None,
        event_type: EventType | None = None,
        **fields: Unpack[EventFields],
    ) -> dict[str, Any]:
        """Adds an event that happens now; every endpoint shows it from the next request on.

        ```python
        loguro.track("/pricing", visitor_id="v1", country_code="RO")
        loguro.track("/done", custom_event_name="signup", custom_props={"plan": "pro"})
        ```

        Args:
            path: The path of the page.
            project: The project; by default the first one.
            event_type: `"pageview"` or `"custom"`; by default `"custom"` with a
                `custom_event_name`, else `"pageview"`.
            fields: Other columns of the event; see `EventFields`.

        Returns:
            The event with all its columns.

        Raises:
            RuntimeError: The emulator does not run.
            TypeError: A field is unknown or has another type.
            ValueError: A value is invalid; the message says what to pass instead.
        """
        store = self._running().store
        slug = self._checked_project(self._projects[0] if project is None else project)
        event = self._event_factory.event(slug, path, event_type, fields, self._clock.stamp_ms())
        store.add(slug, event)
        return event

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests, in the order of their arrival."""
        return self._log.records

    def forget_requests(self) -> None:
        """Removes all of `requests`."""
        self._log.clear()

    def fail(self, status: int | None = None, **options: Unpack[FaultOptions]) -> None:
        """Makes requests fail from now on, by default with a 500.

        ```python
        loguro.fail(status=500, times=2, endpoint="kpis")
        loguro.fail(429, headers={"Retry-After": "1"}, probability=0.1)
        loguro.fail(reset=True, slug="shop", times=1)
        ```

        Args:
            status: The status of the response.
            options: Which requests fail, and how; see `Fault`.

        Raises:
            ValueError: A value is invalid; the message says what to pass instead.
        """
        fault = Fault(status=status, **options)
        self._faults.add(replace(fault, status=500) if fault.has_no_effect else fault)

    def heal(self) -> None:
        """Removes all faults."""
        self._faults.clear()

    def issue_token(self, projects: Iterable[str] | None = None, *, expired: bool = False) -> str:
        """Issues another token.

        Args:
            projects: The slugs that it has access to; all, if left out.
            expired: Whether it has expired already.
        """
        slugs = self._projects if projects is None else slug_tuple(projects)
        return self._tokens.issue(slugs, expired=expired)

    def revoke(self, token: str) -> None:
        """Revokes a token.

        Raises:
            ValueError: There is no such token.
        """
        self._tokens.revoke(token)

    def parquet(self, project: str) -> list[Path]:
        """Returns the files that queries about a project read, oldest events first.

        Events that were tracked, and those of `events_per_minute`, are in memory only.

        Raises:
            RuntimeError: The emulator does not run.
            ValueError: There is no such project.
        """
        return self._running().store.files(self._checked_project(project))

    async def __aenter__(self) -> Self:
        """Generates events for projects without any, and starts the server."""
        if self._port is not None:
            message = "this LoguroEmulator runs already"
            raise RuntimeError(message)
        async with AsyncExitStack() as cleanup:
            self._events = await open_events(
                self._data, self._projects, self._traffic, self._clock.now, cleanup
            )
            self._port = await self._listen(self._events, cleanup)
            self._cleanup = cleanup.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops the server, and removes temporary files."""
        self._port = self._events = None
        await self._cleanup.aclose()

    def __enter__(self) -> Self:
        """Does the same in a thread of its own."""
        thread = EventLoopThread("loguro-emulator")
        try:
            thread.run(self.__aenter__())
        except BaseException:
            thread.close()
            raise
        self._thread = thread
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops the server and the thread."""
        if self._thread is not None:
            self._thread.run(self.__aexit__(exc_type, exc, traceback))
            self._thread.close()
            self._thread = None

    async def _listen(self, events: Events, cleanup: AsyncExitStack) -> int:
        """Starts the server, and returns its port."""
        server = Server(
            projects=frozenset(self._projects),
            store=events.store,
            tokens=self._tokens,
            faults=self._faults,
            log=self._log,
            behaviour=self._behaviour,
            clock=self._clock,
            before_query=events.extend,
        )
        runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        cleanup.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self._host, self._wanted_port).start()
        port: int = runner.addresses[0][1]
        return port

    def _running(self) -> Events:
        """Returns the events.

        Raises:
            RuntimeError: The emulator does not run.
        """
        if self._events is None:
            raise _not_running()
        return self._events

    def _checked_project(self, project: str) -> str:
        """Returns a project if it is served."""
        if project not in self._projects:
            message = f"no project {project!r}: pass one of {', '.join(self._projects)}"
            raise ValueError(message)
        return project


def _checked_behaviour(behaviour: Behaviour) -> Behaviour:
    """Returns the options if their limits name endpoints that exist."""
    unknown = (behaviour.default_limits.keys() | behaviour.max_limits.keys()) - NAMES
    if unknown:
        message = (
            f"no endpoint {', '.join(sorted(unknown))}: pass some of {', '.join(sorted(NAMES))}"
        )
        raise ValueError(message)
    return behaviour


def _not_running() -> RuntimeError:
    """Returns the error of a property or method that needs a running emulator."""
    return RuntimeError("the emulator does not run: use `async with LoguroEmulator(...) as loguro`")
