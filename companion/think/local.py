"""Writes replies with any causal language model that transformers can load, on this machine.

What a conversation's last prompt shared with this one is not read again (`prefix_cache.py`), and a drafter guesses ahead
(`speculative.py`). Models whose state cannot be cut read everything and guess nothing (`plain.py`), and say so.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from companion.errors import ModelError
from companion.think.loading import LoadedModel, load_model, open_template, translated
from companion.think.protocol import EngineCard, GenerationRequest, Piece, Written
from companion.think.quantisation import Quantise
from companion.think.reply import Reply
from companion.think.template import ChatTemplate

if TYPE_CHECKING:
    from companion.think.serving import Serving

CAPABLE_WEIGHTS = 500_000_000  # smaller ones do not follow instructions well enough to be asked for more than a reply
BEFORE_TOKENS = 4  # of a reply that is continued; a token's text may depend on the one before it


class LocalEngine:
    """An engine over one checkpoint. Constructing it is free; the first use, or `load`, opens it.

    Args:
        source: a folder, or the id of a model on the hub.
        name: what to call it; by default the folder's name or the id.
        draft: a smaller model with the same tokenizer that guesses ahead.
        phrases: a phrase book of what the model often says.
        device: "auto" takes CUDA, then MPS, then the CPU.
        dtype: "auto" takes bfloat16 where the hardware has it.
        quantise: the format of the model's linear layers; the draft, which is small, stays whole.
        context_tokens: most tokens of a prompt and its reply; a model with a shorter context bounds it further.
        cache_bytes: bound of what is kept between replies.
        states: folder for what was read, blueprints and conversations; None keeps nothing there.
        states_bytes: bound of that folder.
        adapters: folder of LoRA adapters, one folder each.
        adapters_bytes: bound of those in memory.
        built_in: whether it came with the program.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        name: str = "",
        draft: str | Path | None = None,
        phrases: Path | None = None,
        device: str = "auto",
        dtype: str = "auto",
        quantise: Quantise = "none",
        context_tokens: int = 4096,
        cache_bytes: int = 1 << 30,
        states: Path | None = None,
        states_bytes: int = 1 << 29,
        adapters: Path | None = None,
        adapters_bytes: int = 1 << 30,
        built_in: bool = False,
    ) -> None:
        self._source = str(source)
        self._name = name or (Path(source).name if Path(source).is_dir() else self._source)
        self._draft, self._phrases = draft, phrases
        self._device, self._dtype, self._quantise = device, dtype, quantise
        self._context_tokens = context_tokens
        self._cache_bytes = cache_bytes
        self._states, self._states_bytes = states, states_bytes
        self._adapters, self._adapters_bytes = adapters, adapters_bytes
        self._built_in = built_in
        self._opening, self._writing = threading.RLock(), threading.Lock()
        self._template: ChatTemplate | None = None
        self._serving: Serving | None = None

    def card(self) -> EngineCard:
        """Who writes. Device, number format and context are the requested ones until the model is loaded."""
        serving = self._serving
        device, dtype = (serving.model.device, serving.model.number_format) if serving else (self._device, self._dtype)
        capable = not self._built_in and serving is not None and serving.model.weights >= CAPABLE_WEIGHTS
        return EngineCard(self._name, self._context_tokens, device, dtype, self._built_in, capable)

    def count_tokens(self, text: str) -> int:
        """Tokens of a plain text as it stands in a prompt. Opens the tokenizer, not the weights."""
        return self._open().count(text)

    def load(self) -> LoadedModel:
        """Brings the weights into memory, once.

        Raises:
            ModelError: the model is missing, incomplete, damaged, too large, or cannot hold a conversation.
        """
        return self._load().model

    def unload(self) -> None:
        """Gives the memory back, once the reply being written is done."""
        with self._writing, self._opening:
            device = self._serving.model.device if self._serving else ""
            self._serving = None
            _give_back(device)

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """See `Engine.write`. Leaving the iterator early stops the model as `cancel` does."""
        with self._writing:
            began = time.perf_counter()
            if request.cancel.is_set():
                yield Written("stopped", 0, 0, 0, 0.0, 0.0)
            else:
                yield from self._write(self._load(), request, began)

    def settle(self, request: GenerationRequest) -> None:
        """See `Settles.settle`."""
        with self._writing:
            if self._serving and not request.cancel.is_set():
                with translated(self._name, "failed while it read ahead"):
                    self._serving.settle(request)

    def held(self) -> tuple[int, int]:
        """Bytes kept of what was read: where the model computes, and in the processor's memory when that is somewhere else."""
        return serving.held if (serving := self._serving) else (0, 0)

    def forget(self, cache_key: str) -> None:
        """See `Forgets.forget`."""
        if serving := self._serving:
            serving.forget(cache_key)
            _give_back(serving.model.device)

    def _open(self) -> ChatTemplate:
        with self._opening:
            if self._template is None:
                self._template = open_template(self._source, self._name)
            return self._template

    def _load(self) -> "Serving":
        with self._opening:
            if self._serving is None:
                import transformers  # noqa: F401  # whole, first: whoever asks it for a name while it is being imported gets none

                from companion.think.overlays import Overlays
                from companion.think.phrasebook import open_phrasebook
                from companion.think.serving import Serving

                template = self._open()
                model = load_model(self._source, self._name, template, device=self._device, dtype=self._dtype, quantise=self._quantise)
                self._context_tokens = min(self._context_tokens, model.context_tokens or self._context_tokens)
                self._serving = Serving(
                    model,
                    self._load_draft(model, template),
                    Overlays(model.network, self._name, self._adapters, self._adapters_bytes),
                    book=open_phrasebook(self._phrases, model.end_ids, model.vocabulary) if self._phrases else None,
                    cache_bytes=self._cache_bytes,
                    states=self._states,
                    states_bytes=self._states_bytes,
                )
            return self._serving

    def _load_draft(self, model: LoadedModel, template: ChatTemplate) -> LoadedModel | None:
        if self._draft is None:
            return None
        draft = load_model(str(self._draft), f"{self._name}'s draft", template, device=model.device, dtype=model.dtype)
        if draft.vocabulary != model.vocabulary:
            raise ModelError(
                f"The draft of {self._name} has another vocabulary.",
                hint="Choose a draft of the same family, or use the model without one.",
            )
        return draft

    def _write(self, serving: "Serving", request: GenerationRequest, began: float) -> Iterator[Piece | Written]:
        ids, start = serving.model.template.encode(request.prompt)
        room = min(request.constraints.max_tokens, self._context_tokens - len(ids))
        if room < 1:
            raise ModelError(
                f"The conversation is longer than {self._name} can read.",
                hint="Raise COMPANION_CONTEXT_TOKENS, or choose a model with a longer context.",
            )
        before = ids[max(start, len(ids) - BEFORE_TOKENS) :] if request.prompt.prefix.strip() else []
        reply = Reply(serving.model, request, before)
        with translated(self._name, "failed while it wrote"), closing(serving.write(request, reply, ids, start, room)) as tokens:
            for decided in tokens:
                yield from reply.take(decided)
        yield from reply.close()
        now = time.perf_counter()
        first, account = reply.first_at or now, serving.account
        yield Written(
            reply.reason,
            len(ids),
            account.reused,
            reply.tokens,
            prefill_ms=(first - began) * 1000,
            decode_ms=(now - first) * 1000,
            passes=account.tally.passes,
            drafted=dict(account.tally.drafted),
            accepted=dict(account.tally.accepted),
            plain=account.plain,
            adapter=request.adapter,
        )


def _give_back(device: str) -> None:
    """Hands freed memory of a graphics card back to the system; torch would keep it for later."""
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()
