"""Key figures as people write them with pydantic."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Values(BaseModel):
    visitors: int
    pageviews: int
    sessions: int
    bounceRate: float  # noqa: N815 - as people write it
    avgDurationSec: float  # noqa: N815 - the same


class Answer(BaseModel):
    current: Values
    previous: Values | None
    range: dict[str, Any]
