"""Writes replies with any causal language model that transformers can load, on this machine.

Each reply reads its whole prompt; nothing is kept from turn to turn. A cache would be found by `request.cache_key`, hold
the state of the first `prompt.stable` messages, and shorten what `_write` hands to the reply.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from companion.errors import ModelError
from companion.think.loading import LoadedModel, load_model, open_template
from companion.think.protocol import EngineCard, GenerationRequest, Piece, Written
from companion.think.reply import Reply
from companion.think.template import ChatTemplate


class LocalEngine:
    """An engine over one checkpoint. Constructing it is free; the first use, or `load`, opens it.

    Args:
        source: a folder, or the id of a model on the hub.
        name: what to call it; by default the folder's name or the id.
        device: "auto" takes CUDA, then MPS, then the CPU.
        dtype: "auto" takes bfloat16 where the hardware has it.
        context_tokens: most tokens of a prompt and its reply; a model with a shorter context bounds it further.
        built_in: whether it came with the program.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        name: str = "",
        device: str = "auto",
        dtype: str = "auto",
        context_tokens: int = 4096,
        built_in: bool = False,
    ) -> None:
        self._source = str(source)
        self._name = name or (Path(source).name if Path(source).is_dir() else self._source)
        self._device, self._dtype = device, dtype
        self._context_tokens = context_tokens
        self._built_in = built_in
        self._opening, self._writing = threading.RLock(), threading.Lock()
        self._template: ChatTemplate | None = None
        self._model: LoadedModel | None = None

    def card(self) -> EngineCard:
        """Who writes. Device, number format and context are the requested ones until the model is loaded."""
        model = self._model
        device, dtype = (model.device, model.dtype) if model else (self._device, self._dtype)
        return EngineCard(self._name, self._context_tokens, device, dtype, self._built_in)

    def count_tokens(self, text: str) -> int:
        """Tokens of a plain text as it stands in a prompt. Opens the tokenizer, not the weights."""
        return self._open().count(text)

    def load(self) -> LoadedModel:
        """Brings the weights into memory, once.

        Raises:
            ModelError: the model is missing, incomplete, damaged, too large, or cannot hold a conversation.
        """
        with self._opening:
            if self._model is None:
                template = self._open()
                self._model = load_model(self._source, self._name, template, device=self._device, dtype=self._dtype)
                self._context_tokens = min(self._context_tokens, self._model.context_tokens or self._context_tokens)
            return self._model

    def unload(self) -> None:
        """Gives the memory back, once the reply being written is done."""
        with self._writing, self._opening:
            on_cuda = self._model is not None and self._model.device == "cuda"
            self._model = None
            if on_cuda:
                import torch

                torch.cuda.empty_cache()

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """See `Engine.write`. Leaving the iterator early stops the model as `cancel` does."""
        with self._writing:
            began = time.perf_counter()
            if request.cancel.is_set():
                yield Written("stopped", 0, 0, 0, 0.0, 0.0)
            else:
                yield from self._write(self.load(), request, began)

    def _open(self) -> ChatTemplate:
        with self._opening:
            if self._template is None:
                self._template = open_template(self._source, self._name)
            return self._template

    def _write(self, model: LoadedModel, request: GenerationRequest, began: float) -> Iterator[Piece | Written]:
        ids, start = model.template.encode(request.prompt)
        room = min(request.constraints.max_tokens, self._context_tokens - len(ids))
        if room < 1:
            raise ModelError(
                f"The conversation is longer than {self._name} can read.",
                hint="Raise COMPANION_CONTEXT_TOKENS, or choose a model with a longer context.",
            )
        reply = Reply(model, self._name, request)
        yield from reply.pieces(ids, start, room)
        yield reply.account(prompt_tokens=len(ids), began=began)
