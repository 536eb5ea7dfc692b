"""A line of a ledger, sealed: its number, the seal of the line before it, and a seal of its own over all of that.

    {"number":1,"before":"9f2c...","type":"check",...,"seal":"04aa..."}

A seal is the SHA-256 (FIPS 180-4) of the line's bytes up to it. So a line that was changed, moved, taken out or put in
shows, and what is missing at the end shows by the record that a run ends with. Somebody who makes all seals anew is not
found by this: against that, keep the last seal elsewhere (a run prints it), or sign the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from preflight.ledger.encoding import decoded, encoded

FIRST = "0" * 64
_MARK = b',"seal":"'


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a ledger, and in which of its lines (from 1)."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


def sealed(number: int, before: str, body: Mapping[str, Any], observed: str = "") -> tuple[bytes, str]:
    """A record as a line, and its seal. The body is plain data for JSON; what was observed is JSON already."""
    open_end = encoded({"number": number, "before": before, **body})[:-1]
    if observed:
        open_end += b',"observed":' + observed.encode("utf-8", "surrogatepass")
    seal = hashlib.sha256(open_end).hexdigest()
    return open_end + _MARK + seal.encode() + b'"}\n', seal


def opened(line: bytes, at: int, before: str) -> tuple[dict[str, Any] | None, str, list[Fault]]:
    """A line's record (None if it cannot be read), its seal, and what is wrong with it as line `at`, after `before`."""
    open_end, mark, rest = line.rpartition(_MARK)
    try:
        record = decoded(line)
    except (ValueError, RecursionError):  # somebody else's brackets may be nested beyond reason
        record = None
    if not mark or not isinstance(record, dict):
        return None, "", [Fault(at, "is no record of a ledger")]
    faults = []
    seal = hashlib.sha256(open_end).hexdigest()
    if rest != seal.encode() + b'"}':
        faults.append(Fault(at, "was changed: its seal is not that of what it says"))
    if record.get("before") != before:
        faults.append(Fault(at, "does not follow the line before it: lines were changed, moved, taken out or put in"))
    elif record.get("number") != at - 1:
        faults.append(Fault(at, f"has the number {record.get('number')}"))
    return record, record.get("seal", ""), faults
