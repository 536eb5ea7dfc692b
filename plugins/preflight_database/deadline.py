"""The moment by which something must have ended: one of the cutover's by its name, or a date and time.

abort_by: closes        abort_by: point_of_no_return        abort_by: 2026-12-05T04:30-05:00
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter, ValidationError, WithJsonSchema

from preflight.errors import Problem
from preflight.model import Cutover, Moment
from preflight.nearest import did_you_mean
from preflight.source import Mark

STAGES = ("opens", "point_of_no_return", "closes")
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def parse_instant(value: object) -> str | datetime:
    """One of STAGES, or a moment with its offset from UTC. Raises ValueError."""
    if isinstance(value, str) and value in STAGES:
        return value
    try:
        return _MOMENT.validate_python(value)
    except ValidationError:
        hint = did_you_mean(value, STAGES) if isinstance(value, str) and value.replace("_", "").isalpha() else ""
        message = f"should be {', '.join(STAGES[:-1])} or {STAGES[-1]} (of the cutover), or a date and time with its"
        raise ValueError(f"{message} offset, such as 2026-12-05T04:30-05:00{hint}") from None


Instant = Annotated[
    str | datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"anyOf": [{"enum": list(STAGES)}, {"type": "string", "examples": ["2026-12-05T04:30-05:00"]}]}),
]


def resolved(instant: str | datetime, cutover: Cutover, at: Mark, path: str) -> datetime | Problem:
    """The moment that is meant, with its offset; or that the inventory's `cutover:` does not say when it is.

    Args:
        at: where `instant` is written, and `path` what it is the value of: `databases.orders.progress.abort_by`.
    """
    if isinstance(instant, datetime):
        return instant
    moment: datetime | None = getattr(cutover, instant)
    if moment is None:
        return Problem(at, path, f"`cutover.{instant}` is not set: set it, or write a date and time with its offset")
    return moment


def moment_at(seconds: float, like: datetime) -> datetime:
    """A time as `time.time()` has it, with the offset in which another moment is written: that of those on duty."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(like.tzinfo)


def clock(moment: datetime, now: datetime) -> str:
    """`06:10 (-05:00)`; with its date where that is not today's: `2026-12-06 06:10 (-05:00)`."""
    now = now.astimezone(moment.tzinfo)
    day = "" if moment.date() == now.date() else f"{moment:%Y-%m-%d} "
    return f"{day}{moment:%H:%M} ({moment.isoformat()[-6:]})"
