"""`--placement FILE` and `--placement-netbox FILE`: where everything goes, for who carries it in, and for NetBox.

What has a place is written, even if not all of a group has one: that is said then, loudly, since the file does not show
what is missing from it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preflight.newfile import new_file, write_new
from preflight_racks.drawing.names import cut, harmless, listed
from preflight_racks.export import Group, as_csv, as_netbox_csv, lacking
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.advice import unsound
from preflight_racks.placement.judge import unsure


@dataclass(frozen=True, slots=True)
class Target:
    """A file that was asked for, and how it is written."""

    option: str
    file: Path
    form: Callable[[Sequence[Group]], str]
    encoding: str

    def write(self, text: str) -> None:
        """All of it, or nothing.

        Raises:
            OSError: it cannot be written, or is there by now.
        """
        write_new(self.file, text.encode(self.encoding, "replace"))  # NetBox's JSON may hold what is no character


# Spreadsheets take a list without a mark for one of their own country's encoding.
TARGETS: dict[str, tuple[Callable[[Sequence[Group]], str], str]] = {
    "--placement": (as_csv, "utf-8-sig"),
    "--placement-netbox": (as_netbox_csv, "utf-8"),
}


class Writing:
    """Follows a run, and writes the files at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self.targets = [
            Target(option, new_file(config, option, "what was placed"), *how)
            for option, how in TARGETS.items()
            if config.getoption(option)
        ]
        self.groups: dict[Any, Group] = {}
        self.planned: dict[Any, str] = {}
        self.maskers: list[Callable[[str], str]] = []
        if len({target.file.resolve() for target in self.targets}) < len(self.targets):
            raise pytest.UsageError(f"{' and '.join(TARGETS)} name one file: name two")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            check: Any = getattr(item, "check", None)
            if check and check.kind.observation is PlacementObservation:
                self.planned[check.key] = check.kind.target(check.spec)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        report = yield
        result = getattr(item, "result", None)
        if call.when == "setup" and result and isinstance(result.observation, PlacementObservation):
            # Of places that do not hold, somebody would make use all the same.
            if any(map(unsound, result.reasons)):
                return report
            self.groups[item.check.key] = Group(result.observation, getattr(item.check.spec, "role", ""))
            if item.masker not in self.maskers:
                self.maskers.append(item.masker)
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        groups = list(self.groups.values())
        places = sum(len(group.observation.mine) for group in groups)
        for target in self.targets:
            begin = f"{target.option} {target.file}"
            if not places:
                terminalreporter.write_line(f"{begin}: nothing has a place, and nothing is written", red=True)
                continue
            try:
                target.write(self._masked(target.form(groups)))
            except OSError as error:
                terminalreporter.write_line(f"{begin}: {error.strerror}: nothing is written", red=True)
                continue
            terminalreporter.write_line(f"{places} place{'s are' if places != 1 else ' is'} written to {target.file}")
        for line in self._missing(groups):
            terminalreporter.write_line(self._masked(line), red=True, bold=True)
        if any(target.form is as_netbox_csv for target in self.targets):
            for group in groups:
                if empty := lacking(group):
                    fill = f"NetBox refuses {_named(group.name)}: fill in {', '.join(empty)}"
                    terminalreporter.write_line(self._masked(fill), yellow=True)

    def _missing(self, groups: Sequence[Group]) -> Iterator[str]:
        """What the files do not show."""
        for group in groups:
            seen, name = group.observation, _named(group.name)
            placed, count = len(seen.mine), seen.demand.count
            if placed < count:
                yield f"NOT COMPLETE: {name}: {placed} of {count} have a place"
            doubts = [f"{one.rack}: {limit}: {one.missing}" for limit, which in unsure(seen).items() for one in which]
            if doubts:
                yield f"NOT SURE: {name}: {harmless(listed(doubts, 3))}"
        for key, name in self.planned.items():
            if key not in self.groups:
                yield f"NOT CHECKED: {_named(name)}: none of it is written"

    def _masked(self, text: str) -> str:
        for masker in self.maskers:
            text = masker(text)
        return text


def _named(name: str) -> str:
    return cut(harmless(name), 80)
