"""Blueprint files: YAML in, YAML out, and every mistake named by its line.

Reading finds each key and value with its place (`nodes`), brings what is of an older format up to date (`migrations`), hands
plain values to the blueprint's own validation, and puts what that says into plain words (`complaints`). Comments are for
people who edit by hand; writing a blueprint writes its values in the newest format and keeps no comments.
"""

import io
import json
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from companion.errors import BlueprintError, StorageError
from companion.persona.atomic import write_atomically
from companion.persona.blueprint import Blueprint
from companion.persona.complaints import complaints
from companion.persona.migrations import is_newer, migrated, too_new
from companion.persona.nodes import Plain, Problem, Reading, compose, place_of_byte, refusal

MOST_BYTES = 256 * 1024
BRIEF = ("goals", "rules", "relationship", "memory", "lorebook", "visual", "voice")  # only what is set is written


def read_blueprint(path: Path) -> Blueprint:
    """Reads one persona file.

    Raises:
        BlueprintError: the file is not a valid blueprint; the message names the line of each problem.
        StorageError: the file cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{path.name} cannot be read: {why}.", hint="Check that the file is there and may be read.") from error
    return parse_blueprint(data, source=path.name)


def parse_blueprint(data: bytes, *, source: str) -> Blueprint:
    """Reads a blueprint from the bytes of a YAML document.

    Args:
        data: UTF-8, at most 256 KiB.
        source: the file's name, for messages.

    Raises:
        BlueprintError: listing every problem, first one first.
    """
    if len(data) > MOST_BYTES:
        raise BlueprintError(f"{source} is larger than {MOST_BYTES // 1024} KiB.", hint="A persona is a few pages; shorten the file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(source, [Problem(*place_of_byte(data, error.start), "there is a character that is not UTF-8")]) from error
    root = compose(text, source)
    reading = Reading()
    values = reading.value(root, ())
    if reading.problems:
        raise refusal(source, reading.problems)
    if isinstance(values, dict):
        if is_newer(values.get("format")):
            raise too_new(str(values["format"]), "{}, line {}, column {},".format(source, *reading.place_of(("format",))))
        values = migrated(values)
    try:  # strict JSON mode: lists become tuples, whole numbers become floats, and nothing else is bent into shape
        return Blueprint.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise refusal(source, complaints(error.errors(include_url=False), reading)) from error


def format_blueprint(blueprint: Blueprint) -> str:
    """A blueprint as YAML; reading it back gives an equal blueprint.

    Every value is written out, but for the sections where hardly any is ever set, such as an entry of the lorebook.
    """
    whole = blueprint.model_dump(mode="json", exclude_none=True)
    brief = blueprint.model_dump(mode="json", exclude_none=True, exclude_defaults=True, include=set(BRIEF))
    values = {key: brief.get(key) if key in BRIEF else value for key, value in whole.items() if key not in BRIEF or key in brief}
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 1_000_000  # never fold: one value, one line
    yaml.indent(mapping=2, sequence=2, offset=0)
    out = io.StringIO()
    yaml.dump(_styled(values), out)
    return out.getvalue()


def write_blueprint(path: Path, blueprint: Blueprint) -> None:
    """Writes a persona file so that a reader sees the old one or the new one, never half of it.

    Raises:
        BlueprintError: it would be too large to be read back.
        StorageError: the folder cannot be written.
    """
    data = format_blueprint(blueprint).encode()
    if len(data) > MOST_BYTES:
        raise BlueprintError(f"{path.name} would be larger than {MOST_BYTES // 1024} KiB.", hint="Shorten the background or the examples.")
    write_atomically(path, data)


def _styled(value: Plain) -> object:
    """Chooses how each text is written: paragraphs as blocks, odd characters quoted, the rest plainly."""
    if isinstance(value, dict):
        return {_styled(key): _styled(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_styled(child) for child in value]
    if isinstance(value, str):
        lines = value.split("\n")
        if not all(line.isprintable() for line in lines):
            return DoubleQuotedScalarString(value)
        if len(lines) > 1:
            plain = all(line == line.strip() for line in lines)
            return LiteralScalarString(value) if plain else DoubleQuotedScalarString(value)
    return value
