"""The whole recipe as one resumable command.

    python -m companion.starter.recipe --data ../shared/data/dialogue --work build/starter --minutes 120

Stages: tokenizer, copying warm-up, target, draft, export. Each leaves a file in the work folder and is skipped when that
file is there; the target's training resumes from its last checkpoint. `--minutes` is the target's budget of training
time on the machine at hand. On Linux an eighth of it is saved by an allocator that is not upset by tensors of changing
sizes: run it with jemalloc in `LD_PRELOAD` and `MALLOC_CONF=dirty_decay_ms:3000`.
"""

import argparse
import json
import os
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from companion.remember.embedder import SentenceEmbedder
from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.copying import warm_up
from companion.starter.recipe.corpora import corpus_row, read_talks
from companion.starter.recipe.drafting import distil
from companion.starter.recipe.encoding import Encoder
from companion.starter.recipe.export import export
from companion.starter.recipe.grammar import load_grammar
from companion.starter.recipe.ideas import replies_beside
from companion.starter.recipe.peers import Peers, together
from companion.starter.recipe.phrases import write_phrases
from companion.starter.recipe.pointing import pointing
from companion.starter.recipe.rows import user_text
from companion.starter.recipe.sayings import write_sayings
from companion.starter.recipe.shapes import draft_config, new_model, target_config
from companion.starter.recipe.training import GROUNDED, train
from companion.starter.recipe.vocabulary import train_tokenizer

WEIGHTS = Path(__file__).parent.parent / "weights"
TOKENIZER_ROWS = 3000
Weights = dict[str, torch.Tensor]


def _say(text: str) -> None:
    print(text, flush=True)


def _texts(composer: Composer, data: Path) -> Iterator[str]:
    """What the tokenizer learns from: rows as they will be, a quarter of them from the corpus."""
    talks = list(read_talks(data))
    for index in range(TOKENIZER_ROWS):
        row = corpus_row(composer.rng.choice(talks), composer, tails=5) if talks and index % 4 == 0 else composer.row()
        yield row.system
        yield from (f" {text}" for exchange in row.exchanges for text in exchange)
        yield from (f" {text}" for tail in row.tails for text in (user_text(tail), tail.reply))


def _start(arguments: argparse.Namespace) -> LlamaForCausalLM:
    """The target before its training: a finished one to go on from, or one that has learnt to copy."""
    target: LlamaForCausalLM = new_model(target_config()).to(torch.bfloat16)
    warm = arguments.work / "copying.pt"
    if arguments.start:
        target.load_state_dict(LlamaForCausalLM.from_pretrained(arguments.start / "target").state_dict())
    elif warm.exists():
        target.load_state_dict(torch.load(warm))
    else:
        warm_up(target, say=_say)
        torch.save(target.state_dict(), warm)
    return target


def _beside(work: Path) -> dict[str, list[str]]:
    """The replies found for questions about facts; looked up once, since that takes minutes."""
    kept = work / "beside.json"
    if not kept.exists():
        kept.write_text(json.dumps(replies_beside(load_grammar(), SentenceEmbedder().encode)), "utf-8")
    beside: dict[str, list[str]] = json.loads(kept.read_text("utf-8"))
    return beside


def _train_target(arguments: argparse.Namespace, peers: Peers) -> None:
    """What each process does: all of them start and end with the same weights."""
    torch.manual_seed(0)
    target = _start(arguments)
    train(
        target,
        Composer(load_grammar(), random.Random(11), beside=_beside(arguments.work), point=pointing(SentenceEmbedder())),
        list(read_talks(arguments.data)),
        Encoder(AutoTokenizer.from_pretrained(arguments.work / "tokenizer")),
        minutes=lambda: arguments.minutes,
        checkpoint=arguments.work / "target.ckpt",
        say=_say,
        grounded=arguments.grounded,
        peers=peers,
    )
    if peers.rank == 0:
        torch.save(averaged(target.state_dict(), _start(arguments).state_dict(), arguments.mix), arguments.work / "target.pt")


def averaged(trained: Weights, begun: Weights, share: float) -> Weights:
    """The mean of two networks of one shape, `share` of it the second (weight averaging, Izmailov et al. 2018)."""
    return {name: torch.lerp(one.float(), begun[name].float(), share).to(one.dtype) for name, one in trained.items()}


def _train_draft(arguments: argparse.Namespace, peers: Peers) -> None:
    """What each process does once the target is done."""
    torch.manual_seed(peers.rank)
    target: LlamaForCausalLM = new_model(target_config()).to(torch.bfloat16)
    target.load_state_dict(torch.load(arguments.work / "target.pt"))
    draft, acceptance = distil(
        target,
        Composer(load_grammar(), random.Random(13), beside=_beside(arguments.work), point=pointing(SentenceEmbedder())),
        Encoder(AutoTokenizer.from_pretrained(arguments.work / "tokenizer")),
        minutes=arguments.draft_minutes,
        say=_say,
        peers=peers,
    )
    if peers.rank == 0:
        _say(f"draft accepted {acceptance:.3f}")
        torch.save(draft.state_dict(), arguments.work / "draft.pt")


def main() -> None:
    """Runs what has not been run yet."""
    parser = argparse.ArgumentParser(description="Train the built-in model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with synthetic-persona-chat-*.csv")
    parser.add_argument("--work", type=Path, default=Path("build/starter"), help="folder of checkpoints")
    parser.add_argument("--minutes", type=float, default=120, help="training time of the target")
    parser.add_argument("--draft-minutes", type=float, default=12, help="training time of the draft")
    parser.add_argument("--from", dest="start", type=Path, help="folder of a finished pair to go on from, such as the one that ships")
    parser.add_argument("--mix", type=float, default=0.0, help="share of the weights it begins with in the weights it ends with")
    parser.add_argument("--grounded", type=float, default=GROUNDED, help="share of training after which talk and not knowing come first")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many train the target, each on a core of its own")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)

    if arguments.start:
        AutoTokenizer.from_pretrained(arguments.start / "target").save_pretrained(work / "tokenizer")
    elif not (work / "tokenizer").exists():
        train_tokenizer(_texts(Composer(load_grammar(), random.Random(7)), arguments.data)).save_pretrained(work / "tokenizer")
    _start(arguments)
    _beside(work)
    together(partial(_train_target, arguments), processes=arguments.processes)
    if not (work / "draft.pt").exists():
        together(partial(_train_draft, arguments), processes=arguments.processes)

    target, draft = (new_model(config).to(torch.bfloat16) for config in (target_config(), draft_config()))
    target.load_state_dict(torch.load(work / "target.pt"))
    draft.load_state_dict(torch.load(work / "draft.pt"))
    tokenizer = AutoTokenizer.from_pretrained(work / "tokenizer")
    export(target, draft, tokenizer, WEIGHTS)
    write_phrases(load_grammar(), tokenizer, WEIGHTS / "phrases.safetensors")
    write_sayings(load_grammar(), SentenceEmbedder().encode, WEIGHTS)


if __name__ == "__main__":
    main()
