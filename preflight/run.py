"""A pytest run with an inventory: load it, collect its checks, run them in the order they become known."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from preflight import bespoke
from preflight.duration import parse_duration
from preflight.errors import InventoryError
from preflight.garbage import no_garbage_collection
from preflight.inventory import Inventory, load
from preflight.items import CheckItem, InventoryFile, mark_names
from preflight.kind import Domain
from preflight.report.plan import print_plan
from preflight.report.progress import ProgressLine
from preflight.report.terminal import TerminalReport
from preflight.schedule import Schedule
from preflight.selection import Selected, resolve
from preflight.share import Share


def register(config: pytest.Config, selected: list[Selected]) -> None:
    """Make this pytest run one that checks inventories."""
    run = InventoryRun(config, selected)
    config.pluginmanager.register(run, "preflight-run")
    config.stash[bespoke.INVENTORIES] = run.inventories
    config.pluginmanager.register(bespoke, "preflight-fixtures")
    if Share.is_worker(config):
        return  # the controller has the reports of all workers
    config.pluginmanager.register(TerminalReport(config, selected, run.inventories), "preflight-report")
    if config.pluginmanager.hasplugin("dsession"):
        config.pluginmanager.register(run.share, "preflight-share")


class InventoryRun:
    """pytest's hooks, from the inventories asked for to the last check."""

    def __init__(self, config: pytest.Config, selected: list[Selected]) -> None:
        self.config = config
        self.selected = selected
        self.inventories: list[Inventory] = []
        self.share = Share(config)
        self.progress = ProgressLine(config, self.inventories)
        self.schedule: Schedule | None = None
        self.budget = _budget(config)
        self._signals = ExitStack()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        domains = _domains(self.config)
        against = self.config.option.against or ""
        for selected in self.selected:
            try:
                self.inventories.append(self._load(selected, domains, against=against))
            except InventoryError as error:
                raise pytest.UsageError(str(error)) from None
        if against and not any(inventory.compares for inventory in self.inventories):
            raise pytest.UsageError(_nothing_compares(against, self.selected, domains))
        for name in sorted(set().union(*map(mark_names, self.inventories))):
            self.config.addinivalue_line("markers", f"{name}: set by preflight")
        if not Share.is_worker(self.config):
            self._signals.enter_context(_sigterm_as_interrupt())

    def _load(
        self, selected: Selected, domains: list[Domain], *, against: str = "", compared: bool = False
    ) -> Inventory:
        given = self.config.hook.pytest_preflight_vars(config=self.config, inventory=selected.path)
        given_vars = {name: value for some in reversed(given) if some for name, value in some.items()}

        def elsewhere(name: str) -> Inventory:
            try:
                (other,) = resolve([name], self.config)
            except pytest.UsageError as error:
                raise LookupError(str(error)) from None
            return self._load(other, domains, compared=True)

        return load(
            selected.name, selected.path, domains, given_vars, against=against, elsewhere=elsewhere, compared=compared
        )

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
        if self.config.option.collectonly or self.config.option.plan or not checks:
            return
        executor = self.config.hook.pytest_preflight_executor(config=self.config)
        self.schedule = Schedule(
            (item.check for item in checks),
            executor=executor,
            budget=self.budget,
            timeout=getattr(self.config, "_env_timeout", None),  # pytest-timeout's: it would see no check that waits
            observe=self.share.observe,
            show=self.progress.show,
        )
        for item in checks:
            item.schedule = self.schedule
        self.schedule.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self.config.option.plan:
            print_plan(session, self.inventories)
            return True
        if self.schedule is None or Share.is_worker(self.config) or self.config.option.collectonly:
            return None  # pytest's own loop, or xdist's
        if session.testsfailed and not self.config.option.continue_on_collection_errors:
            return None  # pytest's own loop says what failed to collect
        _Loop(session, self.schedule, self.progress).run()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        report = yield
        if not isinstance(item, CheckItem) or not item.result:
            return report
        if call.when == ("setup" if item.result.not_checked else "call"):
            if item.result.reasons:
                report.preflight = item.record()
            if item.check.kind.cell is not None:
                report.preflight_cell = item.cell()
            if sketch := item.sketch():
                report.preflight_sketch = sketch
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._signals.close()
        if self.schedule is not None:
            self.schedule.stop()


class _Loop:
    """Checks in the order in which they become known, so that a dead host holds up nothing; then the tests."""

    def __init__(self, session: pytest.Session, schedule: Schedule, progress: ProgressLine) -> None:
        self.session = session
        self.schedule = schedule
        self.progress = progress
        self.checks = {item.check.key: item for item in session.items if isinstance(item, CheckItem)}
        self.tests = [item for item in session.items if not isinstance(item, CheckItem)]
        self._following: CheckItem | None = None

    def run(self) -> None:
        try:
            self._run_checks(wait=True)
        except KeyboardInterrupt:
            self.session._setupstate.teardown_exact(None)  # it may have come in the middle of a check
            self._run_checks(wait=False)  # what is known is reported
            raise
        for item, following in zip_longest(self.tests, self.tests[1:]):
            self._run(item, following)

    def _run_checks(self, *, wait: bool) -> None:
        item = self._following or self._next(wait=wait)
        while item is not None:
            self._following = self._next(wait=False)
            self._run(item, self._following)
            item = self._following or self._next(wait=wait)

    def _next(self, *, wait: bool) -> CheckItem | None:
        try:
            key = self.schedule.next_key(wait=wait)
        finally:
            self.progress.clear()
        return None if key is None else self.checks[key]

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """CI stops a job with SIGTERM: report what is known then, as after Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before: Callable[..., Any] | int | None = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
