"""Tables of cases for judges, and what a judge says in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pytest

from preflight.finding import Finding, NotChecked


class Named(Protocol):
    @property
    def id(self) -> str: ...


def table(cases: Iterable[Named]) -> pytest.MarkDecorator:
    """Runs a test once for each `case`, by its id."""
    listed = list(cases)
    return pytest.mark.parametrize("case", listed, ids=[case.id for case in listed])


def text(reason: Finding | NotChecked) -> str:
    return reason.observed if isinstance(reason, Finding) else f"not checked: {reason.reason}"
