"""What may I write in one field?"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if groups > 1:
        raise ValueError("has several groups: the version is what one group holds; write (?:...) for the others")
    return text


def _extended(text: str) -> str:
    if unknown := re.search(r"\\[dDwWsSbB]|\(\?|[\n\x00]", text):
        raise ValueError(f"is matched by `grep -E`, which does not know {unknown[0]!r}: write [0-9] and the like")
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if text and re.search(text, ""):
        raise ValueError("would mean every process")
    return text


def _absolute(text: str) -> str:
    parts = [part for part in text.split("/") if part]
    if not text.startswith("/") or "\0" in text or {".", ".."} & set(parts):
        raise ValueError("should be an absolute path without . and .., such as /opt/phoenix")
    if not parts:
        raise ValueError("is the root of the whole system: name the folder of the release")
    return "/" + "/".join(parts)


def _glob(text: str) -> str:
    if not text.strip("/*"):
        raise ValueError("would except everything: write `extra: ignore` to say that")
    if text.startswith("./") or ".." in text.split("/"):
        raise ValueError("should be a path below the root, such as log/** or *.pid")
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f]", text):
        raise ValueError("should be a URL, such as http://localhost:8080/version")
    if "@" in parts.netloc:
        raise ValueError("has a user or a password, which the host's process list would show: use `command:`")
    return text


def _digest(text: str) -> str:
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        raise ValueError("should be sha256: and 64 digits, as `docker inspect --format '{{.Image}}'` prints it")
    return text


def _package(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9+._-]*(:[a-z0-9]+)?", text):
        raise ValueError("should be the name of a package, such as phoenix")
    return text


_WORD = "a word without blanks, slashes and brackets"


def _word(text: str) -> str:
    if not re.fullmatch(r"[^\s/\[\]\x00-\x1f-][^\s/\[\]\x00-\x1f]*", text):
        raise ValueError(f"should be {_WORD}")
    return text


def _version(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError("is read as a number, where 1.10 would be 1.1: put it in quotes")
    return value


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("has a NUL in it")
    return value


Absolute = Annotated[str, AfterValidator(_absolute)]
Digest = Annotated[str, AfterValidator(_digest)]
Extended = Annotated[str, AfterValidator(_extended)]
Glob = Annotated[str, AfterValidator(_glob)]
Package = Annotated[str, AfterValidator(_package)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Text = Annotated[str, AfterValidator(_text)]
Url = Annotated[str, AfterValidator(_url)]
Version = Annotated[str, BeforeValidator(_version), Field(pattern=r"^[^\s/\[\]]+$", description=_WORD)]
Word = Annotated[str, AfterValidator(_word)]
