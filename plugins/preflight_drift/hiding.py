"""Secrets out of facts and lines: compared by a keyed digest, shown as `***`.

("db", "password") "s3cret"                          ("db", "password") <digest>, secret
("db", "url") "postgres://app:s3cret@db/x"           ("db", "url") "postgres://app:***@db/x"
                                                     ("db", "url", "***") <the same digest>, secret
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from preflight.secret import MASK
from preflight_drift.model import Fact
from preflight_drift.secret_lines import masked_lines, secrets_in_lines
from preflight_drift.secret_names import is_about, is_of_secrets, is_secret
from preflight_drift.secret_values import Span, is_plain, masked, may_have_tokens, merged, secrets_in

Path = tuple[str | int, ...]

# `{name: DB_PASSWORD, value: ...}` of Kubernetes, `<property name="password">...</property>` of Java.
_NAMES = frozenset({"name", "key", "Name", "Key", "@name", "@key", "property", "@property"})
_VALUES = frozenset({"value", "Value", "@value", "#text", "default"})
_OF_SECRET_OBJECTS = ("data", "stringData")  # base64 in an object of Kubernetes that is of kind Secret
_SECRET, _OF_SECRETS, _UNCLEAN = 1, 2, 4
_DIGEST = 32  # hexadecimal digits: 128 bits


class Hider:
    """One for a run: secrets of different hosts can be compared, and nothing can be looked up without the key."""

    def __init__(self, key: bytes) -> None:
        """`key` is made for the run by `secrets.token_bytes(32)` and stored nowhere."""
        self._key = key

    def __repr__(self) -> str:
        return f"Hider({MASK})"

    def __reduce__(self) -> str:
        raise TypeError("the key does not leave the process that made it")

    def digest(self, secret: str) -> str:
        """Of the secret as its consumer has it: quotes and white space around it are those of the format."""
        bare = secret.strip()
        if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
            bare = bare[1:-1]
        return hmac.new(self._key, bare.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_DIGEST]

    def text(self, text: str) -> str:
        """A message with `***` for what is a secret in it."""
        return masked(text, secrets_in(text))

    def lines(self, lines: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """The lines of a text, and whether there was a secret in them."""
        return masked_lines(lines)

    def facts(self, facts: Iterable[Fact], *, named: bool = True, nested: bool = True) -> Iterator[Fact]:
        """The same with digests in the place of secrets, at the same paths.

        Args:
            named: the last part of a path may be a secret's name; a package's may be `passwd`.
            nested: so may those before it; a user's may be `token`.
        """
        facts = list(facts)
        values_of_names, secret_objects = _context(facts)
        tokens = may_have_tokens("\n".join([fact.value for fact in facts if type(fact.value) is str]))
        above: dict[Path, int] = {}  # what is known of the path that facts have in common
        before: Fact | None = None
        for fact in facts:
            path, value, line, _ = fact
            parent, name = path[:-1], path[-1] if path else ""
            if (around := above.get(parent)) is None:
                around = above[parent] = _known_of(parent)
            own = _known_of_part(name) if type(name) is str else 0
            if value is None or value is True or value is False or name == "!":
                hidden: bool | int = False
            else:
                hidden = (
                    (named and own & _SECRET)
                    or (nested and around & _OF_SECRETS and not is_about(_name(path)))
                    or (name in _VALUES and parent in values_of_names)
                    or (secret_objects and any(path[: len(each)] == each for each in secret_objects))
                    or (type(name) is int and _argument(before, fact))
                )
            before = fact
            if hidden and not is_plain(str(value)):
                yield from self._at(path, self.digest(str(value)), line, secret=True)
            elif type(value) is str and (spans := _spans(value, tokens)):
                yield from self._at(path, masked(value, spans), line)
                for index, (start, end) in enumerate(spans):
                    below = (MASK,) if len(spans) == 1 else (MASK, index)
                    yield from self._at((*path, *below), self.digest(value[start:end]), line, secret=True)
            elif (own | around) & _UNCLEAN:
                yield from self._at(path, value, line)
            else:
                yield fact

    def _at(self, path: Path, value: str | int | float | None, line: int, *, secret: bool = False) -> Iterator[Fact]:
        """A fact whose path may have secrets itself: the command line by which a job is known."""
        if not _known_of(path) & _UNCLEAN:
            yield Fact(path, value, line, secret)
            return
        shown: list[str | int] = []
        hidden: list[str] = []
        for part in path:
            spans = secrets_in(part, directive=False) if isinstance(part, str) else []
            shown.append(masked(part, spans) if isinstance(part, str) else part)
            hidden += [part[start:end] for start, end in spans if isinstance(part, str)]
        yield Fact(tuple(shown), value, line, secret)
        for index, each in enumerate(hidden):
            yield Fact((*shown, MASK, "path", index), self.digest(each), line, True)


def _spans(value: str, tokens: bool) -> list[Span]:
    """A value of several lines is mostly a file within a file."""
    spans = secrets_in(value, tokens)
    return merged([*spans, *secrets_in_lines(value)]) if "\n" in value else spans


def _name(path: Path) -> str:
    """The last word of a path: a list's items go by the list's name."""
    for part in reversed(path):
        if isinstance(part, str):
            return part
    return ""


@lru_cache(65536)
def _known_of_part(part: str) -> int:
    known = _UNCLEAN if secrets_in(part, directive=False) else 0
    if is_secret(part):
        known |= _SECRET | (_OF_SECRETS if is_of_secrets(part) else 0)
    return known


def _known_of(path: Path) -> int:
    """What any of its parts is: the name of a secret, that of several, or a text with a secret in it."""
    known = 0
    for part in path:
        known |= _known_of_part(part) if type(part) is str else 0
    return known


def _argument(before: Fact | None, fact: Fact) -> bool:
    """Whether it follows `--password` in a list of arguments."""
    if before is None or type(before.value) is not str or before.value[:1] != "-" or before.path[:-1] != fact.path[:-1]:
        return False
    return len(before.value) > 1 and before.path != fact.path and is_secret(before.value.lstrip("-"))


def _context(facts: Sequence[Fact]) -> tuple[set[Path], list[Path]]:
    """Whose `value` is a secret by what its neighbour `name` says; and where the data of a Secret are."""
    values_of_names: set[Path] = set()
    objects: list[Path] = []
    for path, value, *_ in facts:
        if not path or type(value) is not str:
            continue
        last = path[-1]
        if last in _NAMES and is_secret(value):
            values_of_names.add(path[:-1])
        elif last == "kind" and value == "Secret":
            objects += [(*path[:-1], each) for each in _OF_SECRET_OBJECTS]
    return values_of_names, objects
