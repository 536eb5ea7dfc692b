"""What the lab's servers serve, as the text of zone files; the files are beside this one, to be read with the tests.

`big.test` is written here, so that a test can name its values, and so is `STALE`, by what differs from `EXAMPLE`.
"""

from pathlib import Path


def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.zone").read_text()


EXAMPLE = _text("example.test")
OTHER = _text("other.test")
CHILD = _text("child.example.test")
ELSEWHERE = _text("elsewhere.test")
PARENT = _text("test")
ROOT = _text("root")
REVERSE = _text("113.0.203.in-addr.arpa")

SERIAL = 2026112101
STALE_SERIAL = 2026111501

# Both are larger than 1232 bytes, what NSD sends over UDP at most, and than 512, what it sends without EDNS.
BIG_A = tuple(f"198.51.100.{host}" for host in range(1, 121))
BIG_TXT = tuple(f"value {number:02} of sixty, long enough to fill a datagram" for number in range(60))
BIG = "\n".join(
    [
        "$ORIGIN big.test.",
        "$TTL 300",
        "@ SOA ns1.example.test. hostmaster.example.test. 3 7200 3600 1209600 300",
        "@ NS ns1.example.test.",
        "@ NS ns2.example.test.",
        "small A 198.51.100.1",
        *(f"many A {address}" for address in BIG_A),
        *(f'texts TXT "{text}"' for text in BIG_TXT),
        "",
    ]
)

# A line of example.test (written with single spaces) -> the same line in the older copy; "" where it is missing.
STALE_DIFFERENCES = {
    "@ SOA ns1 hostmaster 2026112101 7200 3600 1209600 300": "@ SOA ns1 hostmaster 2026111501 7200 3600 1209600 300",
    "@ MX 20 mx2": "@ MX 20 mx-old",
    '@ CAA 0 issue "letsencrypt.org"': "",
    "shop A 203.0.113.11": "shop A 203.0.113.12",
    "api A 203.0.113.20": "api A 192.0.2.20",
    "single A 203.0.113.21": "single 86400 A 203.0.113.21",
    "new A 203.0.113.22": "",
    "low 60 A 203.0.113.30": "low 86400 A 203.0.113.30",
    'case TXT "CaseSensitive Value"': 'case TXT "casesensitive value"',
    "www CNAME shop": "www CNAME api",
}


def _older(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for now, before in STALE_DIFFERENCES.items():
        lines[lines.index(now)] = before
    return "\n".join([*lines, "mx-old A 192.0.2.25", "left-over A 192.0.2.99", ""])


STALE = _older(EXAMPLE)
