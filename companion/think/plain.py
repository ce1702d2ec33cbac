"""Decoding by transformers' own `generate`, for models whose state cannot be cut: nothing is kept, nothing is guessed.

`generate` blocks until it is done, so it runs on its own thread and hands tokens over through a queue. It asks whether
the reply is over after every step, so Stop takes one step at most; the first step is the whole prompt.
"""

import threading
from collections.abc import Collection, Iterator
from queue import SimpleQueue
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from companion.think.reply import Reply


class PlainDecoding:
    """One run of `generate`. It is transformers' streamer (`put`, `end`) and its stopping criterion (`over`).

    Args:
        network: the model.
        reply: asked whether it is over.
    """

    def __init__(self, network: Any, reply: Reply) -> None:
        self._network, self._reply = network, reply
        self._told: SimpleQueue[list[int] | BaseException | None] = SimpleQueue()
        self._abandoned = threading.Event()
        self._prompt_seen = False

    def tokens(
        self, ids: list[int], *, most: int, ends: Collection[int], processors: LogitsProcessorList, sample: bool, seed: int | None
    ) -> Iterator[list[int]]:
        """Tokens as they are decided; leaving early stops it."""
        config = GenerationConfig(
            max_new_tokens=most,
            do_sample=sample,
            eos_token_id=sorted(ends) or None,
            pad_token_id=min(ends, default=0),
            **({"temperature": 1.0, "top_k": 0, "top_p": 1.0} if sample else {}),  # our own processors do this
        )
        writer = threading.Thread(target=self._run, args=(ids, config, processors, seed), name="companion-reply", daemon=True)
        writer.start()
        try:
            while (heard := self._told.get()) is not None:
                if isinstance(heard, BaseException):
                    raise heard
                yield heard
        finally:
            self._abandoned.set()
            writer.join()

    def put(self, value: Any) -> None:
        """Takes the prompt, then newly decided tokens."""
        if self._prompt_seen:
            self._told.put(value.flatten().tolist())
        self._prompt_seen = True

    def end(self) -> None:
        """Nothing is held back here."""

    def over(self, input_ids: Any, scores: Any, **_: object) -> Any:
        """bool (batch,): whether to stop after this step."""
        done = self._abandoned.is_set() or self._reply.over()
        return torch.full((input_ids.shape[0],), done, dtype=torch.bool, device=input_ids.device)

    def _run(self, ids: list[int], config: GenerationConfig, processors: LogitsProcessorList, seed: int | None) -> None:
        try:
            if seed is None:
                torch.seed()
            else:
                torch.manual_seed(seed)
            tokens = torch.tensor([ids], device=self._network.device)
            with torch.inference_mode():
                self._network.generate(
                    tokens,
                    attention_mask=torch.ones_like(tokens),
                    generation_config=config,
                    logits_processor=processors,
                    stopping_criteria=StoppingCriteriaList([self.over]),
                    streamer=self,
                )
        except BaseException as error:  # raised again where the tokens are read
            self._told.put(error)
        self._told.put(None)
