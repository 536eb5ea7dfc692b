"""The nftables ruleset and the routes that the scenarios need of each machine."""

from collections.abc import Iterator

from .scenarios import SCENARIOS, Filter, Route, Scenario
from .topology import MASQUERADE

_HOOKS = {
    "prerouting": "filter hook prerouting priority filter",
    "input": "filter hook input priority filter",
    "forward": "filter hook forward priority filter",
    "output": "filter hook output priority filter",
    "dstnat": "nat hook prerouting priority dstnat",
    "srcnat": "nat hook postrouting priority srcnat",
}
# A connection is known by its source port, which a retransmitted SYN keeps. Forgotten soon: ports are used again.
_LOSE_ONE_SYN = """
    set lost4 { type ipv4_addr . inet_service; flags dynamic, timeout; timeout 20s; }
    set lost6 { type ipv6_addr . inet_service; flags dynamic, timeout; timeout 20s; }
    chain lose_one_syn {
        tcp flags & (syn | ack) == syn ip saddr . tcp sport != @lost4 add @lost4 { ip saddr . tcp sport } drop
        tcp flags & (syn | ack) == syn ip6 saddr . tcp sport != @lost6 add @lost6 { ip6 saddr . tcp sport } drop
    }"""
# What makes a small MTU a hole: nobody is told.
_TELL_NO_MTU = ("icmp type destination-unreachable icmp code frag-needed drop", "icmpv6 type packet-too-big drop")


def ruleset(machine: str) -> str:
    """For `nft -f -`: every filter that a scenario has on this machine."""
    chains: dict[str, list[str]] = {hook: [] for hook in _HOOKS}
    if machine == "router2":
        chains["output"] += _TELL_NO_MTU
    for scenario in SCENARIOS:
        for need in scenario.needs:
            if isinstance(need, Filter) and need.machine == machine:
                chains[need.chain].append(_rule(scenario, need.statement))
    return f"table inet lab {{{_LOSE_ONE_SYN}\n{''.join(_chain(hook, rules) for hook, rules in chains.items())}}}\n"


def routes(machine: str, family: int) -> Iterator[str]:
    """Lines for `ip -4` or `ip -6`: every route that a scenario has on this machine."""
    for scenario in SCENARIOS:
        for need in scenario.needs:
            if isinstance(need, Route) and (need.machine, scenario.family) == (machine, family):
                yield f"route add {need.kind} {scenario.address}"


def _rule(scenario: Scenario, statement: str) -> str:
    ip, masquerade = ("ip", MASQUERADE.v4) if scenario.family == 4 else ("ip6", MASQUERADE.v6)
    statement = statement.format(ip=ip, masquerade=masquerade)
    return f"{ip} daddr {scenario.address} {scenario.protocol} dport {scenario.port} {statement}"


def _chain(hook: str, rules: list[str]) -> str:
    # None without rules: a nat chain alone would switch connection tracking on.
    if not rules:
        return ""
    lines = "".join(f"        {line}\n" for line in (f"type {_HOOKS[hook]};", *rules))
    return f"    chain {hook} {{\n{lines}    }}\n"
