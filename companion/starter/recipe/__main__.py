"""The whole recipe as one resumable command.

    python -m companion.starter.recipe --data ../shared/data/dialogue --work build/starter --minutes 120

Stages: tokenizer, copying warm-up, target, draft, export. Each leaves a file in the work folder and is skipped when that
file is there; the target's training resumes from its last checkpoint. `--minutes` is the target's budget of training
time on the machine at hand.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.copying import warm_up
from companion.starter.recipe.corpora import corpus_row, read_talks
from companion.starter.recipe.drafting import distil
from companion.starter.recipe.encoding import Encoder
from companion.starter.recipe.export import export
from companion.starter.recipe.grammar import load_grammar
from companion.starter.recipe.rows import user_text
from companion.starter.recipe.shapes import new_model, target_config
from companion.starter.recipe.training import GROUNDED, train
from companion.starter.recipe.vocabulary import train_tokenizer

WEIGHTS = Path(__file__).parent.parent / "weights"
TOKENIZER_ROWS = 3000


def _say(text: str) -> None:
    print(text, flush=True)


def _texts(composer: Composer, data: Path) -> Iterator[str]:
    """What the tokenizer learns from: rows as they will be, a quarter of them from the corpus."""
    talks = list(read_talks(data))
    for index in range(TOKENIZER_ROWS):
        row = corpus_row(composer.rng.choice(talks), composer, tails=5) if talks and index % 4 == 0 else composer.row()
        yield row.system
        yield from (f" {text}" for exchange in row.exchanges for text in exchange)
        yield from (f" {text}" for tail in row.tails for text in (user_text(tail.now, tail.message), tail.reply))


def main() -> None:
    """Runs what has not been run yet."""
    parser = argparse.ArgumentParser(description="Train the built-in model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with synthetic-persona-chat-*.csv")
    parser.add_argument("--work", type=Path, default=Path("build/starter"), help="folder of checkpoints")
    parser.add_argument("--minutes", type=float, default=120, help="training time of the target")
    parser.add_argument("--draft-minutes", type=float, default=12, help="training time of the draft")
    parser.add_argument("--from", dest="start", type=Path, help="folder of a finished pair to go on from, such as the one that ships")
    parser.add_argument("--grounded", type=float, default=GROUNDED, help="share of training after which talk and not knowing come first")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    grammar = load_grammar()

    if arguments.start:
        AutoTokenizer.from_pretrained(arguments.start / "target").save_pretrained(work / "tokenizer")
    elif not (work / "tokenizer").exists():
        train_tokenizer(_texts(Composer(grammar, random.Random(7)), arguments.data)).save_pretrained(work / "tokenizer")
    tokenizer = AutoTokenizer.from_pretrained(work / "tokenizer")
    encoder = Encoder(tokenizer)
    target: LlamaForCausalLM = new_model(target_config()).to(torch.bfloat16)

    if arguments.start:
        target.load_state_dict(LlamaForCausalLM.from_pretrained(arguments.start / "target").state_dict())
    elif not (work / "copying.pt").exists():
        warm_up(target, say=_say)
        torch.save(target.state_dict(), work / "copying.pt")
    else:
        target.load_state_dict(torch.load(work / "copying.pt"))

    composer, talks = Composer(grammar, random.Random(11)), list(read_talks(arguments.data))
    grounded: float = arguments.grounded
    budget: float = arguments.minutes
    train(target, composer, talks, encoder, minutes=lambda: budget, checkpoint=work / "target.ckpt", say=_say, grounded=grounded)

    if not (work / "draft.pt").exists():
        draft, acceptance = distil(target, Composer(grammar, random.Random(13)), encoder, minutes=arguments.draft_minutes, say=_say)
        _say(f"draft accepted {acceptance:.3f}")
        torch.save(draft, work / "draft.pt")
    export(target, torch.load(work / "draft.pt", weights_only=False), tokenizer, WEIGHTS)


if __name__ == "__main__":
    main()
