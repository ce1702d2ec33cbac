"""A YAML document as plain values, each with its place.

A file is data only: anchors and aliases (which can expand without bound), tags and second documents are refused, and so
is what is larger or nests deeper than a persona can be. YAML 1.2, https://yaml.org/spec/1.2.2/.
"""

import io
import math
import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from companion.errors import BlueprintError

MOST_DEPTH = 16
MOST_EVENTS = 10_000
MOST_LISTED = 20
Place = tuple[int, int]  # line and column, from 1
Loc = tuple[str | int, ...]
Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, and where: line and column count from 1."""

    line: int
    column: int
    text: str


def refusal(source: str, problems: list[Problem]) -> BlueprintError:
    """The error that lists the problems of a file, first one first, and counts those beyond the twentieth."""
    told = [f"line {p.line}, column {p.column}: {p.text}" for p in sorted(set(problems))]
    if len(told) == 1:
        return BlueprintError(f"{source}, {told[0]}{'' if told[0].endswith('?') else '.'}", hint="Correct the line and try again.")
    listed = "; ".join(told[:MOST_LISTED]) + (f"; and {len(told) - MOST_LISTED} more" if len(told) > MOST_LISTED else "")
    return BlueprintError(f"{source} has {len(told)} problems: {listed}.", hint="Correct these lines and try again.")


def place_of_byte(data: bytes, index: int) -> Place:
    """Line and column of a byte."""
    head = data[:index]
    return head.count(b"\n") + 1, index - (head.rfind(b"\n") + 1) + 1


def compose(text: str, source: str) -> Node:
    """The node tree, once a look at the flat stream of events has shown that it is bounded and plain.

    Raises:
        BlueprintError: it is not YAML, is empty, or holds what a file of plain data does not need.
    """
    yaml = YAML(typ="safe", pure=True)
    problems: list[Problem] = []
    depth = documents = 0
    try:
        for count, event in enumerate(yaml.parse(io.StringIO(text))):
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            if count > MOST_EVENTS:
                raise refusal(source, [Problem(*place, "there are more entries before this than a persona can have")])
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents == 2:
                    problems.append(Problem(*place, "a second document begins; a file holds one persona"))
            if isinstance(event, NodeEvent) and event.anchor is not None:
                mark = "*" if isinstance(event, AliasEvent) else "&"
                name = f"{mark}{shorten(event.anchor)}"
                problems.append(Problem(*place, f"`{name}` is an anchor or alias, and these are not allowed; write the text out"))
            if isinstance(event, CollectionStartEvent):
                depth += 1
                if depth > MOST_DEPTH:
                    raise refusal(source, [Problem(*place, "lists and groups are nested too deeply")])
            elif isinstance(event, CollectionEndEvent):
                depth -= 1
        if problems:
            raise refusal(source, problems)
        root: Node | None = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        # the parser's own words name what it met; the advice covers what people get wrong
        why = " ".join(part for part in (error.context, error.problem) if part)
        says = f"this is not valid YAML ({why}); check the indentation, the colons and the quotes"
        raise refusal(source, [Problem(line, column, says)]) from error
    except ReaderError as error:
        place = place_of_byte(text.encode(), len(text[: error.position].encode()))
        raise refusal(source, [Problem(*place, "there is a control character, which YAML does not allow")]) from error
    except (YAMLError, ValueError, OverflowError) as error:
        raise BlueprintError(f"{source} is not valid YAML.", hint="Start from a copy of a persona that works.") from error
    if root is None:
        raise BlueprintError(f"{source} is empty.", hint="Start from a copy of a persona that works.")
    return root


class Reading:
    """Turns nodes into plain values and remembers where each key and value stood."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._values: dict[Loc, Place] = {}
        self._keys: dict[Loc, Place] = {}

    def value(self, node: Node, loc: Loc) -> Plain:
        """A node's plain value; what is wrong with it is added to `problems`."""
        place = self._values[loc] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, MappingNode):
            self._check_tag(node, "map", place)
            return {key: self.value(child, (*loc, key)) for key, child in self._pairs(node, loc)}
        if isinstance(node, SequenceNode):
            self._check_tag(node, "seq", place)
            return [self.value(child, (*loc, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, place)

    def _pairs(self, node: MappingNode, loc: Loc) -> list[tuple[str, Node]]:
        pairs: dict[str, Node] = {}
        for key_node, child in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, ScalarNode) or not key_node.value or _broken(key_node.value):
                self.problems.append(Problem(*place, "a key must be a word"))
                continue
            key = key_node.value
            if key in pairs:
                first = self._keys[(*loc, key)][0]
                self.problems.append(Problem(*place, f"`{shorten(key)}` appears twice; it is already on line {first}"))
                continue
            self._keys[(*loc, key)] = place
            pairs[key] = child
        return list(pairs.items())

    def _check_tag(self, node: Node, expected: str, place: Place) -> None:
        if node.tag != f"tag:yaml.org,2002:{expected}":
            self.problems.append(Problem(*place, f"the tag `{shorten(str(node.tag))}` is not allowed; write the value alone"))

    def _scalar(self, node: Node, place: Place) -> Plain:
        text: str = node.value
        kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on", "y")
        if kind in ("int", "float"):
            return self._number(text, kind, place)
        if kind not in ("str", "timestamp", "merge", "value"):
            self.problems.append(Problem(*place, f"the tag `{shorten(str(node.tag))}` is not allowed; write the value alone"))
        if _broken(text):
            self.problems.append(Problem(*place, "there is half of a character, an escape such as \\ud800 without its partner"))
            return ""
        return text

    def _number(self, text: str, kind: str, place: Place) -> Plain:
        digits = text.replace("_", "")
        try:
            if len(digits) > 40:
                raise ValueError(digits)
            number = int(digits, 0 if re.match(r"[-+]?0[xob]", digits) else 10) if kind == "int" else float(digits)
            if math.isfinite(number):
                return number
        except ValueError:
            pass  # told below, with the infinite ones
        self.problems.append(Problem(*place, f"`{shorten(text)}` is not a number that can be used here; if it is text, put it in quotes"))
        return 0

    def place_of(self, loc: Loc) -> Place:
        """Where a key stands, or a list's entry; else the nearest group around it."""
        while loc and loc not in self._values:
            loc = loc[:-1]
        return self._keys.get(loc) or self._values.get(loc, (1, 1))


def shorten(text: str) -> str:
    """Sixty characters at most, for quoting in a message."""
    return text if len(text) <= 60 else text[:59] + "…"


def _broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
