"""Is a domain one that registries give to whoever asks? By the Public Suffix List, if the extra `suffixes` is there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

NO_LIST = "the Public Suffix List is not installed (pip install 'pytest-preflight[suffixes]')"

_RESERVED = frozenset({"alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"})
"""Top-level domains that no registry will ever have (RFC 6761, RFC 6762, RFC 7686, RFC 9476; ICANN of .internal)."""


def is_open(name: str, registrable: tuple[str, ...] | None) -> bool:
    """Whether a name that does not exist (absolute) can be anybody's; `registrable` as below.

    Where nobody can tell what registries give out: if it has two labels (example.com), of which it is nearly all.
    """
    if registrable is not None:
        return name in registrable
    return name.count(".") == 2 and name.split(".")[1] not in _RESERVED


def registrable_of(names: Iterable[str]) -> tuple[str, ...] | None:
    """Those of the names (absolute, lower-case) that stand right below a registry's; None where nobody can tell.

    By the list as it is installed, which is never fetched, and its part for registries: others who give out names,
    such as providers, are in `takeover.py`. Top-level domains that are not in the list are of private networks.
    """
    if find_spec("publicsuffixlist") is None:
        return None
    from publicsuffixlist import PublicSuffixList

    suffixes = PublicSuffixList(accept_unknown=False, only_icann=True)
    # Names with escapes in them no registry gives out, and reverse zones none to whoever asks.
    plain = (name.removesuffix(".") for name in names if "\\" not in name and not name.endswith(".arpa."))
    return tuple(sorted(f"{name}." for name in set(plain) if suffixes.privatesuffix(name) == name))
