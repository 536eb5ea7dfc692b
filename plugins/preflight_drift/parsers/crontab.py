"""crontab(5): a job is known by its command, and says when it runs; of /etc/crontab and /etc/cron.d, also as whom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError

_VARIABLE = re.compile(r"""["']?([A-Za-z_]\w*)["']?\s*=\s*(.*)""")
_WHEN = r"(@[a-z]+|(?:[-\d*/,~A-Za-z]+\s+){4}[-\d*/,~A-Za-z]+)\s+"
_JOB = re.compile(_WHEN + r"(.+)")
_JOB_AS = re.compile(_WHEN + r"(\S+)\s+(.+)")


def parse(text: str) -> Iterator[Fact]:
    """Of a user's own."""
    return listed(_facts(text, with_user=False))


def parse_system(text: str) -> Iterator[Fact]:
    return listed(_facts(text, with_user=True))


def _facts(text: str, with_user: bool) -> Iterator[Fact]:
    for number, line in logical_lines(text):
        if found := _VARIABLE.fullmatch(line):
            yield Fact((found[1],), found[2], number)
        elif with_user and (found := _JOB_AS.fullmatch(line)):
            yield Fact(("job", found[2], found[3]), " ".join(found[1].split()), number)
        elif not with_user and (found := _JOB.fullmatch(line)):
            yield Fact(("job", found[2]), " ".join(found[1].split()), number)
        else:
            raise UnparsedError(number, "neither a comment, a variable nor a job")
