import random
from collections import Counter
from itertools import count

import pytest
import torch
from transformers import LlamaForCausalLM

from companion.think.drafters import LookupDrafter, ModelDrafter
from companion.think.kv_cache import CachedSequence, common_prefix
from companion.think.pace import Pace
from companion.think.protocol import Constraints
from companion.think.sampling import Sampler
from companion.think.speculative import Speculation
from tests.think.networks import VOCABULARY, likeness, tiny_llama

TARGET = tiny_llama()
DRAFT = likeness(TARGET)
BOUNDS = {
    "greedy": Constraints(temperature=0, repetition_penalty=1),
    "greedy, bounded": Constraints(temperature=0, repetition_penalty=1.3, no_repeat_ngram=3),
    "sampled": Constraints(temperature=0.8, top_p=1, min_p=0, repetition_penalty=1),
    "sampled, bounded": Constraints(temperature=1.1, top_p=0.9, min_p=0.05, repetition_penalty=1.2, no_repeat_ngram=4),
}
NEVER = (3, 4)
ENDS = (0,)


def sampler(constraints: Constraints, start: int, seed: int) -> Sampler:
    from dataclasses import replace

    return Sampler(replace(constraints, seed=seed), start=start, encode=lambda text: [], never=NEVER)


def alone(prompt: list[int], constraints: Constraints, seed: int, most: int) -> list[int]:
    """The target by itself: no cache, no guesses, one pass over everything for each token."""
    choice, text = sampler(constraints, len(prompt), seed), list(prompt)
    for _ in range(most):
        with torch.inference_mode():
            scores = TARGET(torch.tensor([text]), use_cache=False).logits[0, -1:].float()
        text += choice.choose(len(text), choice.bound(text, scores))
        if text[-1] in ENDS:
            break
    return text[len(prompt) :]


def pair(
    prompt: list[int], constraints: Constraints, seed: int, most: int, *,
    target: CachedSequence, draft: CachedSequence | None, lookup: bool, pace: Pace | None = None, stop_after: int = 10**6,
) -> tuple[list[int], Speculation]:  # fmt: skip
    choice = sampler(constraints, len(prompt), seed)
    target.truncate(min(common_prefix(target.ids, prompt), len(prompt) - 1))
    pace = pace or Pace()
    speculation = Speculation(
        target, choice, pace,
        draft=ModelDrafter(draft, choice, pace.enough) if draft else None, free=[LookupDrafter(match=2)] if lookup else [],
    )  # fmt: skip
    asked = count()
    runs = speculation.tokens(prompt, most=most, ends=ENDS, over=lambda: next(asked) >= stop_after)
    return [token for run in runs for token in run], speculation


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize(("with_draft", "lookup"), [(False, False), (True, False), (False, True), (True, True)])
def test_what_is_written_is_what_the_target_alone_would_write(bounds: str, with_draft: bool, lookup: bool) -> None:
    rng, pace = random.Random(bounds), Pace()
    target, draft = CachedSequence(TARGET), CachedSequence(DRAFT) if with_draft else None
    talk: list[int] = []
    for turn in range(5):
        if talk and rng.random() < 0.4:  # an edit, a swipe or a branch: an earlier beginning, another end
            talk = talk[: rng.randrange(len(talk))]
        talk += [rng.randrange(5, VOCABULARY) for _ in range(rng.randint(1, 20))]
        seed, most = rng.randrange(1000), rng.randint(1, 25)
        stop = rng.choice((1, 3, 10**6))
        said, _ = pair(talk, BOUNDS[bounds], seed, most, target=target, draft=draft, lookup=lookup, pace=pace, stop_after=stop)
        wanted = alone(talk, BOUNDS[bounds], seed, most)
        assert said == (wanted if stop > 100 else wanted[: len(said)]), f"turn {turn}"
        assert target.ids == (talk + said)[:-1]
        talk += said


def test_guesses_stand_and_save_passes() -> None:
    prompt = list(range(5, 30))
    said, run = pair(prompt, BOUNDS["greedy"], 1, 60, target=CachedSequence(TARGET), draft=CachedSequence(TARGET), lookup=False)
    assert run.tally.tokens == len(said)
    assert run.tally.accepted["model"] == run.tally.drafted["model"], "a draft with the target's own weights is always right"
    assert run.tally.passes < len(said) / 2


def test_a_stop_ends_within_a_pass_and_an_end_token_ends_at_once() -> None:
    prompt = [5, 6, 7, 8]
    said, run = pair(prompt, BOUNDS["greedy"], 1, 50, target=CachedSequence(TARGET), draft=None, lookup=False, stop_after=2)
    assert len(said) == 3 and run.tally.passes == 2
    endings = [
        pair(prompt, BOUNDS["sampled"], s, 60, target=CachedSequence(TARGET), draft=CachedSequence(DRAFT), lookup=True)[0]
        for s in range(12)
    ]
    ended = [said for said in endings if ENDS[0] in said]
    assert ended and all(said.index(ENDS[0]) == len(said) - 1 for said in ended)


def test_control_tokens_are_not_written_by_either() -> None:
    for seed in range(6):
        said, _ = pair([9, 8, 7], BOUNDS["sampled"], seed, 40, target=CachedSequence(TARGET), draft=CachedSequence(DRAFT), lookup=True)
        assert not set(said) & set(NEVER)


def test_sampling_keeps_the_targets_distribution() -> None:
    prompt, draws = [11, 12, 13, 14], 3000
    bounds = Constraints(temperature=1.5, top_p=1, min_p=0, repetition_penalty=1)
    target, draft, pace = CachedSequence(TARGET), CachedSequence(DRAFT), Pace()
    counted = Counter(tuple(pair(prompt, bounds, seed, 2, target=target, draft=draft, lookup=False, pace=pace)[0]) for seed in range(draws))
    with torch.inference_mode():
        first = torch.softmax(_allowed(TARGET, prompt) / 1.5, -1)
        chance = {
            (a, b): float(first[a]) * float(second[b])
            for a in range(VOCABULARY)
            if a not in ENDS and first[a] * draws > 20
            for second in [torch.softmax(_allowed(TARGET, [*prompt, a]) / 1.5, -1)]
            for b in range(VOCABULARY)
        }
    often = {both: p for both, p in chance.items() if p * draws >= 8}
    assert len(often) > 10
    chi_squared = sum((counted[both] - p * draws) ** 2 / (p * draws) for both, p in often.items())
    assert chi_squared < len(often) + 4 * (2 * len(often)) ** 0.5  # four standard deviations above its mean


def _allowed(network: LlamaForCausalLM, ids: list[int]) -> torch.Tensor:
    scores: torch.Tensor = network(torch.tensor([ids]), use_cache=False).logits[0, -1].float()
    scores[list(NEVER)] = -float("inf")
    return scores


def test_lookup_finds_what_followed_before() -> None:
    lookup = LookupDrafter(match=2)
    text = [1, 2, 3, 4, 5, 9, 1, 2]
    assert lookup.guess(text, 3).ids == [3, 4, 5]
    assert lookup.guess([*text, 7], 3).ids == []
    assert lookup.guess([1, 2, 8, 1, 2], 3).ids == [8, 1, 2], "another beginning is indexed anew"


def test_the_surer_the_longer_it_agrees() -> None:
    lookup = LookupDrafter(match=2)
    short, long = ([*range(5, 5 + n), 77, 78, 3, *range(5, 5 + n)] for n in (2, 8))
    first, second = (LookupDrafter(match=2).guess(text, 1) for text in (short, long))
    assert first.ids == second.ids == [77]
    assert first.confidence < second.confidence
    assert lookup.guess([1, 2, 3], 3).ids == []
