"""XML with expat, which knows lines and fetches nothing.

    <Connector port="8080"><name>a</name></Connector>       ("Connector", "@port") "8080", ("Connector", "name") "a"

Elements of one name in one place are a list. Entities of a file's own are refused: few configurations have any, and
they are how a small text becomes a huge one. (defusedxml does no more, and gives no lines.)
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from preflight_drift.model import Fact
from preflight_drift.parsers.nodes import DEEPEST, Leaf, Node, facts_of, mapping
from preflight_drift.parsers.unparsed import UnparsedError


def parse(text: str) -> Iterator[Fact]:
    reader = _Reader()
    try:
        reader.expat.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise UnparsedError(error.lineno, f"not XML: {expat.ErrorString(error.code)}") from None
    return facts_of(mapping(reader.open[0].below, 1))


class _Element:
    __slots__ = ("below", "line", "name", "text", "text_line")

    def __init__(self, name: str, line: int) -> None:
        self.name = name
        self.line = line
        self.below: list[tuple[str, Node]] = []
        self.text = ""
        self.text_line = line


class _Reader:
    def __init__(self) -> None:
        # The text is known by now: a declaration such as encoding="latin1" speaks of the file's bytes.
        self.expat = expat.ParserCreate("utf-8")
        self.expat.ordered_attributes = True
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._text
        self.expat.EntityDeclHandler = self._refuse
        self.expat.SkippedEntityHandler = self._refuse
        self.expat.ProcessingInstructionHandler = self._instruction
        self.open = [_Element("", 1)]

    def _start(self, name: str, attributes: list[str]) -> None:
        self._end_text()
        line = self.expat.CurrentLineNumber
        if len(self.open) > DEEPEST:
            raise UnparsedError(line, f"nested deeper than {DEEPEST} levels")
        element = _Element(name, line)
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        element.below = [(f"@{key}", Leaf(value, line)) for key, value in pairs]
        self.open.append(element)

    def _text(self, text: str) -> None:
        element = self.open[-1]
        if not element.text.strip():
            element.text_line = self.expat.CurrentLineNumber
        element.text += text

    def _end_text(self) -> None:
        element = self.open[-1]
        if text := element.text.strip():
            element.below.append(("#text", Leaf(text, element.text_line)))
        element.text = ""

    def _end(self, name: str) -> None:
        self._end_text()
        element = self.open.pop()
        below = element.below
        simple = len(below) == 1 and below[0][0] == "#text"
        node = below[0][1] if simple else mapping(below, element.line) if below else Leaf("", element.line)
        self.open[-1].below.append((name, node))

    def _instruction(self, target: str, data: str) -> None:
        self._end_text()
        self.open[-1].below.append((f"?{target}", Leaf(data, self.expat.CurrentLineNumber)))

    def _refuse(self, *_declaration: object) -> None:
        raise UnparsedError(self.expat.CurrentLineNumber, "entities of the file's own are not read")
