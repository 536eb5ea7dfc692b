"""What a plugin offers: a `Domain` with its `Section` of the inventory and its `Kind`s of checks.

    inventory YAML --> Check --> probe --> Observation --> judge --> Finding*
      (Section)        (plan)   (all I/O)  (frozen data)   (pure)    (reasons)

Nothing here imports pydantic or a network client: a `Domain` is made in every pytest run, and loads
its `Section` only when an inventory has that section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from preflight.finding import Finding, NotChecked

if TYPE_CHECKING:
    from preflight.errors import Problem
    from preflight.inventory import Ground
    from preflight.model import CheckSpec
    from preflight.source import Mark
    from preflight.waiver import Waiver

Key = tuple[str, str]  # inventory name, check id: unique in a run; opaque to probes
S = TypeVar("S", bound="CheckSpec")
O = TypeVar("O")  # noqa: E741  the O of Observation, as in DESIGN's Kind[S, O]


class Sink(Protocol):
    """Where a probe hands in what it saw, check by check, as soon as it is known."""

    @property
    def stopped(self) -> bool:
        """True once nobody waits for more: a probe that looks at it ends early."""

    def __call__(self, key: Key, observation: Any) -> None:
        """Hand in one check's observation, or a `NotChecked`. A second one for a check is ignored."""

    def progress(self, key: Key, share: float, doing: str) -> None:
        """Say how far a long observation is (0 to 1), and what it is at: shown while somebody waits, and now and then
        kept in the ledger, for who follows that; not under xdist, where it stays in its worker."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run saw of a check, and when that was written down; its secrets are masked."""

    at: datetime
    observation: Any


@dataclass(frozen=True, eq=False)
class Recorded:
    """What a recorded run saw of an inventory; its secrets are masked.

    Attributes:
        run: the name of its folder.
        inventory, environment: whose checks these are.
        at: when it was begun.
        seen: by the ids of checks, what was observed, as JSON has it.
    """

    run: str
    inventory: str
    environment: str
    at: datetime
    seen: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch(Generic[S]):
    """Checks with the same probe and the same `shared`: the unit of I/O. Pickles.

    Kinds may have one probe between them, so that what they all look at is looked at once.

    Attributes:
        kind: of the first check, and of all, unless several have that probe.
        checks: pairs of the check's key and its spec.
        shared: what they have in common, such as a connection or a vantage point.
        deadline: `time.time()` after which nobody waits for an observation; None if there is none.
        past: what `earlier` asks.
    """

    kind: Kind[S, Any]
    checks: tuple[tuple[Key, S], ...]
    shared: Any
    deadline: float | None = None
    past: Callable[[Kind[S, Any], Sequence[Key]], Iterator[Mapping[Key, Earlier]]] | None = None

    def earlier(self) -> Iterator[Mapping[Key, Earlier]]:
        """What was observed of these checks before: a mapping for each run, the newest first, read when asked for.

        A run of which nothing can be believed or understood is left out; so is what it did not observe. Empty where
        the ledgers are not: for a batch that is probed on another machine, or in a test. Of a batch of several kinds,
        only what is of the batch's own is understood.
        """
        return self.past(self.kind, [key for key, _ in self.checks]) if self.past is not None else iter(())


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a check stands in its kind's matrix, and what is written there: `web-1`, `db-1:5432`, `open`."""

    row: str
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """What was seen, side by side: DNS answers by server, two environments key by key. Reports lay it out.

    Attributes:
        caption: what it shows, in a few words.
        columns: the head of each column.
        rows: as many texts in each as there are columns; the first names the row.
        wrong: which of the rows (from 0) show what should not be so.
        unknown: which of them show why something was not seen.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wrong: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when something has to be decided, done or said again, and what: `whether to go back`."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Kind(Generic[S, O]):
    """A sort of check. Its functions stand at module level, so that batches pickle.

    Attributes:
        name: `domain.noun`, such as `dns.record`.
        spec: the pydantic model of one entry.
        observation: the frozen dataclass a probe makes; plain data that serialises to JSON.
        target: what a check is about, unique among the kind's checks: `shop.example.com/A`.
        probe: does all I/O of a batch and hands each observation to the sink.
        judge: pure; the reasons why an observation does not meet the spec. Empty is a pass.
        contacts: for `--plan`: what would be contacted for a check, from where, as whom; one line.
        cell: pure; the check's place in the matrix that the summary shows of a kind with several rows. The
            observation is None where there is none. What went wrong is marked there by the core: the text is
            only what was seen, short, and empty if nothing was.
        figure: pure; a picture of what was observed, and of what it means for the spec, as one SVG element that
            stands in a page as well as by itself: without scripts, and without ids. Empty if there is nothing to show.
        sketch: pure; what was observed as lines of text, so many columns wide, that the summary shows of a check
            whatever became of it; the last argument asks for all that there is to show, as `-v` does.
        table: pure; what was observed as rows of texts for reports, those marked that do not meet the spec. None if
            there is nothing to lay side by side.
        deadline: pure; by when somebody has to decide or do something about what was observed, whatever became of the
            check. None if there is nothing to decide. Reports show it on the cutover's line of time.
    """

    name: str
    spec: type[S]
    observation: type[O]
    target: Callable[[S], str]
    probe: Callable[[Batch[S], Sink], None]
    judge: Callable[[S, O], Sequence[Finding | NotChecked]]
    contacts: Callable[[S, Any], str]
    cell: Callable[[S, O | None], Cell] | None = None
    figure: Callable[[S, O], str] | None = None
    sketch: Callable[[S, O, int, bool], Sequence[str]] | None = None
    table: Callable[[S, O], Table | None] | None = None
    deadline: Callable[[S, O], Deadline | None] | None = None

    @property
    def domain(self) -> str:
        return self.name.partition(".")[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return Kind, tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Expectation(Generic[S]):
    """A spec, the kind it belongs to, and what it shares with others of its batch (hashable)."""

    kind: Kind[S, Any]
    spec: S
    shared: Any = None


@dataclass(frozen=True, slots=True)
class Survey:
    """Something that an environment has and another one may have differently: a database, its DNS records.

    Whoever compares environments takes it from both, and knows nothing of what it is. `take` stands at module level or
    is a `functools.partial` of what does, so that surveys pickle.

    Attributes:
        name: within its section: `orders`. What has the same name in both environments is compared.
        contacts: for `--plan`: what would be contacted, from where, as whom; one line.
        take: does all I/O, until `deadline` (`time.time()`) or `stopped()`; gives (path, value) pairs.
    """

    name: str
    contacts: str
    take: Callable[[float | None, Callable[[], bool]], Taken | NotChecked]


# What a survey saw, one pair for each fact: `(("table", "orders", "column", "email"), "text")`; or why it was not seen.
Taken = Sequence[tuple[tuple[str, ...], str | int | float | bool | NotChecked | None]]


@dataclass(frozen=True, slots=True)
class Section:
    """A domain's part of the inventory.

    Attributes:
        model: what pydantic validates the section's value against: a model, or `list[Spec]`, ...
        kinds: every kind the section can hold.
        expectations: the section's checks, in the order of the file; a `Problem` where the validated
            section contradicts the rest of the inventory (an unknown host, ...).
        surveys: what there is to compare with another environment.
        compares: it compares with another environment: it is what `--against` is for, and it is left out of an
            inventory that is itself compared with.
    """

    model: Any
    kinds: tuple[Kind[Any, Any], ...]
    expectations: Callable[[Any, Ground], Iterable[Expectation[Any] | Problem]]
    surveys: Callable[[Any, Ground], Iterable[Survey]] | None = None
    compares: bool = False


@dataclass(frozen=True, slots=True)
class Domain:
    """What the hook `pytest_preflight_domain` returns. `load` imports whatever the domain needs."""

    name: str
    section: str
    load: Callable[[], Section]


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of an inventory: fixed before the first probe runs.

    Attributes:
        inventory: the name of its inventory.
        id: `kind[target]`, unique in its inventory.
        mark: where its entry stands.
        home: the inventory's own file it is collected under.
        digest: of its entry as written, before `vars` had their values; empty if it was written nowhere.
        waiver: somebody's decision to go in spite of it.
    """

    inventory: str
    id: str
    kind: Kind[Any, Any]
    spec: Any
    shared: Any
    mark: Mark
    home: Path
    digest: str = ""
    waiver: Waiver | None = None

    @property
    def key(self) -> Key:
        return self.inventory, self.id

    def counts_in(self, phase: str) -> bool:
        """Whether it must be true in this phase of the cutover; in every one, if it names none."""
        return not self.spec.phase or phase in self.spec.phase
