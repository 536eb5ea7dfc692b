"""What a DNS question costs: the exchange of preflight_dns, against a plain loop of dnspython's `dns.query.udp`.

    python benchmarks/dns_exchange.py [--rounds N]

Both ask an NSD on loopback for the same A records, in turns, in this process. At least three times the questions a
second. The last line is for four addresses that agree, as the name servers of a zone do.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import dns.message
import dns.query
import dns.rdatatype
from measure import met, print_table
from preflight_dns.exchange import Exchange, Server
from preflight_dns.wire import Message

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.lab import nsd
from tests.lab.nameserver import NameServer

QUESTIONS = 10_000
GOAL = 3.0
ZONE = "@ 300 SOA ns1 host 1 3600 600 86400 300\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n" + "".join(
    f"h{n} 300 A 10.0.{n >> 8}.{n & 255}\n" for n in range(QUESTIONS)
)


def plain(server: NameServer) -> int:
    questions = QUESTIONS // 4
    for n in range(questions):
        query = dns.message.make_query(f"h{n}.bench.test.", "A")
        assert dns.query.udp(query, server.address, port=server.port, timeout=2).answer
    return questions


def exchanged(*servers: Server) -> int:
    async def ask_all() -> list[object]:
        async with Exchange() as exchange:
            names = [f"h{n}.bench.test." for n in range(QUESTIONS // len(servers))]
            asked = (exchange.ask(on, name, dns.rdatatype.A, recursion=False) for name in names for on in servers)
            return await asyncio.gather(*asked)

    replies = asyncio.run(ask_all())
    assert all(isinstance(reply, Message) and reply.answer for reply in replies)
    return len(replies)


def cost(ask: Callable[[], int]) -> tuple[float, float]:
    """Wall clock and processor time for a question, in microseconds."""
    wall, processor = time.perf_counter(), time.process_time()
    questions = ask()
    return (time.perf_counter() - wall) / questions * 1e6, (time.process_time() - processor) / questions * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="of all three (%(default)s)")
    options = parser.parse_args()
    others = [NameServer(f"127.0.0.{n}", 0) for n in (2, 3, 4)]
    with nsd.running({"bench.test": ZONE}, also=others) as server:
        one = Server("", server.address, server.port)
        four = [one, *(Server("", other.address, server.port) for other in others)]
        ways = {
            "dns.query.udp": lambda: plain(server),
            "exchange, one server": lambda: exchanged(one),
            "exchange, four that agree": lambda: exchanged(*four),
        }
        rounds = [[cost(ask) for ask in ways.values()] for _ in range(options.rounds)]
    rows = []
    for way, costs in zip(ways, zip(*rounds, strict=True), strict=True):
        ratios = [round_[0][0] / wall for round_, (wall, _) in zip(rounds, costs, strict=True)]
        rows.append((way, *(f"{median(column):.0f}" for column in zip(*costs, strict=True)), f"{median(ratios):.1f}"))
        if way == "exchange, one server":
            rows[-1] = (*rows[-1], f">= {GOAL:g}", met(GOAL, median(ratios)))
        else:
            rows[-1] = (*rows[-1], "", "")
    print(f"{QUESTIONS:,} A records, {options.rounds} rounds, medians\n")
    print_table(("", "wall us", "processor us", "times as fast", "goal", ""), rows)


if __name__ == "__main__":
    main()
