"""Where in a text are secrets, whatever its name: PEM keys, tokens by their prefixes, URLs, options of commands.

And which values of a secret's name are none: references to where it is kept, paths, and words such as `yes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from preflight.secret import MASK
from preflight_drift.secret_names import is_secret

Span = tuple[int, int]

PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}
    | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
    | gl(?:pat|ptt|dt|rt|cbt|agent|soat|ft)-[A-Za-z0-9_.\-]{16,}
    | xox[a-z]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}
    | eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?
    | (?:sk|rk|pk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,} | sk-(?!ssh-|ecdsa-)[A-Za-z0-9_-]{20,}
    | AIza[0-9A-Za-z_-]{35} | ya29\.[0-9A-Za-z_-]{10,} | GOCSPX-[0-9A-Za-z_-]{10,}
    | npm_[A-Za-z0-9]{20,} | pypi-[A-Za-z0-9_-]{20,} | dckr_pat_[A-Za-z0-9_-]{20,} | do[opr]_v1_[a-f0-9]{32,}
    | hv[sbr]\.[A-Za-z0-9_-]{20,} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
    | sh(?:pat|pss|pca|ppa)_[a-fA-F0-9]{20,} | AGE-SECRET-KEY-1[0-9A-Z]{20,} | glsa_[A-Za-z0-9_]{20,}
    )
    | \$(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|apr1|argon2(?:id|i|d)|pbkdf2[\w-]*|scrypt|bcrypt-sha256)\$[^\s:"',;]{8,}
    | \{(?:SSHA|SHA|SSHA512|SSHA256|CRYPT|PBKDF2[\w-]*|SMD5|MD5|ARGON2)(?:\.[\w]+)?\}[A-Za-z0-9+/=$.]{8,}
    | SCRAM-SHA-256\$[^\s"',;]+""",
    re.VERBOSE,
)
# RFC 3986 has no "/" in the user's part, people do; a number before one is a port.
_USERINFO = re.compile(
    r"""[A-Za-z][A-Za-z0-9+.-]*://(?:[^\s"'<>/:@?#]*:(?P<password>(?!\d{1,5}/)[^\s"'<>]{1,4096})|(?P<token>[^\s"'<>/:@?#]{16,}))@"""
)
# The value is looked for apart: it may be an assignment itself (`wrong: password=x`).
_NAMED = re.compile(r"""(?<![\w.-])-{0,2}(?P<name>[A-Za-z_][\w.-]*)["']?\]?\s*(?:=>|:=|=(?!=)|:(?![:/]{2}))\s*""")
_VALUE = re.compile(
    r"""\$?"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s;,&"'<>{}()|][^\s;,&"'<>|]*|\$\{[^}\s]*\}""", re.DOTALL
)
# A directive's arguments: `set $api_key x`, `SetEnv DB_PASSWORD x`, `user bob insecure-password x groups a`. After a
# name that is a word of English, anything more makes it a sentence.
_ARGUMENTS = re.compile(r"""\$?(?P<name>[A-Za-z][\w-]*)\s+(?P<value>"[^"]*"|'[^']*'|\S+)(?P<rest>.*)""", re.DOTALL)
_OPTION = re.compile(r"""(?<!\S)(?P<name>--?[A-Za-z][\w-]*)\s+(?P<value>"[^"]*"|'[^']*'|[^\s-]\S*)""")
_AUTHORIZATION = re.compile(
    r"""(?i:authorization["']?\s*[:=,]?\s*["']?(?:bearer|basic|token|digest)\s+)(?P<value>[^\s"',;]+)
    |\b(?:Bearer|Basic|bearer|basic)\s+(?P<other>(?=[a-z]*[^a-z\s])[A-Za-z0-9+/=._~-]{12,})""",
    re.VERBOSE,
)
_SQL = r"""(?i)\b(?:identified\s+(?:with\s+\S+\s+)?by|password)\s+(?P<value>'[^']*'|"[^"]*")"""
_COMMANDS = tuple((word, re.compile(pattern)) for word, pattern in (
    ("curl", r"""\bcurl\b.{0,400}?\s(?:-u\s*|--user[ =]|--proxy-user[ =])["']?[^\s:"']+:(?P<value>[^\s"']+)"""),
    ("mysql", r"""\bmysql[\w-]*\b(?:\s+\S{1,200}){0,20}?\s-p["']?(?P<value>[^\s"']+)"""),
    ("mariadb", r"""\bmariadb[\w-]*\b(?:\s+\S{1,200}){0,20}?\s-p["']?(?P<value>[^\s"']+)"""),
    ("sshpass", r"""\bsshpass\s+-p\s*["']?(?P<value>[^\s"']+)"""),
    ("redis-cli", r"""\bredis-cli\b.{0,400}?\s-a\s+["']?(?P<value>[^\s"']+)"""),
    ("auth", r"""(?:^|\s)auth\s+[\w.@-]+:(?P<value>\S+)"""),  # HAProxy: stats auth bob:...
    ("identified", _SQL),
    ("password", _SQL),
))  # fmt: skip
# Nearly every text has none of these, and needs no closer look: what a token begins with, and a part of every name of a
# secret (in lower case). Plain searches for many words are faster than one expression for all of them.
_BEGINNINGS = (
    "AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glptt-",
    "gldt-", "glrt-", "glcbt-", "glagent-", "glsoat-", "glft-", "xox", "xapp-", "eyJ", "sk_", "rk_", "pk_", "whsec_",
    "sk-", "AIza", "ya29.", "GOCSPX-", "npm_", "pypi-", "dckr_pat_", "dop_v1_", "dor_v1_", "hvs.", "hvb.", "hvr.",
    "SG.", "shpat_", "shpss_", "shpca_", "shppa_", "AGE-SECRET-KEY-1", "glsa_", "$1$", "$2", "$5$", "$6$", "$7$",
    "$y$", "$gy$", "$md5", "$sha1", "$apr1$", "$argon2", "$pbkdf2", "$scrypt", "$bcrypt", "{SSHA", "{SHA", "{CRYPT",
    "{PBKDF2", "{SMD5", "{MD5", "{ARGON2", "SCRAM-SHA-256",
)  # fmt: skip
STEM = re.compile(
    "pass|pw|secret|token|cred|key|psk|auth|bearer|basic|community|jwt|totp|pepper|mysql|mariadb|redis-cli|curl|identified"
)

_REFERENCE = re.compile(
    r"""\$\{(?:(?:env|file|vault|ssm|sm|vars):)?[A-Za-z_/][\w./-]*\} | \$[A-Z][A-Z0-9_]+ | \$\([A-Z][A-Z0-9_]+\)
    | %\(?(?:env\()?[A-Za-z_][\w.]*\)[s%] | \{\{\s*[A-Za-z_][\w.]*\s*\}\} | env:[A-Z][A-Z0-9_]*
    | (?:vault|ref\+\w+|op|secret|awssm|gcpsm):/{0,2}[a-z][\w.-]*(?:/[\w.-]+)+(?:\#[\w.-]+)?
    | arn:aws[\w-]*:(?:secretsmanager|ssm):[\w:/.+=@-]+ | <%=\s*ENV\[["']\w+["']\]\s*%>
    | (?:file:(?://)?)?/(?:etc|run|var|s?bin|lib|lib64|boot|sys|usr|opt|home|srv|root|mnt|data|proc|dev|app|secrets?|vault|private)(?:/[\w.@-]+)+""",
    re.VERBOSE,
)
_PLAIN_WORDS = {
    "", "*", "!", "!!", "x", "!*", "yes", "no", "on", "off", "true", "false", "none", "null", "{}", "[]", "all",
    "required", "requisite", "sufficient", "optional", "include", "substack", "***",
}  # fmt: skip
# nsswitch.conf(5) has a line `passwd: files systemd`.
_SERVICES = re.compile(r"(?:(?:files|compat|systemd|sss|ldap|nis|nisplus|db|dns|winbind|centrify|extrausers)\s*)+")


def is_plain(value: str) -> bool:
    """Whether the value of a secret's name is none itself."""
    bare = value.strip()
    return bare.lower() in _PLAIN_WORDS or bool(_REFERENCE.fullmatch(bare) or _SERVICES.fullmatch(bare))


def may_have_tokens(text: str) -> bool:
    """Whether anything in it begins like one: to be asked once of a long text rather than of each of its lines."""
    return any(beginning in text for beginning in _BEGINNINGS)


def secrets_in(text: str, tokens: bool | None = None, *, directive: bool = True) -> list[Span]:
    """Where they are, in order, without overlaps.

    Args:
        tokens: `may_have_tokens` of the text or one that it is a part of.
        directive: it may be the arguments of one, `DB_PASSWORD x`.
    """
    if tokens is None:
        tokens = may_have_tokens(text)
    named = ("=" in text or ":" in text or " " in text) and STEM.search(text.lower()) is not None
    url = "://" in text
    if not named and not url and not tokens and "-----BEGIN" not in text:
        return []
    spans: list[Span] = []
    if "-----BEGIN" in text:
        spans += (found.span() for found in PEM.finditer(text))
    if tokens:
        spans += (found.span() for found in _TOKEN.finditer(text))
    if url:
        spans += (found.span(found.lastgroup or 0) for found in _USERINFO.finditer(text))
    if named:
        spans += _named(text, directive)
    return merged(spans)


def _named(text: str, directive: bool) -> Iterator[Span]:
    hidden = 0  # up to where
    for found in _NAMED.finditer(text):
        if found.end() >= hidden and is_secret(found["name"]) and (value := _VALUE.match(text, found.end())):
            hidden = value.end()
            yield from _secret_part(value[0], value.start())
    for found in _OPTION.finditer(text) if "-" in text else ():
        if is_secret(found["name"].lstrip("-")):
            yield from _secret_part(found["value"], found.start("value"))
    first = _ARGUMENTS.match(text) if directive else None
    if first and is_secret(first["name"]) and not (first["rest"] and first["name"].isalpha()):
        yield from _secret_part(first["value"], first.start("value"))
    yield from (found.span(found.lastgroup or 0) for found in _AUTHORIZATION.finditer(text))
    lower = text.lower()
    for word, command in _COMMANDS:
        for found in command.finditer(text) if word in lower else ():
            yield from _secret_part(found["value"], found.start("value"))


def _secret_part(value: str, start: int) -> Iterator[Span]:
    """The value without its quotes, if it is a secret."""
    inner = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    begin, end = (start + 1, start + len(value) - 1) if inner else (start, start + len(value))
    if not is_plain(value[begin - start : end - start]):
        yield begin, end


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, without overlaps and empty ones."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with `***` in the place of each."""
    pieces, last = [], 0
    for start, end in spans:
        pieces += [text[last:start], MASK]
        last = end
    return "".join([*pieces, text[last:]])
