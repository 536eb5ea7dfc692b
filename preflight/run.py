"""A pytest run with an inventory: load it, collect its checks, run them in the order they become known."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from preflight import bespoke
from preflight.duration import parse_duration
from preflight.errors import InventoryError
from preflight.garbage import no_garbage_collection
from preflight.inventory import Inventory, load
from preflight.items import CheckItem, InventoryFile, mark_names
from preflight.kind import Check, Domain
from preflight.ledger.earlier import Past, moment
from preflight.ledger.keeping import Keeping
from preflight.ledger.replay import Replay, recorded_run
from preflight.loop import Loop, sigterm_as_interrupt
from preflight.observe import Progress
from preflight.rehearsal import rehearsals
from preflight.report import github
from preflight.report.heartbeat import Heartbeat
from preflight.report.masking import Masking
from preflight.report.plan import print_plan
from preflight.report.progress import ProgressLine
from preflight.report.tally import Tally
from preflight.report.terminal import TerminalReport
from preflight.schedule import Schedule
from preflight.selection import Selected, resolve, runs_nothing
from preflight.share import Share


def register(config: pytest.Config, selected: list[Selected]) -> None:
    """Make this pytest run one that checks inventories."""
    run = InventoryRun(config, selected)
    config.pluginmanager.register(run, "preflight-run")
    config.pluginmanager.register(run.past, "preflight-past")
    config.stash[bespoke.INVENTORIES] = run.inventories
    config.pluginmanager.register(bespoke, "preflight-fixtures")
    config.pluginmanager.register(Masking(config, run.inventories), "preflight-masking")
    if Share.is_worker(config):
        return  # the controller has the reports of all workers
    tally = Tally()
    keeping = Keeping(config, tally, run.inventories)
    report = TerminalReport(config, selected, run.inventories, tally, keeping)
    config.pluginmanager.register(report, "preflight-report")
    config.pluginmanager.register(keeping, "preflight-ledger")
    heartbeat = Heartbeat(config, tally)
    config.pluginmanager.register(heartbeat, "preflight-heartbeat")
    if github.here():
        config.pluginmanager.register(github.GitHub(config, keeping), "preflight-github")
    if config.option.report:
        from preflight.report.files import ReportFiles

        config.pluginmanager.register(ReportFiles(config, tally, keeping), "preflight-report-files")
    run.hears_of_progress += [run.progress.show, keeping.progress, heartbeat.progress]
    config.pluginmanager.register(run.share, "preflight-share")


class InventoryRun:
    """pytest's hooks, from the inventories asked for to the last check."""

    def __init__(self, config: pytest.Config, selected: list[Selected]) -> None:
        self.config = config
        self.selected = selected
        self.inventories: list[Inventory] = []
        self.share = Share(config)
        self.past = Past(config)
        self.progress = ProgressLine(config, self.inventories)
        self.schedule: Schedule | None = None
        self.budget = _budget(config)
        self.hears_of_progress: list[Callable[[Check, Progress], None]] = []
        self.replay: Replay | None = None
        self.given_vars: Callable[[Selected], Mapping[str, Any]] = self._given_vars
        self._signals = ExitStack()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        domains = _domains(self.config)
        recorded = recorded_run(self.config, self.selected)
        self.given_vars = recorded.vars if recorded is not None else self._given_vars
        against = self.config.option.against or ""
        for selected in self.selected:
            try:
                self.inventories.append(self._load(selected, domains, against=against))
            except InventoryError as error:
                raise pytest.UsageError(str(error)) from None
        if against and not any(inventory.compares for inventory in self.inventories):
            raise pytest.UsageError(_nothing_compares(against, self.selected, domains))
        if recorded is not None:
            self.past.until = moment(recorded.plan)
            self.replay = Replay(recorded, (c for inventory in self.inventories for c in inventory.checks.values()))
            self.config.pluginmanager.register(self.replay, "preflight-replay")
        for name in sorted(set().union(*map(mark_names, self.inventories))):
            self.config.addinivalue_line("markers", f"{name}: set by preflight")
        if not Share.is_worker(self.config):
            self._signals.enter_context(sigterm_as_interrupt())

    def _load(
        self, selected: Selected, domains: list[Domain], *, against: str = "", compared: bool = False
    ) -> Inventory:
        def elsewhere(name: str) -> Inventory:
            return self._load(self._known(name), domains, compared=True)

        return load(
            selected.name,
            selected.path,
            domains,
            self.given_vars(selected),
            against=against,
            elsewhere=elsewhere,
            known=self._known,
            recorded=partial(self.past.recorded, selected.name),
            compared=compared,
            as_recorded=bool(self.config.option.replay),
        )

    def _known(self, name: str) -> Selected:
        """An inventory that is checked goes by its name, wherever it lies."""
        try:
            return next((each for each in self.selected if each.name == name), None) or resolve([name], self.config)[0]
        except pytest.UsageError as error:
            raise LookupError(str(error)) from None

    def _given_vars(self, selected: Selected) -> Mapping[str, Any]:
        given = self.config.hook.pytest_preflight_vars(config=self.config, inventory=selected.path)
        return {name: value for some in reversed(given) if some for name, value in some.items()}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        # What is loaded and collected lives to the end of the run: the garbage collector need not go
        # through it again and again, which takes a fifth of a large run.
        with no_garbage_collection():
            try:
                return (yield)
            finally:
                gc.freeze()

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        for inventory in self.inventories:
            if file_path in inventory.homes:
                file: InventoryFile = InventoryFile.from_parent(parent, path=file_path)
                file.inventory = inventory
                return file
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        only = _only(self.config)
        phase = self.config.option.phase

        def wanted(item: pytest.Item) -> bool:
            if not isinstance(item, CheckItem):
                return not only
            return item.check.counts_in(phase) and (not only or item.check.kind.domain in only)

        others = [item for item in items if not wanted(item)]
        if others:
            self.config.hook.pytest_deselected(items=others)
            items[:] = filter(wanted, items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        checks = [item for item in session.items if isinstance(item, CheckItem)]
        if runs_nothing(self.config) or not checks:
            return
        recorded = self.replay.run if self.replay else None
        rehearsed = rehearsals(
            (item.check for item in checks), self.past, lambda name: self._known(name).name, recorded
        )
        executor = self.config.hook.pytest_preflight_executor(config=self.config)
        self.schedule = Schedule(
            (item.check for item in checks),
            executor=executor,
            budget=self.budget,
            timeout=getattr(self.config, "_env_timeout", None),  # pytest-timeout's: it would see no check that waits
            observe=self.replay.observe if self.replay else self.share.observe,
            retry=self.replay is None,
            conditions=rehearsed.missing,
            past=self.past.observed,
            show=self._show,
        )
        for item in checks:
            item.schedule = self.schedule
            item.rehearsed = rehearsed.passed.get(item.check.key)
        self.schedule.start()

    def _show(self, check: Check, progress: Progress) -> None:
        for hear in self.hears_of_progress:
            hear(check, progress)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self.config.option.plan:
            print_plan(session, self.inventories)
            return True
        if self.schedule is None or Share.is_worker(self.config) or self.config.option.collectonly:
            return None  # pytest's own loop, or xdist's
        if session.testsfailed and not self.config.option.continue_on_collection_errors:
            return None  # pytest's own loop says what failed to collect
        Loop(session, self.schedule, self.progress).run()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        report = yield
        if isinstance(item, CheckItem):
            item.tell(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._signals.close()
        if self.schedule is not None:
            self.schedule.stop()


def _domains(config: pytest.Config) -> list[Domain]:
    domains = [domain for domain in config.hook.pytest_preflight_domain() if domain is not None]
    by_section: dict[str, Domain] = {}
    for domain in domains:
        other = by_section.setdefault(domain.section, domain)
        if other is not domain:
            raise pytest.UsageError(f"two plugins offer the section `{domain.section}:`: {other.name}, {domain.name}")
    unknown = _only(config) - {domain.name for domain in domains}
    if unknown:
        known = ", ".join(sorted(domain.name for domain in domains)) or "none"
        raise pytest.UsageError(f"--only {', '.join(sorted(unknown))}: no such domain; there are: {known}")
    return domains


def _nothing_compares(against: str, selected: list[Selected], domains: list[Domain]) -> str:
    sections = []
    for domain in domains:
        with suppress(Exception):  # one that cannot be loaded is no help here
            sections += [f"`{domain.section}:`"] if domain.load().compares else []
    names = ", ".join(inventory.name for inventory in selected)
    what = f"a section {' or '.join(sections)} does" if sections else "no loaded plugin does"
    return f"--against {against}: nothing in {names} compares it with another environment; {what}"


def _only(config: pytest.Config) -> set[str]:
    return {name.strip() for given in config.option.only for name in given.split(",")}


def _budget(config: pytest.Config) -> float | None:
    try:
        return None if config.option.budget is None else parse_duration(config.option.budget)
    except ValueError as error:
        raise pytest.UsageError(f"--budget {config.option.budget}: {error}") from None
