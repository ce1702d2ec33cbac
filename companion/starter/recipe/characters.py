"""Invents the personas that training conversations are held with: a blueprint, its facts, its manner.

No two rows share a persona, so what is learnt is to follow a blueprint and not to be someone.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from companion.persona.blueprint import Blueprint
from companion.starter.recipe.facts import Fact
from companion.starter.recipe.grammar import Grammar, fill
from companion.starter.recipe.values import invent

OWN_SLOTS = {  # a dialogue's slot -> the persona fact that fills it
    "my_home": "home", "my_pet": "pet_name", "my_food": "favourite_food", "my_drink": "favourite_drink", "my_hobby": "hobby",
    "my_book": "favourite_book", "my_song": "favourite_song", "my_color": "favourite_color", "my_friend": "best_friend",
    "my_dream": "dream", "my_fear": "fear", "my_season": "favourite_season", "my_instrument": "instrument",
    "my_mother": "mother_name", "my_hometown": "hometown", "my_animal": "favourite_animal",
}  # fmt: skip
PRONOUNS = (("she/her", "She", "Her"), ("he/him", "He", "His"), ("they/them", "They", "Their"))
FROM_IDENTITY = ("nickname", "age", "job")
PLAIN_MANNERS = ("plain and friendly", "simple, kind words", "friendly; short sentences", "open and natural")


@dataclass(frozen=True)
class Character:
    """One invented persona.

    Attributes:
        stated: the facts that its background states, and `facts` their values by attribute.
        own: what the `me` and `my_` slots of dialogues become.
    """

    blueprint: Blueprint
    stated: tuple[Fact, ...]
    facts: Mapping[str, str]
    own: Mapping[str, str]
    manners: tuple[str, ...]

    @property
    def allowed(self) -> frozenset[str]:
        """The `my_` slots that this persona can fill."""
        return frozenset(self.own)


def _state(fact: Fact, value: str, pronouns: tuple[str, str, str], name: str, rng: random.Random) -> str:
    """One background sentence: mostly in her own words, sometimes about her."""
    if rng.random() < 0.88 or not fact.memory:
        return fill(rng.choice(fact.told), {"value": value})
    text = rng.choice(fact.memory).replace("{Name}", name).replace("{She}", pronouns[1]).replace("{Her}", pronouns[2])
    text = re.sub(r"\b([Ss])he\b", lambda m: pronouns[1] if m.group(1) == "S" else pronouns[1].lower(), text)
    text = re.sub(r"\b([Hh])er\b", lambda m: pronouns[2] if m.group(1) == "H" else pronouns[2].lower(), text)
    return fill(text, {"value": value})


def _speech(grammar: Grammar, manners: tuple[str, ...], rng: random.Random) -> tuple[str, tuple[str, ...]]:
    described = [rng.choice(grammar.manners[m].speech) for m in manners]
    lines = [line for m in manners for line in rng.sample(grammar.manners[m].says, k=rng.randint(1, 2))]
    return "; ".join(described), tuple(lines[:4])


def invent_character(grammar: Grammar, rng: random.Random, *, probe: bool = False, manners: tuple[str, ...] | None = None) -> Character:
    """A persona with 5 to 14 facts; `probe` draws only values that training never sees."""
    if manners is None:
        manners = tuple(rng.sample(sorted(grammar.manners), k=rng.choices((1, 2, 3), (5, 3, 2))[0]))
    values = grammar.values
    name = values.draw("person", rng, probe=probe)
    surname = f" {invent('person', rng)}" if rng.random() < 0.5 else ""
    age = str(rng.randint(18, 88))
    job = values.draw("job", rng, probe=probe)
    pronouns = rng.choices(PRONOUNS, (5, 4, 1))[0]
    chosen: list[Fact] = []
    for _ in range(rng.randint(5, 14)):
        fact = grammar.persona.draw(rng, besides=chosen, near=chosen[-1] if chosen and rng.random() < 0.25 else None)
        chosen += [fact] if fact and fact.attribute not in FROM_IDENTITY else []
    rng.shuffle(chosen)
    facts = {fact.attribute: values.told(fact.kind, rng, probe=probe) for fact in chosen}
    sentences = [_state(fact, facts[fact.attribute], pronouns, name, rng) for fact in chosen]
    if rng.random() < 0.4:
        job_fact = next(f for f in grammar.persona.attributes if f.attribute == "job")
        sentences.insert(rng.randrange(len(sentences) + 1), fill(rng.choice(job_fact.told), {"value": job}))
    manner, lines = _speech(grammar, manners, rng)
    own = {slot: facts[attribute] for slot, attribute in OWN_SLOTS.items() if attribute in facts}
    own |= {"me": name, "my_age": age, "my_job": job}
    small = grammar.small
    blueprint = Blueprint.model_validate(
        {
            "identity": {
                "name": name + surname,
                "nickname": name if surname else "",
                "age": int(age),
                "pronouns": pronouns[0],
                "tagline": job,
                "background": " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences),
            },
            "character": {
                "values": rng.sample(small["values"], k=rng.randint(0, 4)),
                "quirks": rng.sample(small["quirks"], k=rng.randint(0, 3)),
                "speech": {"manner": manner, "lines": lines if rng.random() < 0.85 else ()},
            },
            "greeting": fill(rng.choice(small["greetings"]), own),
            "boundaries": rng.sample(small["boundaries"], k=rng.randint(0, 3)),
        }
    )
    return Character(blueprint, tuple(chosen), facts, own, manners)
