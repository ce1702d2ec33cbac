"""Bounds on the length of sentences and replies, and on questions, as logits processors: pure functions of the reply's tokens.

A sentence that nears its bound is first made to end likelier, the more the nearer, so that it ends where one can end. At the bound
no further word may begin: the last one is finished, and then come a mark and the next sentence or the end. A reply ends with its
last sentence. No word is cut, and a bound never bars the end of a reply that says something.

What it does not: see to grammar. A model that has no way to end its sentence in time ends it where the bound is.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from companion.think.bound import Bound, Kept
from companion.think.prose import Kind, Progress, kind, lists, onward
from companion.think.spelling import INVISIBLE
from companion.think.spelling import read as read_signs
from companion.think.vocabulary import Told, Trail, Vocabulary

if TYPE_CHECKING:
    import torch

STRONGEST = 3.0  # added to the scores of marks that end a sentence, at its bound; less before, nothing until half of it
OPENS_A_QUESTION = 3.0  # taken from the scores of words that mostly do, where a question may not be asked
Seen = Kind | Literal["?"]  # "?" may be any letter: it is spread over tokens
LETTERS: frozenset[Seen] = frozenset({"w", "W", "d", "?"})
ANY_LETTER: tuple[Kind, ...] = ("W", "w")
CLOSING: frozenset[Seen] = frozenset({".", "…", "!", ")", "'"})
Shape = tuple[Seen, ...]


class Read(NamedTuple):
    """How far a reply has come: in words and sentences, in question marks, and the bytes of an unfinished character."""

    progress: Progress = Progress()
    questions: int = 0
    visible: bool = False
    pending: bytes = b""


class Shapes:
    """What each token of a vocabulary is to a sentence. One for each model.

    Args:
        vocabulary: its tokens.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.kept = Kept()

    def reading(self) -> Trail[Read]:
        """Reads a reply; the bounds on it may share one."""
        return Trail(Read(), self._step)

    @cached_property
    def kinds(self) -> tuple[Shape, ...]:
        """The shapes there are; letters that follow each other are one."""
        return tuple(dict.fromkeys(self._by_token))

    @cached_property
    def most_words(self) -> int:
        """Words that one token may begin at most."""
        return max((sum(one in LETTERS for one in shape) for shape in self.kinds), default=1)

    @cached_property
    def of_token(self) -> "torch.Tensor":
        """int64 (vocabulary,): which of `kinds` a token has."""
        import torch

        places = {shape: place for place, shape in enumerate(self.kinds)}
        return torch.tensor([places[shape] for shape in self._by_token], dtype=torch.long)

    @cached_property
    def ends(self) -> "torch.Tensor":
        """bool (vocabulary,): the tokens that end a reply."""
        return self._mask(lambda i: i in self.vocabulary.ends)

    @cached_property
    def blank(self) -> "torch.Tensor":
        """bool (vocabulary,): tokens after which nothing can be seen."""
        return self._mask(lambda i: not self._by_token[i] or set(self._by_token[i]) <= {" ", "\n"})

    @cached_property
    def marks(self) -> "torch.Tensor":
        """bool (vocabulary,): tokens that begin with a mark that ends a sentence."""
        return self._mask(lambda i: self._by_token[i][:1] in ((".",), ("!",)))

    @cached_property
    def letters(self) -> "torch.Tensor":
        """bool (vocabulary,): tokens that begin with a letter or a digit."""
        return self._mask(lambda i: not LETTERS.isdisjoint(self._by_token[i][:1]))

    @cached_property
    def openers(self) -> "torch.Tensor":
        """bool (vocabulary,): words that mostly open a question."""
        words = lists()["openers"]
        return self._mask(lambda i: read_signs(self.vocabulary.alone[i].text).strip() in words)

    @cached_property
    def asking(self) -> tuple[int, ...]:
        """How many question marks each token has."""
        return tuple(read_signs(one.text).count("?") for one in self.vocabulary.alone)

    @cached_property
    def _by_token(self) -> tuple[Shape, ...]:
        return tuple(_shape(one) for one in self.vocabulary.alone)

    def _mask(self, chosen: Callable[[int], bool]) -> "torch.Tensor":
        import torch

        return torch.tensor([chosen(i) for i in range(len(self.vocabulary.pieces))], dtype=torch.bool)

    def _step(self, state: Read, token: int) -> Read:
        told = self.vocabulary.told(state.pending, token)
        progress, abbreviations = state.progress, lists()["abbreviations"]
        for char in told.text:
            progress = onward(progress, kind(char), char, abbreviations)
        shown = read_signs(told.text)
        visible = state.visible or bool(shown.strip(f" {INVISIBLE}"))
        return Read(progress, state.questions + shown.count("?"), visible, told.pending)


def _shape(told: Told) -> Shape:
    """The kinds of a token's characters. Of one that is spread over tokens the worst is assumed: that a word begins with it."""
    unknown: Seen = "?"
    seen: list[Seen] = [of for char in told.text if (of := kind(char))]
    kinds = [*([] if told.sound else [unknown]), *seen, *([unknown] if told.pending else [])]
    return tuple(of for at, of in enumerate(kinds) if at == 0 or of not in LETTERS or kinds[at - 1] not in LETTERS)


class Sentences(Bound):
    """Bars words beyond the longest sentence and beyond the last one.

    Args:
        reading: of the reply.
        shapes: of the model's vocabulary.
        words: the most in a sentence; 0 leaves it open.
        sentences: the most in the reply; 0 leaves it open.
    """

    def __init__(self, reading: Trail[Read], shapes: Shapes, *, words: int = 0, sentences: int = 0) -> None:
        self._reading, self._shapes, self._words, self._sentences = reading, shapes, words, sentences

    def added(self, reply: list[int], device: "torch.device") -> "torch.Tensor | None":
        """See `Bound`."""
        progress = self._reading.after(reply).progress
        near = max(0.0, 2 * progress.words / self._words - 1) if self._words and progress.tail == "word" else 0.0
        room = self._shapes.most_words + 1
        words = min(room, max(0, self._words - progress.words)) if self._words else room
        sentences = min(room, max(0, self._sentences - progress.sentences)) if self._sentences else room
        finished = 0 < self._sentences <= progress.over
        binds = words < room or sentences < room or finished
        if not binds and not near:
            return None
        short = onward(progress, ".", ".", lists()["abbreviations"]).tail
        number = progress.word[-1:].isdigit()
        begun = min(1, progress.words)
        key = ("sentences", self._words > 0, words, sentences, finished, begun, progress.tail, short, number, near, device)
        return self._shapes.kept.get(key, lambda: self._made(progress, near, binds, finished, number).to(device))

    def applied(self, reply: list[int], scores: "torch.Tensor") -> "torch.Tensor":
        """See `Bound`. Where the bound is reached and another word is likelier than more letters, the last word is whole."""
        bounded, progress = super().applied(reply, scores), self._reading.after(reply).progress
        if progress.tail != "word" or not 0 < self._words <= progress.words:
            return bounded
        letters = self._shapes.letters.to(scores.device)
        another = scores.masked_fill(bounded > float("-inf"), float("-inf")).max()
        if another > bounded.masked_fill(~letters, float("-inf")).max():
            return bounded.masked_fill(letters, float("-inf"))
        return bounded

    def _made(self, progress: Progress, near: float, binds: bool, finished: bool, number: bool) -> "torch.Tensor":
        added = STRONGEST * min(1.0, near) * self._shapes.marks.float()
        return added.masked_fill(self._barred(progress, finished, number), float("-inf")) if binds else added

    def _barred(self, progress: Progress, finished: bool, number: bool) -> "torch.Tensor":
        """bool (vocabulary,)."""
        import torch

        def passes(shape: Shape) -> bool:
            if finished:
                goes_on = number and progress.tail == "dot" and shape[:1] == ("d",)
                return not (goes_on or (shape and CLOSING.issuperset(shape)))
            if "?" in shape:  # after a pause a capital begins a sentence, and another letter goes on with this one
                return any(self._passes(progress, [letter if of == "?" else of for of in shape]) for letter in ANY_LETTER)
            return self._passes(progress, [of for of in shape if of != "?"])

        barred = torch.tensor([passes(shape) for shape in self._shapes.kinds])[self._shapes.of_token]
        return barred & ~self._shapes.ends

    def _passes(self, progress: Progress, shape: Sequence[Kind]) -> bool:
        # What stands already may be longer, if it was written before there was a bound; nothing is added to it then.
        words, sentences = max(self._words, progress.words), max(self._sentences, progress.sentences)
        for of in shape:
            before, progress = progress, onward(progress, of, "", lists()["abbreviations"])
            fresh = self._words if progress.ended > before.ended else words
            if (self._words and progress.words > fresh) or (self._sentences and progress.sentences > sentences):
                return True
        # Behind the last word comes its mark: neither a comma nor a space that nothing can follow.
        waits = 0 < self._words <= progress.words and progress.tail in ("gap", "joint")
        return waits and bool(shape) and shape[-1] in (",", " ", "'")


class Questions(Bound):
    """Bars question marks beyond the most, and makes words less likely that open another question.

    Args:
        reading: of the reply.
        shapes: of the model's vocabulary.
        most: how many marks there may be.
    """

    def __init__(self, reading: Trail[Read], shapes: Shapes, most: int) -> None:
        self._reading, self._shapes, self._most = reading, shapes, most

    def added(self, reply: list[int], device: "torch.device") -> "torch.Tensor":
        """See `Bound`."""
        read = self._reading.after(reply)
        left = max(0, self._most - read.questions)
        opens = not left and read.progress.begins
        if read.pending:
            return self._made(left, opens, read.pending).to(device)
        return self._shapes.kept.get(("questions", left, opens, device), lambda: self._made(left, opens).to(device))

    def _made(self, left: int, opens: bool, pending: bytes = b"") -> "torch.Tensor":
        import torch

        asking, vocabulary = list(self._shapes.asking), self._shapes.vocabulary
        for token in vocabulary.continuing if pending else ():
            asking[token] = read_signs(vocabulary.told(pending, token).text).count("?")
        discouraged = -OPENS_A_QUESTION * opens * self._shapes.openers.float()
        return discouraged.masked_fill(torch.tensor(asking) > left, float("-inf"))


class Something(Bound):
    """Bars the end of a reply that says nothing yet, and white space before its first word.

    Args:
        reading: of the reply.
        shapes: of the model's vocabulary.
    """

    def __init__(self, reading: Trail[Read], shapes: Shapes) -> None:
        self._reading, self._shapes = reading, shapes

    def added(self, reply: list[int], device: "torch.device") -> "torch.Tensor | None":
        """See `Bound`."""
        import torch

        read = self._reading.after(reply)
        if read.visible:
            return None
        barred = self._shapes.ends if read.pending else self._shapes.blank
        return torch.zeros(len(barred)).masked_fill(barred, float("-inf")).to(device)
