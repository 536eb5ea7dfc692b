"""Where a name server of the lab listens."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NameServer:
    """An address and a port, over UDP and TCP alike. `str()` is what an inventory would say."""

    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"
