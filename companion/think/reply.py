"""One reply: a run of transformers' `generate`, told piece by piece.

`generate` blocks until it is done, so it runs on its own thread and hands text over through a queue. It asks `over`
after every step, which is why Stop takes one step at most.
"""

import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any, Literal

from companion.think.constraints import logits_processors
from companion.think.integrity import MARKS
from companion.think.loading import LoadedModel, translated
from companion.think.protocol import GenerationRequest, Piece, Written
from companion.think.stream import TokenText, Visible


class Reply:
    """Writes one reply. It is transformers' streamer (`put`, `end`) and its stopping criterion (`over`).

    Args:
        model: what writes.
        name: how errors call it.
        request: what to write.
    """

    def __init__(self, model: LoadedModel, name: str, request: GenerationRequest) -> None:
        self._model, self._name, self._request = model, name, request
        self._control = model.template.integrity.tokens
        structure = (*MARKS, *model.template.integrity.marks, *(text for text in self._control.values() if len(text) > 1))
        prefix = request.prompt.prefix
        self._visible = Visible(
            (*request.constraints.stop, *structure), continues=bool(prefix.strip()), after_space=prefix != prefix.rstrip()
        )
        self._text = TokenText(model.template.decode)
        self._told: SimpleQueue[Piece | BaseException | None] = SimpleQueue()
        self._abandoned = threading.Event()
        self._prompt_seen = self._ended = self._stopped = False
        self._first_at: float | None = None
        self._tokens = 0

    def pieces(self, ids: list[int], start: int, room: int) -> Iterator[Piece]:
        """Runs the model and yields text as it is decided; leaving early stops it.

        Args:
            ids: the prompt.
            start: where the reply begins among them.
            room: tokens it may write.
        """
        writer = threading.Thread(target=self._run, args=(ids, start, room), name="companion-reply", daemon=True)
        writer.start()
        try:
            while (heard := self._told.get()) is not None:
                if isinstance(heard, BaseException):
                    raise heard
                yield heard
        finally:
            self._abandoned.set()
            writer.join()

    def account(self, *, prompt_tokens: int, began: float) -> Written:
        """What it took, after the last piece; `began` is a `time.perf_counter()`."""
        now = time.perf_counter()
        first = self._first_at or now
        done = self._ended or self._visible.stopped
        reason: Literal["end", "length", "stopped"] = "stopped" if self._stopped else "end" if done else "length"
        return Written(reason, prompt_tokens, 0, self._tokens, (first - began) * 1000, (now - first) * 1000)

    def put(self, value: Any) -> None:
        """Takes the prompt, then newly decided tokens (possibly several at once)."""
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        self._first_at = self._first_at or time.perf_counter()
        for token in value.flatten().tolist():
            if self.is_over():
                return
            if token in self._model.end_ids or token in self._control:
                self._ended = True
                return
            self._tokens += 1
            self._tell(self._visible.feed(self._text.feed(token)))

    def end(self) -> None:
        """Tells what was held back and is text after all."""
        self._tell(self._visible.close())

    def over(self, input_ids: Any, scores: Any, **_: object) -> Any:
        """bool (batch,): whether to stop after this step."""
        import torch

        return torch.full((input_ids.shape[0],), self.is_over(), dtype=torch.bool, device=input_ids.device)

    def is_over(self) -> bool:
        """Whether nothing more is to be written: stopped, ended, or a stop string came."""
        if self._ended or self._visible.stopped:
            return True
        self._stopped = self._stopped or self._request.cancel.is_set() or self._abandoned.is_set()
        return self._stopped

    def _tell(self, text: str) -> None:
        if text:
            self._told.put(Piece(text))

    def _run(self, ids: list[int], start: int, room: int) -> None:
        try:
            with translated(self._name, "failed while it wrote"):
                self._generate(ids, start, room)
        except BaseException as error:  # raised again where the reply is read
            self._told.put(error)
        self._told.put(None)

    def _generate(self, ids: list[int], start: int, room: int) -> None:
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        constraints, ends = self._request.constraints, sorted(self._model.end_ids)
        free = constraints.temperature > 0
        config = GenerationConfig(
            max_new_tokens=room,
            do_sample=free,
            eos_token_id=ends or None,
            pad_token_id=ends[0] if ends else 0,
            **({"temperature": 1.0, "top_k": 0, "top_p": 1.0} if free else {}),  # our own processors do this
        )
        never = self._control.keys() - self._model.end_ids
        if constraints.seed is None:
            torch.seed()
        else:
            torch.manual_seed(constraints.seed)
        tokens = torch.tensor([ids], device=self._model.device)
        with torch.inference_mode():
            self._model.network.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                generation_config=config,
                logits_processor=logits_processors(constraints, start=start, encode=self._writable_ids, never=never),
                stopping_criteria=StoppingCriteriaList([self.over]),
                streamer=self,
            )

    def _writable_ids(self, text: str) -> list[int]:
        ids = self._model.template.plain_ids(text)
        return ids if all(i < self._model.vocabulary and i not in self._control for i in ids) else []
