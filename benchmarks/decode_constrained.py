"""What the rules of a persona cost in speed: the same prompts with bounds on the words and without, in paired runs.

The bounds are those of a strict rule book: words that the built-in model says often among the avoided ones, short sentences, few of
them, one question, some favoured phrases. The replies are other ones then, shorter and further from what the phrase book holds, and
that is part of the cost. `tokens_per_pass` does not depend on how busy the machine is.
"""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Prompt, Written

RULES = {
    "avoid": (
        "cheer up", "as an AI", "calm down", "don't worry", "you should", "no problem", "to be honest", "lovely", "of course", "at least",
        "language model", "I understand", "it could be worse", "everything happens for a reason", "awesome", "just saying",
    ),
    "sentence_words": 16,
    "reply_sentences": 4,
    "questions": "one",
    "leanings": ("tell me more", "take your time", "with you", "gently"),
}  # fmt: skip
ROUNDS = 3  # of which the quickest counts: each writes the same, and what else the machine does only makes it slower
LEAST_TOKENS = 8  # of a reply that is timed


def written(engine: LocalEngine, prompt: Prompt, constraints: Constraints) -> Written:
    """The account of one reply."""
    *_, account = engine.write(GenerationRequest(prompt, constraints))
    assert isinstance(account, Written)
    return account


def seconds_a_token(account: Written) -> float:
    """After the first one."""
    return account.decode_ms / 1000 / max(1, account.reply_tokens - 1)


def constrained(engine: LocalEngine, asked: Sequence[Prompt], ways: Sequence[Constraints]) -> dict[str, float]:
    """Tokens a second with bounds on the words over those without: the median over pairs of runs; and tokens a pass, both ways."""
    ratios: list[float] = []
    tokens, passes = {False: 0, True: 0}, {False: 0, True: 0}
    for number, prompt in enumerate(asked):
        for way in ways:
            seeded = replace(way, seed=number)
            accounts: dict[bool, Written] = {}
            took = {False: float("inf"), True: float("inf")}
            for bound in (False, True) * ROUNDS if number % 2 else (True, False) * ROUNDS:
                one = written(engine, prompt, replace(seeded, **RULES) if bound else seeded)  # type: ignore[arg-type]
                accounts[bound], took[bound] = one, min(took[bound], seconds_a_token(one))
            if number < 2 or any(one.reply_tokens <= LEAST_TOKENS for one in accounts.values()):  # the first ones warm up
                continue
            ratios.append(took[False] / took[True])
            for bound, one in accounts.items():
                tokens[bound] += one.reply_tokens
                passes[bound] += one.passes
    return {
        "constrained_over_free": round(statistics.median(ratios), 3),
        "constrained_tokens_per_pass": round(tokens[True] / max(1, passes[True]), 2),
        "free_tokens_per_pass": round(tokens[False] / max(1, passes[False]), 2),
    }
