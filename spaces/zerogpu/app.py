"""The Space on ZeroGPU: the page, and a larger model whose replies are written where the GPU is.

A function under `@spaces.GPU` runs in a forked process that has the GPU for its length: what goes in and comes out is
pickled, so a Stop is heard here, and leaving the generator ends the reply over there.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import spaces  # before anything that could touch CUDA

# Pushed as a Space, everything lies beside this file; in the repository, `companion` is two folders up.
HERE = Path(__file__).resolve().parent
PLACES = (HERE,) if (HERE / "companion").is_dir() else (HERE.parents[1], HERE.parent)
sys.path[:0] = map(str, PLACES)

import gradio as gr  # noqa: E402
from hosting import serve, space_settings  # noqa: E402

from companion.compose import compose  # noqa: E402
from companion.errors import CompanionError, ModelError  # noqa: E402
from companion.settings import Settings  # noqa: E402
from companion.think.local import LocalEngine  # noqa: E402
from companion.think.models import Models  # noqa: E402
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, Written  # noqa: E402

MODEL = "Qwen/Qwen3-4B"  # unless COMPANION_MODEL names another
LONGEST_REPLY_S = 60


class ZeroGpuEngine(LocalEngine):
    """A LocalEngine that borrows the GPU reply by reply. Made before the page is served: ZeroGPU looks then what there is to do."""

    def __init__(self, source: Path, **options: Any) -> None:
        super().__init__(source, **options)
        self._write_there = spaces.GPU(duration=LONGEST_REPLY_S)(self._write_here)

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """See `Engine.write`."""
        began, text = time.perf_counter(), ""
        parts = self._write_there(request.prompt, request.constraints)
        try:
            for part in parts:
                if request.cancel.is_set() and isinstance(part, Piece):
                    break
                yield part
                text += part.text if isinstance(part, Piece) else ""
            else:
                return
        except gr.Error as error:
            hint = "A Space shares its GPU; wait a little and try again."
            raise ModelError(f"The GPU could not be had: {error.message}", hint=hint) from error
        finally:
            parts.close()
        read = sum(self.count_tokens(message.content) for message in request.prompt.messages)
        yield Written("stopped", read, 0, self.count_tokens(text), 0.0, (time.perf_counter() - began) * 1000)

    def _write_here(self, prompt: Prompt, constraints: Constraints) -> Iterator[Piece | Written]:
        yield from super().write(GenerationRequest(prompt, constraints))


def engine_for(settings: Settings) -> ZeroGpuEngine | None:
    """The larger model, fetched if it is not here yet, and loaded. None when it cannot be had: then the built-in one speaks."""
    name = settings.model or MODEL
    try:
        models = Models(settings.home)
        if not any(model.id == name and model.installed for model in models.list()):
            models.add(name)
        engine = ZeroGpuEngine(models.folder(name), name=name, dtype=settings.dtype, context_tokens=settings.context_tokens)
        engine.load()  # before the page is served, which is when ZeroGPU takes the weights over
    except CompanionError as error:
        print(f"{error} The built-in model speaks instead.", flush=True)
        return None
    return engine


def main() -> None:
    """Serves the Space."""
    settings = space_settings()
    engine = engine_for(settings)
    name = engine.card().name if engine else "starter"
    serve(compose(settings.model_copy(update={"model": name}), engine=engine))


if __name__ == "__main__":
    main()
