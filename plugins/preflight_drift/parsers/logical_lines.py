"""Lines that go on in the next one, put together; comments and blank lines left out."""

from __future__ import annotations

from collections.abc import Iterator


def logical_lines(
    text: str, comments: str = "#", *, backslash: bool = False, indent: bool = False
) -> Iterator[tuple[int, str]]:
    """Each with the number of its first line, without white space around it.

    Args:
        comments: the characters that make a comment of a line they begin.
        backslash: a line that ends in one goes on; comments in between do not end it (systemd.syntax(7)).
        indent: a line that begins with white space goes on with the one before it (postconf(5)).
    """
    pieces: list[str] = []
    start, going_on = 0, False
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if (not bare and not going_on) or (bare and bare[0] in comments):
            continue
        if not going_on and not (indent and pieces and line[0].isspace()):
            if pieces:
                yield start, " ".join(pieces)
            start, pieces = number, []
        going_on = backslash and bare.endswith("\\")
        pieces.append(bare[:-1].rstrip() if going_on else bare)
    if pieces:
        yield start, " ".join(pieces)
