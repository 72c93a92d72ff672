"""What a check-up finds, as frozen data that msgspec writes as JSON.

No value of an answer is in it: names of fields and types of JSON alone.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["new", "missing", "type", "unseen"]
StepName = Literal["origin", "token", "project"]


class Difference(Struct, frozen=True):
    """One way in which an answer differs from the struct that reads it.

    Attributes:
        path: Where in the JSON, such as ``items[].visitors``; ``$`` for the whole of it.
        kind: ``new``: the service sends a field that the struct does not have. ``missing``: the
            reference promises a field that is not there. ``type``: it is of another type.
            ``unseen``: no row had a field whose name is a guess, where the reference gives none.
        expected: The type that was expected; empty for a new field.
        found: The type that came; empty for a field that did not come.
        harmless: Whether the struct holds all it promises nevertheless.
    """

    path: str
    kind: Kind
    expected: str = ""
    found: str = ""
    harmless: bool = False


class Step(Struct, frozen=True):
    """Something that every call needs.

    Attributes:
        name: What it is.
        ok: Whether it works; ``None`` where something before it must work first.
        mend: What is wrong and what to do; empty where nothing is.
    """

    name: StepName
    ok: bool | None
    mend: str = ""


class EndpointCheck(Struct, frozen=True):
    """How one endpoint answered.

    Attributes:
        name: The endpoint, such as ``top-pages``.
        ms: Milliseconds for the whole call; ``None`` where it was not asked.
        rows: Rows of the answer; ``None`` where it has none.
        failure: What is wrong and what to do; empty where it answered.
        differences: Where its answer differs from the struct that reads it.
    """

    name: str
    ms: float | None = None
    rows: int | None = None
    failure: str = ""
    differences: tuple[Difference, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether it was asked, and its answer could be read."""
        return self.ms is not None and not self.failure

    @property
    def ok(self) -> bool:
        """Whether it answered, or had nothing to be asked about, and no difference does harm."""
        return not self.failure and all(one.harmless for one in self.differences)


class CheckUp(Struct, frozen=True):
    """What a check-up found.

    Attributes:
        slug: The project.
        ok: Whether all is well; new fields and other harmless differences are only notes.
        requests: How many requests were sent.
        first_ms: Milliseconds for the first answer, the connection included; ``None`` where none
            came.
        steps: Origin, token and project, in this order.
        endpoints: Each endpoint, in the order of the reference; none where a step failed.
    """

    slug: str
    ok: bool
    requests: int
    first_ms: float | None
    steps: tuple[Step, ...]
    endpoints: tuple[EndpointCheck, ...] = ()
