"""`--accept-drift FILE`: the present differences as rules, for a person to go through.

Each gets the reason TODO, which is a warning until somebody has written a better one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any

import pytest

from preflight.newfile import new_file, write_new
from preflight_drift.checks import FactsSpec
from preflight_drift.comparison import State
from preflight_drift.judge import comparison
from preflight_drift.observation import FactsObservation
from preflight_drift.rules import Rule

HEAD = """\
# Differences between {here} and {there}. Go through them: mend what should not be, take away what you mended, and
# give a reason for what may stay. Then move the rules to where your `drift:` section is.
drift:
  rules:
"""
# What YAML takes as an escape alone (https://yaml.org/spec/1.2.2/#51-character-set), of what JSON leaves as it is.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class Accepting:
    """Follows a run, and writes the file at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self.file = new_file(config, "--accept-drift", "what was compared")
        self.paths: dict[str, tuple[State, Rule | None]] = {}
        self.between = ("", "")
        self.compared = self.unknown = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        report = yield
        result = getattr(item, "result", None)
        if call.when == "setup" and result and isinstance(result.observation, FactsObservation):
            spec: FactsSpec = item.check.spec
            self.between = spec.wording.here, spec.wording.there
            found = comparison(spec, result.observation)
            self.compared += 1
            self.unknown += len(found.unknown)
            for one in found.differences:
                path = item.masker(spec.wording.called_here(one.path))
                self.paths.setdefault(path, (one.state, one.rule))
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.paths:
            why = "there are no differences" if self.compared else "nothing was compared"
            terminalreporter.write_line(f"--accept-drift {self.file}: {why}, and nothing is written")
            return
        ruled = sum(rule is not None for _, rule in self.paths.values())
        rules = (_rule(path, state, rule) for path, (state, rule) in self.paths.items())
        head = HEAD.format(here=self.between[0], there=self.between[1])
        if ruled == len(self.paths):  # comments alone are no list
            head = head.replace("rules:\n", "rules: []\n")
        try:
            write_new(self.file, (head + "".join(rules)).encode())
        except OSError as error:
            terminalreporter.write_line(f"--accept-drift {self.file}: {error.strerror}: nothing is written", red=True)
            return
        broken = f" ({ruled} of them commented out: there are rules already)" if ruled else ""
        number = f"{len(self.paths)} rule{'s are' if len(self.paths) != 1 else ' is'}"
        terminalreporter.write_line(f"{number} written to {self.file}{broken}: go through them, and give reasons")
        if self.unknown:
            terminalreporter.write_line("what could not be compared is not among them")


def _rule(path: str, state: State, rule: Rule | None) -> str:
    line = f"- {{at: {_quoted(path)}, rule: ignore, reason: TODO}}  # {state}"
    # An exact rule would win over the one that is broken, and two of one path are refused.
    return f"    {line}\n" if rule is None else f"    # {line}: {rule.name}, {rule.place}\n"


def _quoted(path: str) -> str:
    """For YAML and for an inventory, in which `${` begins a reference; a `*` of the path stands for anything."""
    quoted = json.dumps(path.replace("${", "$${"), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda character: f"\\u{ord(character[0]):04x}", quoted)
