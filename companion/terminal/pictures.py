"""`companion picture`: a picture of her, the same once more, pictures painted ahead, which there are, and whether one is really her.

Every command holds the home folder, because pictures are kept in it. What programs read goes to the output as lines of JSON, and
progress beside it.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from companion.errors import CompanionError, InputError
from companion.persona.atomic import write_atomically
from companion.persona.cards.limits import MOST_BYTES
from companion.persona.visual import Outfit, Setting
from companion.shot import WHOLE, Box, Expression, Framing, Gesture, Kind, Light, Picture, Pose, Shot, Time
from companion.terminal.setting import Terminal, terminal_of

if TYPE_CHECKING:
    from companion.persona.library import Persona
    from companion.showing import Again, Showing
    from companion.store.pictures import Pictures
    from companion.warming import Warming

EXIT_NOT_HER = EXIT_NOT_THE_SAME = 1
LOOK_S = 0.2
MOST_LISTED = 10_000
ID_CHARS = 32
Who = Annotated[str, typer.Argument(metavar="SLUG", help="A persona's id, as `companion persona list` shows it.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="A file to write it to as well.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON a picture, for programs.")]


@dataclass(frozen=True, slots=True)
class Pictured:
    """A persona, and what there is for pictures of her."""

    persona: "Persona"
    showing: "Showing"
    pictures: "Pictures"
    warming: "Warming"


def shoot(
    context: typer.Context,
    persona: Who,
    expression: Annotated[Expression, typer.Option(help="The look on her face.")] = "neutral",
    pose: Annotated[Pose, typer.Option(help="How she is placed.")] = "standing",
    gesture: Annotated[Gesture, typer.Option(help="What her hands do.")] = "none",
    setting: Annotated[str, typer.Option(help="A place of hers; empty for her first.")] = "",
    framing: Annotated[Framing, typer.Option(help="How much of her is seen.")] = "half",
    outfit: Annotated[str, typer.Option(help="What she wears; empty for her first outfit.")] = "",
    light: Annotated[Light, typer.Option(help="The light.")] = "soft",
    time_of_day: Annotated[Time, typer.Option("--time", help="The time of day.")] = "day",
    output: Output = None,
    strip: Annotated[
        bool, typer.Option("--strip", help="Leave out of that file how it was made; that it is made by a program stays.")
    ] = False,
    force: Force = False,
) -> None:
    """Paint a picture of her and keep it in the gallery; one line of JSON."""
    if output is not None:
        _refuse(output, force)
    terminal, began = terminal_of(context), time.perf_counter()
    with _pictured(terminal, persona) as she:
        visual = she.persona.blueprint.visual
        place, worn = _named(setting, visual.settings, "place"), _named(outfit, visual.wardrobe, "outfit")
        shot = Shot(expression, pose, gesture, place, framing, worn, light, time_of_day)
        with _bar(terminal.errors) as bar:
            task = bar.add_task(she.persona.blueprint.identity.called, total=100)
            picture = she.showing.shoot(she.persona, shot, kind="studio", told=lambda heard: bar.update(task, completed=100 * heard.share))
        if output is not None:
            write_atomically(output, she.showing.stripped(picture) if strip else she.showing.file(picture).read_bytes())
        told = _as_data(picture) | {"file": str(output or she.showing.file(picture)), "seconds": round(time.perf_counter() - began, 2)}
        typer.echo(json.dumps(told))


def again(
    context: typer.Context,
    picture: Annotated[str, typer.Argument(metavar="ID", help="The id of a picture in the gallery.")],
    output: Output = None,
    force: Force = False,
) -> None:
    """Make a kept picture once more, from what was kept with it, and compare the two; one line of JSON.

    It is not kept a second time. Leaves with 0 if both are the same to the bit, with 1 if not. If a file it was made with was changed,
    it is not painted, and the file is named.
    """
    if output is not None:
        _refuse(output, force)
    terminal, began = terminal_of(context), time.perf_counter()
    with terminal.companion(warm=False) as companion, _bar(terminal.errors) as bar:
        kept = companion.pictures.get(picture)
        persona = companion.library.get(kept.persona_id)
        task = bar.add_task(persona.blueprint.identity.called, total=100)
        made = companion.showing.again(persona, kept, told=lambda heard: bar.update(task, completed=100 * heard.share))
    if output is not None:
        write_atomically(output, made.image)
    known = {"picture": kept.id, "persona": kept.persona_id, "painter": kept.painter, "from": "identity pack" if made.pack else "shot"}
    found = {"same": made.same, "difference": made.difference, "otherwise": made.otherwise}
    typer.echo(json.dumps(known | found | {"file": output and str(output), "seconds": round(time.perf_counter() - began, 2)}))
    terminal.errors.print(_compared(made), markup=False, highlight=False, soft_wrap=True)
    if not made.same:
        raise typer.Exit(EXIT_NOT_THE_SAME)


def warm(
    context: typer.Context,
    persona: Who,
    count: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="How many of the most likely pictures shall be ready.")] = 60,
) -> None:
    """Paint ahead what she is most likely to show; what is ready stays, so that it can be ended at any time. One line of JSON."""
    terminal = terminal_of(context)
    with _pictured(terminal, persona) as she, _bar(terminal.errors) as bar:
        progress = she.warming.warm(she.persona, count=count)
        task = bar.add_task(she.persona.blueprint.identity.called, total=progress.total, completed=progress.done)
        while progress.running:
            progress = she.warming.wait(she.persona.id, LOOK_S) or progress
            bar.update(task, completed=progress.done + progress.failed)
        told = {"persona": she.persona.id, "done": progress.done, "total": progress.total, "failed": progress.failed}
        typer.echo(json.dumps(told | {"bytes": she.pictures.size(she.persona.id)}))
        if progress.error:
            raise CompanionError(progress.error, hint=progress.hint)


def list_(
    context: typer.Context,
    persona: Who,
    kind: Annotated[Kind | None, typer.Option(help="Only those of a kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the pictures of her, the newest first."""
    terminal = terminal_of(context)
    with _pictured(terminal, persona) as she:
        found = she.pictures.list(she.persona.id, kind=kind, limit=MOST_LISTED)
        if as_json:
            for picture in found:
                typer.echo(json.dumps(_as_data(picture) | {"again": she.showing.can_again(picture)}))
        else:
            terminal.console.print(_table(found))
            size, covered = she.pictures.size(she.persona.id), len(she.showing.templates(she.persona))
            terminal.console.print(f"{len(found):,} pictures, {covered:,} ready as she looks now, {size / 10**6:,.1f} MB", highlight=False)


def score(
    context: typer.Context,
    picture: Annotated[str, typer.Argument(metavar="FILE|ID", help="A picture file, or the id of a picture in the gallery.")],
    persona: Who,
) -> None:
    """Say how much the one on a picture is her; one line of JSON. Leaves with 0 if it is her, with 1 if not."""
    from companion.show.protocol import Painted
    from companion.show.uploads import accept

    terminal = terminal_of(context)
    with _pictured(terminal, persona) as she:
        file = Path(picture)
        if file.is_file():
            painted = Painted(accept(_bytes(file), file.name), "image/png", 0, 0)
        else:
            kept = she.pictures.get(picture)
            subject = Box(*kept.record.get("subject", WHOLE))
            painted = Painted(she.showing.file(kept).read_bytes(), kept.media_type, kept.width_px, kept.height_px, subject)
        likeness = she.showing.score(she.persona, painted)
        if likeness is None:
            message = f"There is nothing that shows who {she.persona.blueprint.identity.called} is."
            raise InputError(message, hint="Add reference pictures to her look, or let `sketch` paint her.")
        typer.echo(json.dumps({"picture": picture, "persona": she.persona.id, "holds": likeness.holds} | _rounded(asdict(likeness))))
    if not likeness.holds:
        raise typer.Exit(EXIT_NOT_HER)


@contextmanager
def _pictured(terminal: Terminal, persona_id: str) -> Iterator[Pictured]:
    with terminal.companion(warm=False) as companion:
        persona = companion.library.get(persona_id)
        yield Pictured(persona, companion.showing, companion.pictures, companion.warming)


@contextmanager
def _bar(console: Console) -> Iterator[Bar]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        yield bar


def _named(name: str, there: Sequence[Setting | Outfit], what: str) -> str:
    """A name of the blueprint, whatever its case."""
    found = next((one.name for one in there if one.name.casefold() == name.strip().casefold()), None)
    if name.strip() and found is None:
        names = ", ".join(one.name for one in there)
        raise InputError(
            f'She has no {what} "{name}".', hint=f"Choose one of {names}." if names else f"Add one to her look, or leave the {what} out."
        )
    return found or ""


def _refuse(output: Path, force: bool) -> None:
    if output.exists() and not force:
        raise InputError(f"{output} is there already.", hint="Choose another name, or add --force to write over it.")
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(f"{output} cannot be written: {output.parent} is no folder, or it is one itself.", hint="Choose another name.")


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InputError(f"{file.name} is too large.", hint=f"Choose a picture of up to {MOST_BYTES // 2**20} MB.")
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file.name} cannot be read: {error.strerror}.", hint="Choose another file.") from error


def _compared(made: "Again") -> str:
    how = "" if made.pack else " A drawing needs no identity pack: the same shot of the same look gives the same bytes."
    if made.same:
        return f"It is the same picture to the bit.{how}"
    why = "; ".join(made.otherwise) or "nothing that is known of it has changed"
    return f"It is not the same to the bit, by {made.difference:.4%} on average: {why}.{how}"


def _as_data(picture: Picture) -> dict[str, Any]:
    likeness = picture.likeness and _rounded(asdict(picture.likeness)) | {"holds": picture.likeness.holds}
    known = {"picture": picture.id, "persona": picture.persona_id, "kind": picture.kind, "painter": picture.painter}
    size = {"width_px": picture.width_px, "height_px": picture.height_px, "bytes": picture.size_bytes}
    marks = {"favourite": picture.favourite, "pinned": picture.pinned, "at": picture.created_at.isoformat()}
    return known | {"shot": asdict(picture.shot), "likeness": likeness} | size | marks


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def _table(found: Sequence[Picture]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True, min_width=ID_CHARS)
    table.add_column("kind", no_wrap=True)
    table.add_column("what it shows")
    table.add_column("likeness", justify="right")
    table.add_column("MB", justify="right", no_wrap=True)
    for one in found:
        shown = ", ".join(part for part in (one.shot.expression, one.shot.setting, one.shot.outfit, one.shot.time) if part)
        likeness = "" if one.likeness is None else f"{one.likeness.score:.2f}{'' if one.likeness.holds else ' not her'}"
        table.add_row(one.id, one.kind, Text(shown), likeness, f"{one.size_bytes / 10**6:.1f}")
    return table
