"""A loaded model at work: which way each reply is decoded, and what is kept for the next one."""

import logging
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from companion.think.constraints import Wording, logits_processors
from companion.think.drafters import Drafter, LookupDrafter, ModelDrafter, PhraseDrafter
from companion.think.kept_states import LEAST_TOKENS, KeptStates, weights_digest
from companion.think.kv_cache import CachedSequence, common_prefix, why_not
from companion.think.loading import LoadedModel
from companion.think.overlays import Overlays
from companion.think.pace import Pace
from companion.think.packed import packed_of
from companion.think.phrasebook import PhraseBook
from companion.think.plain import PlainDecoding
from companion.think.prefix_cache import PrefixCache, ReadSoFar
from companion.think.protocol import GenerationRequest, Prompt, PromptMessage
from companion.think.reply import Reply
from companion.think.sampling import Sampler
from companion.think.speculative import Speculation, Tally
from companion.think.structure import Structure, Structures
from companion.think.vocabulary import Vocabulary

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """What the last reply took: tokens not read again, passes and guesses, and why it went without."""

    reused: int = 0
    tally: Tally = field(default_factory=Tally)
    plain: str = ""


class Serving:
    """Decodes replies one at a time and keeps what was read.

    Args:
        model: what writes.
        draft: what guesses, if anything does.
        overlays: the adapters a persona may wear.
        book: what the model often says.
        cache_bytes: bound of what is kept in memory.
        states: folder for what was read, blueprints and conversations; None keeps nothing there.
        states_bytes: bound of that folder.

    Attributes:
        account: of the last reply.
    """

    def __init__(
        self,
        model: LoadedModel,
        draft: LoadedModel | None,
        overlays: Overlays,
        *,
        book: PhraseBook | None = None,
        cache_bytes: int,
        states: Path | None,
        states_bytes: int,
    ) -> None:
        self.model, self._draft, self._overlays, self._book = model, draft, overlays, book
        self.account = Account()
        self._plain = why_not(model.network)
        if draft and (reason := why_not(draft.network)):
            logger.warning("the draft %s guesses nothing: %s", draft.folder, reason)
            self._draft = None
        self._pace = Pace()
        tokenizer, size, ends, control = model.template.tokenizer, model.vocabulary, model.end_ids, model.template.integrity.tokens
        self._wording = Wording(lambda: Vocabulary.of(tokenizer, size, ends, control))
        self._structures = Structures(model.template.tokenizer, model.vocabulary, model.end_ids)
        network, guessing = model.network, self._draft.network if self._draft else None
        packed, packed_guessing = packed_of(network), packed_of(guessing)

        def fresh() -> ReadSoFar:  # no method: the cache would hold this object, and unloading would free nothing
            return ReadSoFar(CachedSequence(network, packed), CachedSequence(guessing, packed_guessing) if guessing else None)

        self._cache = PrefixCache(fresh, device=model.device, device_bytes=cache_bytes, memory_bytes=2 * cache_bytes)
        self._states = (
            None
            if states is None or self._plain or model.folder is None
            else KeptStates(states, weights_digest(model.folder, model.number_format), states_bytes)
        )

    def write(self, request: GenerationRequest, reply: Reply, ids: list[int], start: int, room: int) -> Generator[list[int]]:
        """Tokens of a reply as they are decided.

        Args:
            ids: the prompt.
            start: where the reply begins among them.
            room: tokens it may have.
        """
        overlay = self._overlays.wear(request.adapter)
        if self._plain:
            self.account = Account(plain=self._plain)
            yield from self._write_plainly(request, reply, ids, start, room)
            return
        constraints, structure = request.constraints, self._structure(request)
        sampler = Sampler(
            constraints,
            start=start,
            encode=self._writable_ids,
            never=self._never,
            structure=structure,
            ends=self.model.end_ids,
            wording=self._wording,
            device=self.model.device,
        )
        state = self._state(request, overlay, ids)
        pace, drafter = self._pace, None
        if state.draft:
            drafter = ModelDrafter(state.draft, sampler, pace.enough, step_s=pace.step_s, over=reply.over)
        free: list[Drafter] = [LookupDrafter(), *([PhraseDrafter(self._book)] if self._book else [])]
        speculation = Speculation(state.target, sampler, pace, draft=drafter, free=free)
        self.account = Account(len(state.target.ids), speculation.tally)
        try:
            yield from speculation.tokens(ids, most=room, ends=self.model.end_ids, over=reply.over)
        finally:
            self._cache.keep(overlay, request.cache_key, state)

    def settle(self, request: GenerationRequest) -> None:
        """Reads what the next prompt will begin with, and keeps its state and the blueprint's on disk."""
        if self._plain:
            return
        ids = self.model.template.stable_ids(request.prompt.messages, request.prompt.ahead)
        if len(ids) < 2:
            return
        overlay = self._overlays.wear(request.adapter)
        state, stopped = self._state(request, overlay, ids), request.over
        for sequence in (state.target, state.draft):
            if sequence and not stopped():
                sequence.truncate(min(common_prefix(sequence.ids, ids), len(ids) - 1))
                sequence.append(ids[len(sequence.ids) :], over=stopped)
        persona = self._persona_ids(request.prompt) if self._states and not stopped() else []
        if self._states and persona and state.target.ids[: len(persona)] == persona:
            self._states.keep(overlay, persona, state.target)
        if self._states and not stopped():
            self._states.keep_talk(overlay, request.cache_key, state.target)
        self._cache.keep(overlay, request.cache_key, state)

    @property
    def held(self) -> tuple[int, int]:
        """See `PrefixCache.held`."""
        return self._cache.held

    def forget(self, cache_key: str) -> None:
        """Forgets what was read of a conversation. Any thread may call it."""
        self._cache.forget(cache_key)
        if self._states:
            self._states.forget(cache_key)

    def _state(self, request: GenerationRequest, overlay: str, ids: list[int]) -> ReadSoFar:
        state = self._cache.take(overlay, request.cache_key, ids)
        if self._states and len(ids) - len(state.target.ids) > LEAST_TOKENS:
            self._states.restore_talk(overlay, request.cache_key, ids, state.target)
        if self._states and not state.target.ids:
            persona = self._persona_ids(request.prompt)
            if persona == ids[: len(persona)] and len(persona) < len(ids):
                self._states.restore(overlay, persona, state.target)
        return state

    def _persona_ids(self, prompt: Prompt) -> list[int]:
        """Tokens that stand for the persona alone, whatever else the system message says after it."""
        if not prompt.persona:
            return []
        alone, longer = (
            self.model.template.stable_ids([PromptMessage("system", text)]) for text in (prompt.persona, f"{prompt.persona}\nMore.")
        )
        return alone[: common_prefix(alone, longer)]

    @property
    def _never(self) -> frozenset[int]:
        return frozenset(self.model.template.integrity.tokens) - self.model.end_ids

    def _structure(self, request: GenerationRequest) -> Structure | None:
        return None if request.schema is None else self._structures.bound(request.schema)

    def _writable_ids(self, text: str) -> list[int]:
        ids = self.model.template.plain_ids(text)
        return ids if all(i < self.model.vocabulary and i not in self.model.template.integrity.tokens for i in ids) else []

    def _write_plainly(self, request: GenerationRequest, reply: Reply, ids: list[int], start: int, room: int) -> Generator[list[int]]:
        constraints, ends = request.constraints, self.model.end_ids
        processors = logits_processors(
            constraints,
            start=start,
            encode=self._writable_ids,
            never=self._never,
            structure=self._structure(request),
            ends=ends,
            wording=self._wording,
        )
        decode = partial(PlainDecoding(self.model.network, reply).tokens, ids, most=room, ends=ends)
        yield from decode(processors=processors, sample=constraints.temperature > 0, seed=constraints.seed)
