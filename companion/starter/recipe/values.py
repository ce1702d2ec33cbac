"""Values for slots: hand-written lists, and made-up names without number.

A value that a network has seen in training says nothing about copying, so one value in ten, chosen by a checksum of its
text, is *held out*: training never draws it and the probes draw nothing else. A listed value that it has seen often is
said from habit, so facts are often told with words thrown together, which nothing but the prompt can give away.
"""

import random
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

ONSETS = (*"b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh st t th tr v w y z".split(), "")
NUCLEI = ("a", "e", "i", "o", "u", "ai", "ea", "ia", "ie", "oa", "ou", "y")
CODAS = ("", "", "", "l", "n", "r", "s", "m", "k", "d", "t", "x", "nd", "rn", "ll", "ss", "v", "ck")
PLACE_ENDS = ("", "", *"ton ville bury dale holm ford port wick stad mouth field".split(), " Bay", " Point", " Hill", " Island")
STREET_ENDS = (" Street", " Lane", " Road", " Avenue", " Square", " Row", " Hill")
COMPANY_ENDS = ("", " Labs", " Works", " Foods", " Books", " Motors", " and Sons", " Design")
INVENTED = ("person", "pet", "place", "city", "street", "company", "user")
HELD_OUT_SHARE = 10
UNLIKELY_SHARE = 0.3  # of the listed values of facts
EXTRA_KINDS = {"user": "person"}


def held_out(value: str) -> bool:
    """Whether training must never see this value."""
    return zlib.crc32(value.lower().encode()) % HELD_OUT_SHARE == 0


def _syllables(rng: random.Random, least: int, most: int) -> str:
    word = "".join(rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(rng.randint(least, most)))
    return word[:12].capitalize()


def invent(kind: str, rng: random.Random) -> str:
    """A made-up name of one of the `INVENTED` kinds."""
    if kind in ("person", "user"):
        return _syllables(rng, 2, 3)
    if kind == "pet":
        return _syllables(rng, 1, 2)
    if kind in ("place", "city"):
        return _syllables(rng, 1, 2) + rng.choice(PLACE_ENDS)
    if kind == "street":
        return _syllables(rng, 1, 2) + rng.choice(STREET_ENDS)
    return _syllables(rng, 1, 2) + rng.choice(COMPANY_ENDS)


@dataclass(frozen=True)
class Values:
    """The lists, by kind."""

    lists: Mapping[str, Sequence[str]]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word of the lists, once."""
        return tuple(dict.fromkeys(word for values in self.lists.values() for value in values for word in value.split()))

    @classmethod
    def load(cls, folder: Path) -> "Values":
        """Reads `values.yaml`."""
        raw = yaml.safe_load((folder / "values.yaml").read_text("utf-8"))
        return cls({kind: [str(value) for value in values] for kind, values in raw.items()})

    def draw(self, kind: str, rng: random.Random, *, probe: bool = False) -> str:
        """A value of `kind`: held out when `probe`, else never so.

        Closed lists (days, months, …) are too short to hold anything out and are drawn whole.

        Raises:
            KeyError: no list has that kind and it cannot be invented.
        """
        source = EXTRA_KINDS.get(kind, kind)
        listed = self.lists.get(source, ())
        if not listed and kind not in INVENTED:
            raise KeyError(kind)
        if len(listed) < 30 and kind not in INVENTED:
            return rng.choice(listed)
        while True:
            made_up = kind in INVENTED and (not listed or rng.random() < 0.6)
            value = invent(kind, rng) if made_up else rng.choice(listed)
            if (len(value) > 2 or not made_up) and held_out(value) == probe:
                return value

    def told(self, kind: str, rng: random.Random, *, probe: bool = False) -> str:
        """A value for a fact of `kind`: like `draw`, but often words of any list thrown together, where lists are long and no
        probe is meant."""
        value = self.draw(kind, rng, probe=probe)
        if probe or kind in INVENTED or len(self.lists.get(kind, ())) < 30 or rng.random() > UNLIKELY_SHARE:
            return value
        thrown = " ".join(rng.sample(self.words, k=rng.choice((1, 2, 2, 3))))
        return value if held_out(thrown) else thrown
