"""Is what comes out with caches and guesses what the bare network writes? Whole conversations, compared reply by reply.

Conversations with edits, branches, swipes, stops, restarts, settling and adapters go through Companion's engine; each reply
is then written once more by transformers' `generate`, greedy and from nothing. In float32 the two must be equal. In bfloat16
the shape of a matrix product changes its rounding, so that they may part, and then part for good: each such place is looked
at in float32, where the two best tokens must lie as near to each other as rounding has moved the scores there.
"""

import copy
import random
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model

from benchmarks.decode_plain import plainly
from benchmarks.starter import MOMENT, ROOT
from companion.persona.library import Library
from companion.think.layout import Budget, Layout, Now, Turn
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt

BOUNDS = Constraints(temperature=0, repetition_penalty=1.0, max_tokens=40)
ADAPTERS = ("poet", "pirate")
SAID = (
    "hi, how was your day?", "I had a long day at work and my head hurts.", "what do you like to do in the evening?",
    "my sister is coming to visit on Friday", "do you remember what I told you about her?", "tell me something nice",
    "I can't sleep", "what are you reading?", "I think I will cook something warm tonight", "good night then",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """One reply, twice.

    Attributes:
        said: by Companion's engine; a beginning of the reply where it was `stopped`.
        wanted: the tokens of the bare network.
    """

    prompt: Prompt
    adapter: str
    said: str
    wanted: list[int]
    text: str
    stopped: bool

    @property
    def same(self) -> bool:
        """Whether both say the same as far as both go."""
        return self.text.startswith(self.said) if self.stopped else self.said == self.text


class Bare:
    """The networks without anything of ours: the base, and one for each adapter."""

    def __init__(self, weights: Path, adapters: Path, dtype: str) -> None:
        self.engine = LocalEngine(weights / "target", device="cpu", dtype=dtype)
        base = self.engine.load().network
        self.networks: dict[str, Any] = {"": base}
        for name in ADAPTERS:
            network = copy.deepcopy(base)
            PeftModel.from_pretrained(network, str(adapters / name))
            self.networks[name] = network.eval()

    def reply(self, prompt: Prompt, adapter: str) -> tuple[list[int], str]:
        """The reply's tokens and its text."""
        _, ids = plainly(self.engine, prompt, BOUNDS, network=self.networks[adapter])
        return ids, self.engine.load().template.decode(ids).strip()

    @torch.inference_mode()
    def scores(self, prompt: Prompt, adapter: str, said: list[int]) -> torch.Tensor:
        """What may follow, float32 (vocabulary,)."""
        ids = torch.tensor([self.engine.load().template.encode(prompt)[0] + said])
        out: torch.Tensor = self.networks[adapter](ids, use_cache=False).logits[0, -1].float()
        return out


def make_adapters(weights: Path, folder: Path) -> None:
    """LoRA adapters with random weights, strong enough to change the words."""
    for seed, name in enumerate(ADAPTERS):
        network = LocalEngine(weights / "target", device="cpu", dtype="float32").load().network
        wrapped = get_peft_model(network, LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in (p for n, p in wrapped.named_parameters() if "lora_" in n):
                parameter.normal_(std=0.1)
        wrapped.save_pretrained(str(folder / name))


def conversations(weights: Path, bare: Bare, folder: Path, talks: int, dtype: str) -> Iterator[Compared]:
    """Holds them, and yields each reply with what the bare network makes of the same prompt."""

    def engine() -> LocalEngine:
        return LocalEngine(
            weights / "target", draft=weights / "draft", phrases=weights / "phrases.safetensors", device="cpu", dtype=dtype,
            states=folder / "states", adapters=folder / "adapters",
        )  # fmt: skip

    rng, quick = random.Random(9), engine()
    library = Library(ROOT / "personas", ROOT / "personas")
    layout = Layout(bare.engine.count_tokens, budget=Budget.of(4096, 320))
    for talk in range(talks):
        blueprint, adapter = rng.choice(library.list()).blueprint, rng.choice(("", "", *ADAPTERS))
        path = [Turn("persona", blueprint.greeting, MOMENT)]
        for _ in range(rng.randint(2, 5)):
            if len(path) > 2 and rng.random() < 0.4:  # an edit, a branch, a swipe: an earlier beginning
                path = path[: 1 + 2 * rng.randrange(len(path) // 2)]
            if rng.random() < 0.1:  # a restart
                quick.unload()
                quick = engine()
            if rng.random() < 0.1:
                adapter = rng.choice(("", *ADAPTERS))
            message, stop = rng.choice(SAID), rng.random() < 0.2
            asked = GenerationRequest(layout.build(blueprint, path, message, Now(MOMENT)), BOUNDS, cache_key=str(talk), adapter=adapter)
            said = ""
            for part in quick.write(asked):
                said += part.text if isinstance(part, Piece) else ""
                if stop and said:
                    asked.cancel.set()
            yield Compared(asked.prompt, adapter, said, *bare.reply(asked.prompt, adapter), stop)
            path += [Turn("user", message, MOMENT), Turn("persona", said or "Hm.", MOMENT)]
            if rng.random() < 0.5:
                known = layout.build(blueprint, path, "", Now(MOMENT))
                stable = replace(known, messages=known.messages[:-1])
                quick.settle(replace(asked, prompt=stable, cancel=threading.Event()))


def near_tie(one: Compared, rounded: Bare, exact: Bare) -> bool:
    """Whether two replies part where the two best scores are as near as rounding has moved the scores."""
    decode = rounded.engine.load().template.decode
    shared = 0
    while shared < len(one.wanted) and one.said.startswith(decode(one.wanted[: shared + 1]).strip()):
        shared += 1
    for place in (shared, max(0, shared - 1)):  # a word may have been begun alike by other tokens
        scores, true = (bare.scores(one.prompt, one.adapter, one.wanted[:place]) for bare in (rounded, exact))
        best = torch.topk(true, 2).values
        if float(best[0] - best[1]) <= 2 * float((scores - true).abs().max()):
            return True
    return False


def identical(weights: Path, talks: int) -> dict[str, int]:
    """Counts of replies: `compared` and `different` in float32; `parted` in bfloat16 and, of them, `near_ties`."""
    counts = {"compared": 0, "different": 0, "parted": 0, "near_ties": 0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_adapters(weights, folder / "adapters")
        exact, rounded = (Bare(weights, folder / "adapters", dtype) for dtype in ("float32", "bfloat16"))
        for one in conversations(weights, exact, folder, talks, "float32"):
            counts["compared"] += 1
            if not one.same:
                counts["different"] += 1
                print(f"  differs: {one.said!r}\n  wanted:  {one.text!r}")
        for one in conversations(weights, rounded, folder, talks, "bfloat16"):
            if not one.same:
                counts["parted"] += 1
                counts["near_ties"] += near_tie(one, rounded, exact)
    return counts
