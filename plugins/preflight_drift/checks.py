"""The specs of the checks that the section makes: nobody writes them, each is a piece of the section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import PrivateAttr

from preflight.model import CheckSpec
from preflight_drift.model import Subject
from preflight_drift.rules import Rule, Rules
from preflight_drift.words import Words


@dataclass(frozen=True, slots=True)
class Wording:
    """The two environments, and each one's words for what the other calls otherwise."""

    here: str
    there: str
    ours: tuple[tuple[str, str], ...] = ()
    theirs: tuple[tuple[str, str], ...] = ()

    def called_there(self, text: str) -> str:
        """A text in our own words, in theirs: `/srv/prd/**` is `/srv/stg/**`."""
        return _called(Words(self.ours)(text), self.theirs)

    def called_here(self, path: str) -> str:
        """A path of a comparison, as a rule of ours would have it."""
        return _called(path, self.ours)


def _called(text: str, words: tuple[tuple[str, str], ...]) -> str:
    by_name = {f"${{{name}}}": word for name, word in words}
    return re.sub(r"\$\{\w+\}", lambda name: by_name.get(name[0], name[0]), text)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a check compares.

    Attributes:
        pair: the name here and the one there; both empty for surveys.
        ours, theirs: the names of their hosts.
        glob: which files; empty for all other subjects. `glob_there` is the same in the words of the other environment.
    """

    subject: Subject
    pair: tuple[str, str]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    glob: str = ""
    glob_there: str = ""

    def __str__(self) -> str:
        what = f"{self.subject}:{self.glob}" if self.glob else self.subject
        return f"{self.pair[0]}/{what}" if self.pair[0] else what


class FactsSpec(CheckSpec):
    """One pair, one subject."""

    _matter: Matter = PrivateAttr()
    _wording: Wording = PrivateAttr()
    _rules: Rules = PrivateAttr()

    @property
    def matter(self) -> Matter:
        return self._matter

    @property
    def wording(self) -> Wording:
        return self._wording

    @property
    def rules(self) -> Rules:
        return self._rules


class RuleSpec(CheckSpec):
    """Whether a rule still does what it is there for."""

    severity: Literal["blocker", "warning"] = "warning"
    _rule: Rule = PrivateAttr()

    @property
    def rule(self) -> Rule:
        return self._rule
