"""A document to HTML. The template lays out, `style.css` dresses, `filter.js` only hides what one does not look for."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from shlex import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from preflight.report.document import DeadlinePart, Document, InventoryPart, MatrixPart
from preflight.report.html.timeline import timeline
from preflight.report.phrases import away, count

HERE = Path(__file__).parent
WORDS = {"failed": "failed", "not-checked": "not checked", "warned": "warned", "waived": "waived", "passed": "passed"}
MOST_CAUSES = 5  # in the decision
MOST_DUE = 8  # on the line of time, and below it
MOST_ROWS = 100  # of the table of causes: nobody decides by more, and each check stands below
COLUMNS_SIDE_BY_SIDE = 8  # of a matrix: more would be cut off on paper


def html_text(document: Document) -> str:
    """The whole page."""
    script = (HERE / "filter.js").read_text("utf-8")
    return _template().render(
        document=document,
        title=_title(document),
        # Made of our own files alone; whatever else is in the page is escaped by the template.
        style=Markup(_squeezed((HERE / "style.css").read_text("utf-8"))),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        # What the decision is short of.
        deadlines=[(of, at) for of in document.inventories for at in of.moments if at.name == "point of no return"],
        due={inventory.name: document.due(inventory) for inventory in document.inventories},
        most_due=MOST_DUE,
        top=[cause for cause in document.causes if cause.outcome in ("failed", "not-checked")][:MOST_CAUSES],
        most_rows=MOST_ROWS,
        by_number={check.number: check for check in document.checks},
        groups=[(key, word, [each for each in document.checks if each.outcome == key]) for key, word in WORDS.items()],
        blocks=[block for matrix in document.matrices for block in _blocks(matrix)],
        drawn=[check for check in document.checks if check.figure],
        several=len(document.inventories) > 1,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        optimized=False,  # it takes longer than it saves in a page that is written once
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader(HERE),
    )
    # A drawing is a figure as it is: `picture.fit` has looked at every element of it. What is to be pasted is quoted.
    filters = {"away": away, "clock": _clock, "counted": count, "drawing": Markup, "quoted": quote}
    environment.filters.update({**filters, "timeline": _timeline, "words": WORDS.get})
    return environment.get_template("page.html.j2")


def _title(document: Document) -> str:
    names = " and ".join(each.cutover or each.name for each in document.inventories)
    return f"{document.verdict}: {names}" if names else str(document.verdict)


def _blocks(matrix: MatrixPart) -> Iterator[tuple[str, MatrixPart]]:
    """A wide matrix as several, so that none is cut off on paper."""
    width = COLUMNS_SIDE_BY_SIDE
    for first in range(0, max(len(matrix.columns), 1), width):
        columns = matrix.columns[first : first + width]
        cells = tuple(row[first : first + width] for row in matrix.cells)
        part = f", columns {first + 1} to {first + len(columns)}" if len(matrix.columns) > width else ""
        yield part, MatrixPart(matrix.title, matrix.rows, columns, cells, matrix.note)


def _clock(moment: str) -> str:
    """`2026-12-04 21:00 -05:00`; as it is written if it is no moment."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    offset = at.utcoffset() or timedelta()
    zone = "UTC" if not offset else at.strftime("%z")[:3] + ":" + at.strftime("%z")[3:5]
    return f"{at:%Y-%m-%d %H:%M} {zone}"


def _timeline(inventory: InventoryPart, made: str, due: Sequence[DeadlinePart]) -> Markup:
    """Made by ElementTree, of texts that it escapes."""
    deadlines = [datetime.fromisoformat(each.at) for each in due]
    return Markup(timeline(inventory.moments, datetime.fromisoformat(made), deadlines))


def _squeezed(style: str) -> str:
    """Without comments and indentation: it stands in every report."""
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)).strip()
