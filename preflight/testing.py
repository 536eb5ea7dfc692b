"""For the tests of a plugin: its section from YAML text, its probe on real systems, its observations as data.

A judge needs no help: it is a pure function, so a table of specs and observations tests it.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter

from preflight.errors import InventoryError
from preflight.finding import NotChecked
from preflight.inventory import Inventory, load
from preflight.kind import Batch, Check, Domain, Key, Kind, Survey
from preflight.model import CheckSpec
from preflight.observe import Handover

S = TypeVar("S", bound=CheckSpec)
O = TypeVar("O")  # noqa: E741  as in preflight.kind


def parse(domain: Domain, text: str, others: Mapping[str, str] = MappingProxyType({})) -> list[Check]:
    """The checks of an inventory with this text, in which no other plugin has a section.

    Args:
        others: the texts of the inventories that it may be compared with, by name.

    Raises:
        InventoryError: it cannot be used. Places in it read `inventory.yaml:2:14`.
    """
    return list(_loaded(domain, text, others).checks.values())


def surveys(domain: Domain, text: str) -> Mapping[str, Survey]:
    """What an inventory with this text has to compare with another one, by `section.name`."""
    return _loaded(domain, text, {}).ground.surveys


def _loaded(domain: Domain, text: str, others: Mapping[str, str]) -> Inventory:
    with TemporaryDirectory() as folder:

        def read(file: str, text: str, **how: Any) -> Inventory:
            path = Path(folder, file)
            path.write_text(text, "utf-8")
            return load("text", path, [domain], **how)

        def elsewhere(name: str) -> Inventory:
            if name not in others:
                raise LookupError(f"there is no inventory {name!r}")
            return read(f"{name}.yaml", others[name], compared=True)

        return read("inventory.yaml", text, elsewhere=elsewhere)


def assert_refused(
    domain: Domain, marked: str, *messages: str, others: Mapping[str, str] = MappingProxyType({})
) -> None:
    """An inventory with this text is refused for these reasons, each at its very place: a `»` stands before it.

    Raises:
        AssertionError: it is not; or a message is not part of the problem found there, in the order of the text.
    """
    pieces = marked.split("»")
    before = ["".join(pieces[:number]) for number in range(1, len(pieces))]
    places = [(text.count("\n") + 1, len(text) - text.rfind("\n")) for text in before]
    try:
        parse(domain, "".join(pieces), others)
    except InventoryError as error:
        if [(problem.mark.line, problem.mark.column) for problem in error.problems] != places:
            raise AssertionError(f"should be refused at {places}: {error}") from None
        for problem, message in zip(error.problems, messages, strict=True):
            if message not in problem.message:
                raise AssertionError(f'"{message}" is not what is said: {problem}') from None
    else:
        raise AssertionError("is not refused")


def spec_of(kind: Kind[S, Any], **fields: object) -> S:
    """A spec from fields as YAML gives them: `spec_of(SPACE, path="/var", free="2 GB")`."""
    return kind.spec.model_validate(fields)


def observe_all(kind: Kind[S, O], *specs: S, shared: Any = None) -> list[O | NotChecked]:
    """Run the kind's probe in this thread, and give what it saw of each spec.

    The specs are one batch, pickled on its way like one that is probed in another process.

    Args:
        shared: what the checks of a batch have in common, as in `Expectation.shared`.

    Raises:
        AssertionError: a spec that nothing, or something else than an observation, was handed in for.
    """
    specs_by_key: dict[Key, S] = {("testing", str(number)): spec for number, spec in enumerate(specs)}
    seen: list[tuple[Key, Any]] = []
    batch = pickle.loads(pickle.dumps(Batch(kind, tuple(specs_by_key.items()), shared)))
    batch.kind.probe(batch, Handover(specs_by_key, seen.append))
    observations = dict(seen)
    for key, spec in specs_by_key.items():
        observed = observations.get(key)
        if not isinstance(observed, kind.observation | NotChecked):
            raise AssertionError(f"the probe of {kind.name} handed in {observed!r} for {kind.target(spec)}")
    return [observations[key] for key in specs_by_key]


def assert_serialises(kind: Kind[Any, O], observation: O) -> None:
    """An observation is recorded as JSON and crosses processes by pickle: it must come back as it was."""
    adapter: TypeAdapter[O] = TypeAdapter(kind.observation)
    from_json = adapter.validate_json(adapter.dump_json(observation))
    for way, back in ("JSON", from_json), ("pickle", pickle.loads(pickle.dumps(observation))):
        if back != observation:
            raise AssertionError(f"{observation!r} came back from {way} as {back!r}")
