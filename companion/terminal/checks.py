"""The checks of the doctor. Each looks at one thing, changes nothing, and says what to do when it is not there.

A check never stops the others: what it meets becomes its finding.
"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from companion.errors import CompanionError
from companion.settings import Settings

LEAST_MEMORY_GB = 1.0  # the page, the database and the built-in model
LEAST_DISK_GB = 0.5
GB = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `optional` is absent and not needed to talk; `hint` says how to get what is not there."""

    name: str
    state: Literal["ok", "optional", "missing"]
    detail: str
    hint: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in turn."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        python,
        torch_build,
        number_format,
        memory,
        disk,
        home,
        database,
        downloaded_models,
        chosen_model,
        built_in_model,
        browser,
    )
    for check in checks:
        yield check(settings)


def python(_: Settings) -> Finding:
    """Which Python runs this."""
    return Finding("Python", "ok", ".".join(str(part) for part in sys.version_info[:3]))


def torch_build(settings: Settings) -> Finding:
    """Which torch, and the device it will use."""
    try:
        import torch
    except ImportError as error:
        return Finding("torch", "missing", f"cannot be imported: {error}", "Run: make install")
    if torch.cuda.is_available():
        return Finding("torch", "ok", f"{torch.__version__}, {torch.cuda.get_device_name()}")
    if torch.backends.mps.is_available():
        return Finding("torch", "ok", f"{torch.__version__}, Apple GPU")
    if settings.device in ("cuda", "mps"):
        return Finding(
            "torch", "missing", f"{torch.__version__} has no {settings.device}", "Unset COMPANION_DEVICE, or install the driver."
        )
    return Finding("torch", "ok", f"{torch.__version__}, processor with {torch.get_num_threads()} threads")


def number_format(settings: Settings) -> Finding:
    """Whether weights take half the memory and time."""
    try:
        from companion.think.loading import best_device, best_dtype

        dtype = best_dtype(best_device())
    except ImportError as error:
        return Finding("16-bit numbers", "missing", str(error), "Run: make install")
    if dtype == "float32":
        return Finding(
            "16-bit numbers", "optional", "this processor has no bfloat16", "Models take twice the memory and several times as long."
        )
    return Finding("16-bit numbers", "ok", dtype)


def memory(_: Settings) -> Finding:
    """Free memory."""
    import psutil

    free = psutil.virtual_memory().available / GB
    if free < LEAST_MEMORY_GB:
        return Finding("free memory", "missing", f"{free:.1f} GB", f"Close other programs; {LEAST_MEMORY_GB:.0f} GB is needed.")
    return Finding("free memory", "ok", f"{free:.1f} GB")


def disk(settings: Settings) -> Finding:
    """Free space where everything is kept."""
    free = shutil.disk_usage(_existing(settings.home)).free / GB
    if free < LEAST_DISK_GB:
        return Finding("free disk", "missing", f"{free:.1f} GB", "Free some space, or set COMPANION_HOME to another disk.")
    return Finding("free disk", "ok", f"{free:.1f} GB")


def home(settings: Settings) -> Finding:
    """Whether the home folder can be written, or made."""
    folder = _existing(settings.home)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Finding("home folder", "missing", f"{settings.home} cannot be written", "Make it writable, or set COMPANION_HOME.")
    made = "" if settings.home.exists() else " (made at the first start)"
    return Finding("home folder", "ok", f"{settings.home}{made}")


def database(settings: Settings) -> Finding:
    """SQLite's own check of the file, read only."""
    from companion.store.database import DATABASE_NAME

    path = settings.home / DATABASE_NAME
    if not path.exists():
        return Finding("database", "ok", "none yet; made at the first start")
    hint = "Put a backup in its place, or move it elsewhere to start afresh."
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
            conversations = connection.execute("SELECT count(*) FROM conversations WHERE deleted_at IS NULL").fetchone()[0]
    except sqlite3.Error as error:
        return Finding("database", "missing", f"{path} cannot be read: {error}", hint)
    if verdict != "ok":
        return Finding("database", "missing", f"{path} is damaged: {verdict}", hint)
    return Finding("database", "ok", f"sound, {conversations} conversation{'' if conversations == 1 else 's'}")


def downloaded_models(settings: Settings) -> Finding:
    """Whether each model that was added is there and whole."""
    from companion.think.checkpoint import check_checkpoint
    from companion.think.models import Models

    registry = Models(settings.home)
    try:
        there = [model.id for model in registry.list() if model.kind != "built-in" and model.installed]
        for model_id in there:
            check_checkpoint(registry.folder(model_id))
    except CompanionError as error:
        return Finding("added models", "missing", error.message, error.hint)
    if not there:
        found = "none" if settings.remote_url else "none; the built-in one speaks"
        return Finding("added models", "optional", found, "Fetch a larger one: python -m companion model list")
    return Finding("added models", "ok", ", ".join(there))


def chosen_model(settings: Settings) -> Finding:
    """Whether the model that is to speak is there and whole, or its server answers."""
    if settings.remote_url:
        return _remote_model(settings)
    from companion.think.checkpoint import check_checkpoint
    from companion.think.models import Models

    registry = Models(settings.home)
    try:
        chosen = settings.model or registry.chosen()
        check_checkpoint(registry.folder(chosen))
    except CompanionError as error:
        return Finding("chosen model", "missing", error.message, error.hint)
    return Finding("chosen model", "ok", chosen)


def _remote_model(settings: Settings) -> Finding:
    from companion.settings import check_agreement
    from companion.writers import remote_engine

    engine = remote_engine(settings)
    try:
        check_agreement(settings)
        engine.load()
    except CompanionError as error:
        return Finding("chosen model", "missing", error.message, error.hint)
    finally:
        engine.unload()
    card = engine.card()
    return Finding("chosen model", "ok", f"{card.name} on {card.device}; what you write goes there")


def built_in_model(settings: Settings) -> Finding:
    """Lets the built-in model write a few words."""
    from companion.think.local import LocalEngine
    from companion.think.models import STARTER, Models
    from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage

    hello = Prompt((PromptMessage("system", "You are kind."), PromptMessage("user", "Hello")))
    try:
        folder = Models(settings.home).folder(STARTER)
        engine = LocalEngine(folder, device=settings.device, dtype=settings.dtype, built_in=True)
        heard = engine.write(GenerationRequest(hello, Constraints(temperature=0, max_tokens=12)))
        words = "".join(piece.text for piece in heard if isinstance(piece, Piece)).strip()
    except CompanionError as error:
        return Finding("built-in model", "missing", error.message, error.hint)
    if not words:
        return Finding("built-in model", "missing", "it loads, and writes nothing", "Install Companion again.")
    return Finding("built-in model", "ok", f'it writes: "{words}"')


def browser(_: Settings) -> Finding:
    """Chromium, for the tests of the page only."""
    found = shutil.which("chromium")
    if found is None:
        return Finding("Chromium", "optional", "not found; only the tests use it", "On Debian: apt install chromium")
    return Finding("Chromium", "ok", f"{found} (for the tests)")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((one for one in (folder, *folder.absolute().parents) if one.exists()), Path("/"))
