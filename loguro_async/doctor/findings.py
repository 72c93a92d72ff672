"""The findings of a check-up, as frozen data that msgspec writes as JSON.

They hold names of members and JSON types, and no value of a response.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Kind = Literal[
    "new", "missing", "null", "type", "name", "wrapped", "bare", "label", "value", "unseen"
]
StepName = Literal["origin", "token", "project"]


class Difference(Struct, frozen=True):
    """One way in which a response differs from what is known.

    Attributes:
        path: Where in the JSON, such as ``items[].visitors``; ``$`` for the whole of it.
        kind: ``new``: the service sends a member that no field is for. ``missing``: a member that
            the reference shows did not come. ``null``: it is null. ``type``: it is of another
            type. ``name``: it has another name. ``wrapped``: an object came inside another one.
            ``bare``: a list or number came without its object. ``label``, ``value``: no row of the
            list has one. ``unseen``: no row has a member whose name is a guess.
        expected: The type or name that was expected; empty for a new member.
        found: The type or name that came; empty for a member that did not come; of a list without
            labels or values, the members that its rows have.
        harmless: Whether all figures could be read nevertheless.
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
        hint: What is wrong and what to do; empty where nothing is.
    """

    name: StepName
    ok: bool | None
    hint: str = ""


class EndpointCheck(Struct, frozen=True):
    """The check of one endpoint.

    Attributes:
        name: The endpoint, such as ``top-pages``.
        ms: Milliseconds for the whole call; ``None`` where it was not called.
        rows: Rows of the response; ``None`` where it is no list.
        failure: What is wrong and what to do; empty where it responded.
        differences: Where its response differs from what is known.
        shape: The JSON types found at each path of the response.
    """

    name: str
    ms: float | None = None
    rows: int | None = None
    failure: str = ""
    differences: tuple[Difference, ...] = ()
    shape: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def responded(self) -> bool:
        """Whether it was called, and its response could be read."""
        return self.ms is not None and not self.failure

    @property
    def ok(self) -> bool:
        """Whether nothing failed, and no difference does harm."""
        return not self.failure and all(one.harmless for one in self.differences)


class CheckUp(Struct, frozen=True):
    """The result of a check-up.

    Attributes:
        slug: The project.
        ok: Whether all is well; new fields and other harmless differences are only notes.
        requests: How many requests were sent.
        first_ms: Milliseconds for the first response, the connection included; ``None`` where none
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
