"""Is a domain one that registries give to whoever asks? By the Public Suffix List, if the extra `suffixes` is there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

NO_LIST = "the Public Suffix List is not installed (pip install 'pytest-preflight[suffixes]')"


def registrable_of(names: Iterable[str]) -> tuple[str, ...] | None:
    """Those of the names (absolute, lower-case) that stand right below a registry's; None where nobody can tell.

    By the list as it is installed, which is never fetched, and its part for registries: others who give out names,
    such as providers, are in `takeover.py`. Top-level domains that are not in the list are of private networks.
    """
    if find_spec("publicsuffixlist") is None:
        return None
    from publicsuffixlist import PublicSuffixList

    suffixes = PublicSuffixList(accept_unknown=False, only_icann=True)
    # A name with escapes in it is none that a registry gives out.
    plain = (name.removesuffix(".") for name in names if "\\" not in name)
    return tuple(sorted(f"{name}." for name in set(plain) if suffixes.privatesuffix(name) == name))
