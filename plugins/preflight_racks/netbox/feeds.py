"""The feeds of each rack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from preflight_racks.netbox.chain import Reach
from preflight_racks.netbox.rows import Row, by_id, ident, number, text, word
from preflight_racks.netbox.source import NetBox
from preflight_racks.room import Feed, Supply, Wiring


@dataclass(frozen=True, slots=True)
class Plugged:
    """A power port that hangs on a feed.

    Attributes:
        rack: the id of the rack that its device stands in; None if it stands in none.
        draws: False for a PDU, which hands on what others draw.
    """

    rack: int | None
    reach: Reach
    draws: bool


class Feeds:
    """All feeds of a site, and which racks they end in: the one that NetBox says, and those of what draws on them.

    Where there is neither, it is those of the PDUs.
    """

    def __init__(self, source: NetBox, rows: Iterable[Row], plugged: Iterable[Plugged]) -> None:
        self._source = source
        self._rows = by_id(rows)
        self._owned = Counter(ident(row, "rack") for row in self._rows.values())
        self._racks: dict[int, dict[int | None, None]] = {}
        self._plugs: dict[int, str] = {}
        for feed, row in self._rows.items():
            rack = ident(row, "rack")
            self._racks[feed] = {rack: None} if rack is not None else {}
        for each in sorted(plugged, key=lambda each: not each.draws):
            racks = self._racks.get(each.reach.feed)
            if racks is not None:
                racks |= {each.rack: None} if each.draws or not racks else {}
                self._plugs.setdefault(each.reach.feed, each.reach.plug)
        self._by_rack: dict[int | None, list[int]] = {}
        for feed, racks in self._racks.items():
            for rack in racks:
                self._by_rack.setdefault(rack, []).append(feed)

    def of(self, rack: int, racks: Mapping[int, str]) -> tuple[tuple[Feed, ...], list[str]]:
        """The feeds of a rack, and what is wrong with them.

        Args:
            racks: the names of racks, by id.
        """
        trouble: list[str] = []
        feeds = [self._feed(feed, rack, racks, trouble) for feed in self._by_rack.get(rack, ()) if self._feeds(feed)]
        for feed in self._by_rack.get(rack, ()):
            if not self._feeds(feed):
                status = word(self._rows[feed], "status")
                trouble.append(f"feed {self._title(feed)} is {status}: what hangs on it is not known to be fed")
        return tuple(feeds), trouble

    def owned(self, rack: int) -> int:
        """How many say that they are a rack's."""
        return self._owned[rack]

    def supply(self, name: str, reach: Reach | None, rack: int) -> Supply:
        """A power supply of a device in a rack."""
        if reach is None or reach.feed not in self._rows or not self._feeds(reach.feed):
            return Supply(name)
        three = word(self._rows[reach.feed], "phase") == "three-phase"
        return Supply(name, self._name(reach.feed, rack), reach.leg if three else "")

    def _feeds(self, feed: int) -> bool:
        return word(self._rows[feed], "status") in ("active", "")

    def _feed(self, feed: int, rack: int, racks: Mapping[int, str], trouble: list[str]) -> Feed:
        row = self._rows[feed]
        utilization = number(row, "max_utilization")
        made = Feed(
            self._name(feed, rack),
            panel=_panel(row),
            # A DC feed of a telephone exchange has -48 V.
            volts=abs(number(row, "voltage") or 0) or None,
            amps=number(row, "amperage") or None,
            phases=3 if word(row, "phase") == "three-phase" else 1,
            derate=self._source.derate or (utilization / 100 if utilization else 0.8),
            wiring=self._source.wiring or _wiring(self._plugs.get(feed, "")),
        )
        others = [
            racks.get(each, "a rack elsewhere") if each else "no rack" for each in self._racks[feed] if each != rack
        ]
        if not others:
            return made
        trouble.append(
            f"feed {self._title(feed)} also feeds devices in {', '.join(sorted(others))}: how much of it is left for "
            "this rack is not known"
        )
        # A capacity that others draw on as well is not this rack's: unknown, and not all of it.
        return replace(made, volts=None, amps=None)

    def _name(self, feed: int, rack: int) -> str:
        """Its name; with its panel, where the rack has two of that name: names are unique on a panel only."""
        name = text(self._rows[feed], "name")
        alike = [other for other in self._by_rack.get(rack, ()) if text(self._rows[other], "name") == name]
        return f"{_panel(self._rows[feed])}/{name}" if len(alike) > 1 else name

    def _title(self, feed: int) -> str:
        return f"{text(self._rows[feed], 'name')} ({self._source.page('power-feeds', feed)})"


def _panel(row: Row) -> str:
    return text(row, "power_panel", "name") or text(row, "power_panel", "display")


def _wiring(plug: str) -> Wiring:
    """How loads hang on a three-phase feed, by the plug of the PDU: one without a neutral leaves only two lines.

    Wye is taken where the plug says nothing: for each leg it allows the lesser load.
    Plugs: IEC 60309-2; NEMA WD 6 (L15 to L17 have no neutral, L21 to L23 have one); CS8365C is 3P + ground.
    """
    return "delta" if re.search(r"60309-3p-e|nema-(l?15|l16|l17)-|cs8[34]6", plug) else "wye"
