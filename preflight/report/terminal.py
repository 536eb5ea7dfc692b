"""The end of a run on the terminal: the verdict, why, and the last line for grep."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.terminal import TerminalReporter

from preflight.finding import NotChecked, Outcome, Result
from preflight.items import CheckItem
from preflight.kind import Check
from preflight.ledger.keeping import Keeping
from preflight.record import Record, cell_of, decided, headline, record_of
from preflight.report.causes import ORDER, Group, grouped, root_cause
from preflight.report.explanation import Explanation
from preflight.report.grid import Entry
from preflight.report.matrix import matrix
from preflight.report.overview import Overview
from preflight.report.phrases import count, spoken
from preflight.report.tally import NO_TURN, Tally
from preflight.selection import Selected, is_strict, runs_nothing
from preflight.source import shown
from preflight.verdict import Verdict, exit_code, verdict_line

if TYPE_CHECKING:
    from preflight.inventory import Inventory

COLOURS = {Verdict.GO: "green", Verdict.NO_GO: "red"}  # the others are yellow
MOST_LISTED = 8


class TerminalReport:
    """Follows the reports of a run in the process that shows them, and sets the exit code."""

    def __init__(
        self,
        config: pytest.Config,
        selected: Sequence[Selected],
        inventories: list[Inventory],
        tally: Tally,
        keeping: Keeping,
    ) -> None:
        self.config = config
        self.names = [s.name for s in selected]
        self.inventories = inventories
        self.tally = tally
        tally.check_without_turn = self._without_turn
        self.finished = False
        self.overview = Overview(config, self.names, inventories, tally, keeping)
        self._explained: set[str] = set()

    def pytest_report_header(self) -> list[str]:
        phase = self.config.option.phase
        lines = []
        for inventory in self.inventories:
            kinds = sorted({check.kind.name for check in inventory.checks.values()})
            checks = f"{count(len(inventory.checks), 'check')} ({', '.join(kinds)})" if kinds else "no checks"
            lines.append(f"preflight: inventory {inventory.name}, phase {phase}, {checks}")
            lines += [f"preflight: {warning}" for warning in inventory.warnings]
            beside = sorted(inventory.path.parent.glob("test_*.py")) if inventory.path.is_file() else []
            if beside and not any(beside[0].name in argument for argument in self.config.args):
                why = "an inventory that is a single file has no tests of its own; make it a folder"
                lines.append(f"preflight: {shown(beside[0])} is not run: {why}")
        return lines

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.tally.plan(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        self.tally.plan(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.tally.add_collection_error(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tally.add(report)
        record: Any = getattr(report, "preflight", None)
        if record is not None and report.failed:
            # Through xdist the explanation has become plain text; and a cause that was explained
            # in full once needs one line the next time.
            cause = root_cause(record) if report.when == "setup" else ""
            report.longrepr = Explanation(record, known=cause in self._explained)
            self._explained |= {cause} if cause else set()

    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        record: Any = getattr(report, "preflight", None)
        if record is not None and report.when == "call" and record["outcome"] in (Outcome.WARNED, Outcome.WAIVED):
            outcome = record["outcome"]
            return outcome, "W" if outcome == Outcome.WARNED else "w", (outcome.upper(), {"yellow": True})
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if runs_nothing(self.config) or exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            return
        self.finished = True
        self._report_the_rest()
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = exit_code(self.tally.verdict(), strict=is_strict(self.config))

    def _report_the_rest(self) -> None:
        """JUnit's file, and `--lf` the next time, know what never got its turn; the summary tells the terminal."""
        plugins = self.config.pluginmanager
        others = map(plugins.get_plugin, ("terminalreporter", "session", "stepwiseplugin"))
        hook = plugins.subset_hook_caller("pytest_runtest_logreport", [self, *filter(None, others)])
        for nodeid in self.tally.unreported():
            path, _, name = nodeid.partition("::")
            hook(report=pytest.TestReport(nodeid, (path, None, name), {}, "failed", NO_TURN, "setup"))

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self.finished:
            verdict = self.tally.verdict()
            colour = {COLOURS.get(verdict, "yellow"): True}
            terminalreporter.write_sep("=", f"preflight: {verdict}", bold=True, **colour)
            for line in self.overview.head():
                _write(terminalreporter, line, 0)
            for inventory in self.inventories:
                self._write_matrices(terminalreporter, inventory)
            if self.config.get_verbosity() >= 0:
                self._write_sketches(terminalreporter)
            records = self.tally.records()
            for outcome in ORDER:
                for group in grouped(records, outcome):
                    self._write_group(terminalreporter, outcome, group)
            if foot := list(self.overview.foot()):
                terminalreporter.write_line("")
            for line in foot:
                _write(terminalreporter, line, 0)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        if self.finished:
            line = verdict_line(self.tally.verdict(), self.names, self.tally.counts())
            shown = self.config.pluginmanager.hasplugin("terminalreporter")
            self.config.get_terminal_writer().line(line) if shown else print(line)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.tally.tests_left_out += sum(not isinstance(item, CheckItem) for item in items)

    def _write_matrices(self, reporter: TerminalReporter, inventory: Inventory) -> None:
        """A matrix for each kind that has one. What never got its turn stands in it without a text."""
        encoding = getattr(reporter._tw._file, "encoding", None) or "utf-8"

        def showable(text: str) -> str:
            # pytest would do so while it writes, and the text would need more room than was measured.
            return text.encode(encoding, "backslashreplace").decode(encoding)

        entries: dict[str, list[Entry]] = {}
        bugs: Counter[tuple[str, str]] = Counter()
        for check, nodeid in self._in_a_matrix(inventory):
            cell = self.tally.cells.get(nodeid) or cell_of(check, None, inventory.masker)
            assert cell is not None
            if "bug" in cell:
                bugs[check.kind.name, cell["bug"]] += 1
                continue
            row, column, text = map(showable, (cell["row"], cell["column"], cell["text"]))
            entry = Entry(row, column, text, self.tally.outcome(nodeid))
            entries.setdefault(check.kind.name, []).append(entry)
        verbosity = self.config.get_verbosity()
        for kind, several in entries.items():
            if verbosity < 0 and all(entry.outcome is Outcome.PASSED for entry in several):
                continue
            title = f"{inventory.name}: {kind}" if len(self.names) > 1 else kind
            lines = matrix(title, several, reporter._tw.fullwidth - 1, whole=verbosity > 0)
            for line in [[], *lines] if lines else []:
                for text, style in line:
                    reporter.write(text, **({style: True} if style else {}))
                reporter.write_line("")
        for (kind, bug), number in bugs.items():
            what = f"{count(number, 'check')} cannot be shown in a table: its plugin raised {bug} (a bug: report it)"
            _write(reporter, f"{kind}: {what}", 0)

    def _write_sketches(self, reporter: TerminalReporter) -> None:
        for nodeid in self.tally.planned:
            if lines := self.tally.sketches.get(nodeid):
                reporter.write_line("")
                reporter.write_line(nodeid.partition("::")[2], bold=True)
                for line in lines:
                    reporter.write_line(line)

    def _in_a_matrix(self, inventory: Inventory) -> Iterable[tuple[Check, str]]:
        """The planned checks of kinds that have a matrix, in the order of the inventory, and their node ids."""
        found = ((self._check(inventory, nodeid), nodeid) for nodeid in self.tally.planned)
        planned = {check.id: nodeid for check, nodeid in found if check is not None and check.kind.cell is not None}
        return [(check, planned[check.id]) for check in inventory.checks.values() if check.id in planned]

    def _check(self, inventory: Inventory, nodeid: str) -> Check | None:
        path, _, check_id = nodeid.partition("::")
        check = inventory.checks.get(check_id)
        return check if check is not None and _is(self.config.rootpath, path, check.home) else None

    def _without_turn(self, nodeid: str) -> Record | None:
        for inventory in self.inventories:
            if check := self._check(inventory, nodeid):
                return record_of(check, Result(check.key, None, (NotChecked(NO_TURN),)), inventory.masker)
        return None

    def _write_group(self, reporter: TerminalReporter, outcome: Outcome, group: Group) -> None:
        reporter.write_line("")
        reporter.write(f"{spoken(outcome):<12} ", bold=True, **{"red" if outcome is Outcome.FAILED else "yellow": True})
        if group.cause:
            verb = ": blocks" if outcome is Outcome.NOT_CHECKED else ":"
            _write(reporter, f"{group.cause}{verb} {count(len(group.records), 'check')}", 13)
        else:
            _write(reporter, self._named(group.records[0]), 13)
            _write(reporter, " " * 13 + headline(group.records[0]), 13)
        waivers = [record["waiver"] for record in group.records if "waiver" in record]
        for decision in dict.fromkeys(map(decided, waivers)) if outcome is Outcome.WAIVED else ():
            _write(reporter, " " * 13 + decision, 13)
        for reason in group.records[0]["reasons"] if outcome is Outcome.WARNED else ():
            for text in (reason.get("consequence"), reason.get("next_step")):
                if text:
                    _write(reporter, " " * 13 + text, 13)
        if not group.cause or self.config.get_verbosity() < 0:
            return
        listed = group.records if self.config.get_verbosity() > 0 else group.records[:MOST_LISTED]
        for record in listed:
            _write(reporter, " " * 13 + self._named(record), 17)
        if len(listed) < len(group.records):
            reporter.write_line(f"{' ' * 13}... and {len(group.records) - len(listed)} more (-v lists them)")

    def _named(self, record: Record) -> str:
        owner = f"  [{record['owner']}]" if record["owner"] else ""
        whose = f"{record['inventory']}: " if len(self.names) > 1 and record["inventory"] else ""
        return f"{whose}{record['id']}{owner}  {record['place']}".rstrip()


@lru_cache(maxsize=256)
def _is(root: Path, path: str, home: Path) -> bool:
    """Whether a node id's path means this file; outside of pytest's root it is relative to some argument."""
    return root / path == home if home.is_relative_to(root) else str(home).endswith(path)


def _write(reporter: TerminalReporter, text: str, indent: int) -> None:
    """Write a line, wrapped to the terminal; continuation lines stand `indent` in."""
    start = len(text) - len(text.lstrip())
    wrapped = textwrap.wrap(
        text.strip(),
        max(40, reporter._tw.fullwidth - 1),
        initial_indent=" " * (start or indent),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    reporter.write_line("\n".join(wrapped)[0 if start else indent :])
