"""nginx: its files, and what `nginx -T` says, which is all of them, one after the other.

An own lexer: crossplane reads files by path only, follows `include` on the machine it runs on, and goes through
the text character by character. The rules are those of ngx_conf_read_token().
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.directives import Directive, facts_of
from preflight_drift.parsers.nodes import DEEPEST
from preflight_drift.parsers.unparsed import UnparsedError

_FILE = re.compile(r"^# configuration file (.+):$", re.MULTILINE)
_SAID = re.compile(r"(?:nginx: .*\n|\s)*")  # beside the dump: "nginx: configuration file ... test is successful"
_TOKEN = re.compile(
    r"""(?P<newline>\n)|[^\S\n]+|\#[^\n]*
    |(?P<mark>[;{}])
    |(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<word>(?:\$\{|\\.|[^\s;{}"'\\\#])(?:\$\{|\\.|[^\s;{\\])*)""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"""[^\s;{}"'\\#]+""")
_BRACE = re.compile(r"[{}]")
# Statements of the rewrite module run one after the other (https://nginx.org/en/docs/http/ngx_http_rewrite_module.html).
_REWRITE = {"if", "set", "rewrite", "return", "break"}


def parse(text: str) -> Iterator[Fact]:
    dump = text[said.end() :] if (said := _SAID.match(text)) else text
    if not _FILE.match(dump):
        yield from facts_of(_directives(text), _in_order)
        return
    parts = _FILE.split(dump)[1:]
    for name, content in zip(parts[::2], parts[1::2], strict=True):
        try:
            directives = _directives(content.removeprefix("\n"))
        except UnparsedError as error:
            raise UnparsedError(error.line, f"{error.what} (in {name})") from None
        yield from facts_of(directives, _in_order, (name,))


def _in_order(one: Directive) -> bool:
    """Regular expressions are tried in the order of the file; `location` and `map` have them."""
    return one.name in _REWRITE or one.name.startswith("~") or one.label.startswith("~")


def _directives(text: str) -> list[Directive]:
    top: list[Directive] = []
    blocks, opened = [top], [0]
    words: list[str] = []
    line = started = 1
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise UnparsedError(line, "a quote that is not closed")
        position = found.end()
        kind, token = found.lastgroup, found[0]
        if kind == "newline":
            line += 1
        elif kind == "word" or kind == "quoted":
            if not words:
                started = line
            words.append(_bare(token) if kind == "quoted" else token)
            line += token.count("\n")
        elif token == ";":
            if not words:
                raise UnparsedError(line, 'unexpected ";"')
            blocks[-1].append(Directive(words[0], started, " ".join(words[1:])))
            words = []
        elif token == "{":
            if not words:
                raise UnparsedError(line, 'unexpected "{"')
            if words[0].endswith("_by_lua_block"):
                end = _end_of_code(text, position, line)
                blocks[-1].append(Directive(" ".join(words), started, text[position : end - 1].strip()))
                line += text.count("\n", position, end)
                position = end
            else:
                if len(blocks) > DEEPEST:
                    raise UnparsedError(line, f"nested deeper than {DEEPEST} levels")
                block: list[Directive] = []
                blocks[-1].append(Directive(words[0], started, label=" ".join(words[1:]), block=block))
                blocks.append(block)
                opened.append(started)
            words = []
        elif token == "}":
            if words:
                raise UnparsedError(started, 'no ";" at its end')
            if len(blocks) == 1:
                raise UnparsedError(line, 'unexpected "}"')
            _name(blocks.pop(), blocks[-1][-1])
            opened.pop()
    if words:
        raise UnparsedError(started, 'no ";" at its end')
    if len(blocks) > 1:
        raise UnparsedError(opened[-1], 'no "}" for what begins here')
    return top


def _bare(token: str) -> str:
    """Quotes that change nothing are left out: "a" is a, but "a b" is not a b."""
    return token[1:-1] if _PLAIN.fullmatch(token, 1, len(token) - 1) else token


def _name(block: list[Directive], owner: Directive) -> None:
    """A server is known by its first name."""
    if owner.name == "server" and not owner.label:
        named = next((one.value for one in block if one.name == "server_name"), "")
        owner.label = named.split()[0] if named else ""


def _end_of_code(text: str, start: int, line: int) -> int:
    """After the brace that closes a block of Lua, in which braces come in pairs."""
    depth = 1
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    raise UnparsedError(line, 'no "}" for the code that begins here')
