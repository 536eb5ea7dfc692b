"""What stands in the way, by root: the rows of the table that a manager reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from preflight.finding import Outcome
from preflight.report.causes import ORDER, by_root, telling
from preflight.report.document import Cause
from preflight.report.listing import Listed
from preflight.report.wording import safe

MOST_TEXTS = 2
_NOTHING: Mapping[str, str] = {}
MOST_CHARACTERS = 300  # of a text here: each check has it in full


def causes(everything: Sequence[Listed]) -> Iterator[Cause]:
    """Failures first; of each outcome, what keeps most checks from being green."""
    for outcome in ORDER:
        for root, several in by_root((one, one.record) for one in everything if one.outcome is outcome):
            yield _cause(outcome, root, several)


def _cause(outcome: Outcome, root: str, several: Sequence[Listed]) -> Cause:
    first = [next(iter(telling(one.record)), _NOTHING) for one in several]
    seen = "" if root else first[0].get("observed") or first[0].get("reason", "")
    if outcome is Outcome.NOT_CHECKED:
        whys = _joined(one.record.get("why", "") for one in several)
        consequence = f"not known; if it is wrong: {whys}" if whys else "not known"
    else:
        pairs = zip(several, first, strict=True)
        consequence = _joined(reason.get("consequence") or one.record.get("why", "") for one, reason in pairs)
    return Cause(
        outcome.value,
        _short(root or several[0].id),
        _short(seen),
        consequence,
        _joined(reason.get("next_step", "") for reason in first),
        tuple(dict.fromkeys(safe(one.owner) for one in several if one.owner)),
        tuple(one.number for one in several),
    )


def _joined(texts: Iterable[str]) -> str:
    """Different texts, one under the other."""
    different = list(dict.fromkeys(text for text in texts if text))
    more = [f"... and {len(different) - MOST_TEXTS} more"] if len(different) > MOST_TEXTS else []
    return "\n".join([*map(_short, different[:MOST_TEXTS]), *more])


def _short(text: str) -> str:
    """Up to the end of a word."""
    text = safe(text)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rsplit(maxsplit=1)[0]} ..."
