"""Makes words and phrases that a rule favours somewhat likelier, as a logits processor: a pure function of the reply so far.

Contextual biasing by shallow fusion (Zhao et al. 2019), with a bonus that is bounded and given once: a phrase whose first token was
said, whether it went on or not, is no longer begun likelier, so that nothing is repeated for its sake.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from companion.think.bound import Kept

if TYPE_CHECKING:
    import torch

BEGINS = 1.5  # added to the score of a phrase's first token
GOES_ON = 3.0  # and to that of the next one, once it was begun
ENDS = ".!?…\n"


class Leaning:
    """Adds to the scores of some phrases.

    Args:
        phrases: as they would stand inside a sentence.
        encode: text → token ids, without special tokens.
    """

    def __init__(self, phrases: Sequence[str], encode: Callable[[str], list[int]]) -> None:
        self._kept = Kept()
        # Each as it begins a reply, goes on inside a sentence, and begins a further one.
        written = [(f"{one[:1].upper()}{one[1:]}", f" {one}", f" {one[:1].upper()}{one[1:]}") for one in map(str.strip, phrases) if one]
        self._phrases = [tuple(tuple(encode(form)) for form in forms) for forms in written]
        self._ends = {ids[-1] for sign in ENDS for ids in (encode(sign), encode(f"a{sign}")) if ids}

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens of the reply); scores: float32 (batch, vocabulary), returned with the bonus added."""
        import torch

        def made(row: torch.Tensor, bonuses: dict[int, float]) -> torch.Tensor:
            added = torch.zeros_like(row)
            added[list(bonuses)] = row.new_tensor(list(bonuses.values()))
            return added

        rows = []
        for row, reply in zip(scores, input_ids.tolist(), strict=True):
            bonuses = self._bonuses(reply)
            rows.append(row + self._kept.get(tuple(bonuses.items()), partial(made, row, bonuses)) if bonuses else row)
        return torch.stack(rows)

    def _bonuses(self, reply: list[int]) -> dict[int, float]:
        bonuses: dict[int, float] = {}
        place = 0 if not reply else 2 if reply[-1] in self._ends else 1
        said = set(reply)
        for forms in self._phrases:
            begun = said.intersection(form[0] for form in forms if form)
            if not begun and forms[place]:
                bonuses[forms[place][0]] = BEGINS
            for form in forms if begun else ():
                done = next((size for size in range(len(form) - 1, 0, -1) if tuple(reply[-size:]) == form[:size]), 0)
                if done and not _stands(form, reply):
                    bonuses[form[done]] = GOES_ON
        return bonuses


def _stands(form: tuple[int, ...], reply: Sequence[int]) -> bool:
    return any(tuple(reply[at : at + len(form)]) == form for at in range(len(reply) - len(form) + 1))
