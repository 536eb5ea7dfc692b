"""What was seen of a setting: plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_database.catalogue.model import Server, Setting


@dataclass(frozen=True, slots=True)
class SettingObservation:
    """A setting of a server.

    Attributes:
        setting: None if it has none of that name.
        names: those nearest to the one asked for, where there is none.
        hidden: it exists, and may not be seen by the server's `user`.
    """

    server: Server
    setting: Setting | None
    names: tuple[str, ...] = ()
    hidden: bool = False
