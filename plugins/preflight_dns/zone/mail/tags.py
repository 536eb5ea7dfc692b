"""Lists of tags as `v=DMARC1; p=none` (RFC 6376 section 3.2, RFC 7489 section 6.4, RFC 8461, RFC 8460). Pure."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def parse(text: str) -> dict[str, str]:
    """Names, in lower case, and their values in order; white space around both does not count.

    Raises:
        ValueError: it is no such list, or has a tag twice.
    """
    tags: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(f'"{part.strip()[:60]}" is no tag=value')
        if name in tags:
            raise ValueError(f"the tag {name} stands there twice")
        tags[name] = value.strip()
    return tags
