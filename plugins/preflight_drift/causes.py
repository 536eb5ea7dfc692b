"""Differences that one thing explains, together: a host that is unlike the others, a word that is another one. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from preflight_drift.comparison import Difference

# From so many places on, what is the same everywhere is told once.
REPEATED = 3
# What many settings have, each for its own reason.
_SWITCHES = {"", "true", "false", "yes", "no", "on", "off", "null", "none", "enabled", "disabled"}
_NUMBER = re.compile(r"\d+(\.\d+)?\s*[A-Za-z%]{0,3}")
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]+")

Replaced = tuple[str, str]  # what is here, and what is there in its stead


@dataclass(slots=True)
class Causes:
    """The differences of a comparison, each in one of these.

    Attributes:
        broken: against a rule.
        outliers: by environment and hosts: where they are unlike the others of their own group.
        missing, extra: by subject: whole files that are not here, or only here; and packages, users and the like.
        replaced: by what is here and what is there: where a value, or a word in it, is the other's, in several places.
        others: by document.
    """

    broken: list[Difference] = field(default_factory=list)
    outliers: dict[tuple[str, tuple[str, ...]], list[Difference]] = field(default_factory=lambda: defaultdict(list))
    missing: dict[str, list[Difference]] = field(default_factory=lambda: defaultdict(list))
    extra: dict[str, list[Difference]] = field(default_factory=lambda: defaultdict(list))
    replaced: dict[Replaced, list[Difference]] = field(default_factory=dict)
    others: dict[str, list[Difference]] = field(default_factory=lambda: defaultdict(list))


def sort_out(differences: Sequence[Difference]) -> Causes:
    found = Causes()
    replaced: dict[Replaced, list[Difference]] = defaultdict(list)
    for one in differences:
        if one.state == "breaks its rule":
            found.broken.append(one)
        elif one.state == "outlier":
            hosts = one.here.hosts if one.here is not None else ()
            found.outliers[one.environment, hosts].append(one)
        elif one.state != "differs" and (one.whole or is_listed(one)):
            (found.missing if one.state == "only there" else found.extra)[one.subject].append(one)
        elif word := what_is_replaced(one):
            replaced[word].append(one)
        else:
            found.others[one.document].append(one)
    for word, some in replaced.items():
        if len(some) >= REPEATED:
            found.replaced[word] = some
        else:
            for one in some:
                found.others[one.document].append(one)
    return found


def is_listed(one: Difference) -> bool:
    """What it is part of is a list of things (packages), of which each is or is not there."""
    return one.subject in ("packages", "services", "sysctl", "users", "mounts")


def what_is_replaced(one: Difference) -> Replaced | None:
    """`("prd", "stg")` for db.prd.example and db.stg.example; else both values; None where they tell nothing."""
    ours, theirs = one.here, one.there
    if one.state != "differs" or ours is None or theirs is None or ours.secret or theirs.secret:
        return None
    if is_listed(one) or one.path.endswith(".sha256"):
        return None
    if not isinstance(ours.value, str) or not isinstance(theirs.value, str):
        return None
    word = one_word(ours.value, theirs.value) or (ours.value, theirs.value)
    return None if any(text.lower() in _SWITCHES or _NUMBER.fullmatch(text) for text in word) else word


def one_word(ours: str, theirs: str) -> Replaced | None:
    """The one word that is another in two texts, wherever it stands in them; numbers are no words."""
    here, there = _TOKEN.findall(ours), _TOKEN.findall(theirs)
    if len(here) != len(there):
        return None
    words = {pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]}
    if len(words) != 1:
        return None
    (word,) = words
    return word if all(re.search("[A-Za-z]", text) for text in word) else None


def may_be_a_var(word: Replaced) -> bool:
    """Whether `vars:` could say it once for all: what is a word, or is made of several, and no number."""
    return all(re.search("[A-Za-z]", text) and not re.search(r"\s", text) for text in word)
