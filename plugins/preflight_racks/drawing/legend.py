"""How the states of a unit are called, and the marks by which text tells them apart: ASCII, for any log."""

from __future__ import annotations

from collections.abc import Iterable

from preflight_racks.elevation import Block, State

# In the order in which they are explained.
MARKS: dict[State, str] = {
    "proposed": "+",
    "other": "*",
    "occupied": "#",
    "blank": "~",
    "ours": "=",
    "theirs": "-",
    "expired": ":",
    "blocked": "X",
    "clash": "!",
    "free": ".",
}
MEANINGS: dict[State, str] = {
    "proposed": "proposed",
    "other": "proposed for another group",
    "occupied": "occupied",
    "blank": "blanking panel",
    "ours": "reserved for us",
    "theirs": "reserved",
    "expired": "reservation expired",
    "blocked": "blocked",
    "clash": "several at once",
    "free": "free",
}


def occurring(blocks: Iterable[Block]) -> list[State]:
    """The states that there are, in the order of the legend."""
    present = {block.state for block in blocks}
    return [state for state in MARKS if state in present]


def caption(block: Block) -> str:
    """What is written in a block."""
    match block.state:
        case "free" | "blocked":
            return block.state
        case "ours" | "theirs":
            return f"for {block.label}"
        case "expired":
            return f"was for {block.label}"
        case _:
            return block.label or MEANINGS[block.state]
