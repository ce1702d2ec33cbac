"""Whom a clause is about: the user, one of their people or animals, or a thing they own.

Reads the beginning of a clause ("my little sister Anna, …", "she …", "mum …") and keeps, within one message, whom "he",
"she", "it" and a name just introduced stand for. What is not the user's own ("a guy at work", "the singer") has no
subject here, and nothing is learnt of it. The lists are in `rules/relations.yaml`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from companion.learn.mentions import ME, Mentioned, Opening, Subject
from companion.learn.wording import any_of


class Subjects:
    """Finds subjects by the lists of `rules/relations.yaml` and the first names of `rules/names.yaml`."""

    def __init__(self, book: Mapping[str, Any], first_names: frozenset[str], no_names: frozenset[str]) -> None:
        self._known: dict[str, Subject] = {}
        several = set(book["several"])
        kinds = (("she", "person"), ("he", "person"), ("they", "person"), ("plural", "person"), ("pet", "pet"), ("thing", "thing"))
        for group, kind in kinds:
            for words, others in book[group].items():
                pronoun = {"pet": "it", "thing": "it", "plural": "they"}.get(group, group)
                pet = words in {"dogs", "cats"}
                subject = Subject(words, "pet" if pet else kind, pronoun, group == "plural", words in several)
                for word in (words, *others):
                    self._known[word] = subject
        self._ranks = {word: rank for rank, words in book["ranks"].items() for word in words}
        self._close = frozenset(book["close"])
        self._first_names, self._no_names = first_names, no_names
        self.relation = any_of(
            [
                re.escape(word) + ("(?! (?:name|birthday|job|age)\\b)" if known.plural else "")
                for word, known in sorted(self._known.items(), key=lambda item: -len(item[0]))
            ]
        )
        self.adjectives = (
            f"(?:(?:{'|'.join(map(re.escape, (*self._ranks, *book['praise'])))}|\\d{{1,2}}[ -](?:year|month|week)s?[ -]old) ){{0,3}}"
        )
        theirs = "names?|birthday|job|age|favourite|husband|wife|boyfriend|girlfriend|hobby|dog|cat"
        sloppy = f"(?:s(?= (?:full |real |first )?(?:{theirs})\\b(?! are)))?"  # "my sisters name"
        self._mine = re.compile(
            rf"(?:my|our|the(?= (?:wife|missus|husband|hubby|kids|dog|cat|puppy|kitten)\b))"
            rf" (?P<adjectives>{self.adjectives})(?P<relation>{self.relation})(?P<sloppy>{sloppy})\b"
        )
        self._of_mine = re.compile(
            rf"(?:a|an|one) (?P<adjectives>{self.adjectives})(?P<relation>friend|colleague|cousin|neighbour) of (?:mine|ours)\b"
        )
        self._bare = re.compile(rf"(?:my )?(?P<adjectives>)(?P<relation>{any_of(book['bare'])})(?P<sloppy>{sloppy})\b")
        self._theirs = re.compile(rf"(?:her|his|their|its) (?P<adjectives>{self.adjectives})(?P<relation>{self.relation})\b")
        self._nested = re.compile(rf" ?'?s (?P<adjectives>{self.adjectives})(?P<relation>{self.relation})\b")
        self._pronoun = re.compile(r"(?P<word>he|she|it|they|who|which)\b ?(?P<s>'s )?")
        self._possessive = re.compile(r"(?P<word>her|his|their|its|whose|it 's)\b ")
        self._name = re.compile(
            r"(?P<comma>,)? ?(?:named )?(?P<name>[^\W\d_][\w'-]{1,19}(?: [A-ZÀ-Þ][\w'-]{1,19})?)(?P<end>,| ?\(|(?= )|$)"
        )
        self._owner = re.compile(r" ?(?:'s|s'|s|')(?= )")

    def of(self, adjectives: str, relation: str) -> Subject | None:
        """The subject of a relation with the adjectives in front of it."""
        known = self._known.get(relation) or self._known.get(relation.removesuffix("s"))
        if not known:
            return None
        ranks = [self._ranks[word] for word in adjectives.split() if word in self._ranks]
        if not ranks or known.kind == "thing":
            return known
        if (
            known.kind == "pet"
            and ranks[0] in {"younger", "older", "former"}
            and not {"older", "younger", "former", "ex"} & set(adjectives.split())
        ):
            return known  # a little or an old dog is still the dog
        if relation in {"girl", "boy"}:
            return None
        return Subject(f"{ranks[0]} {known.words}", known.kind, known.pronoun, known.plural, known.several)

    def open(self, text: str, low: str, mentioned: Mentioned, *, continues: bool = False, lower: bool = False) -> Opening | None:
        """How a clause begins, or None when it is about nobody of the user's."""
        if continues:
            pronoun = self._pronoun.match(low)
            if pronoun and pronoun["word"] in {"who", "which"}:
                return Opening(mentioned.fresh, pronoun.end()) if mentioned.fresh else None
            return Opening(mentioned.current, 0) if mentioned.current else None
        if low.startswith(("i ", "we ")):
            return Opening(ME, low.index(" ") + 1, many=low[0] == "w")
        for pattern in (self._mine, self._of_mine, self._bare):
            if match := pattern.match(low):
                return self._relation(match, text, low, lower)
        if match := self._theirs.match(low):
            owner = mentioned.last.get({"her": "she", "his": "he", "its": "it"}.get(low.split(" ")[0], "they"))
            inner = self.of(match["adjectives"], match["relation"])
            if not owner or not inner or owner.words not in self._close:
                return None
            return self._after(
                Subject(f"{owner.words}'s {inner.words}", inner.kind, inner.pronoun, inner.plural), match.end(), text, low, lower
            )
        if low.startswith(("my ", "our ")):
            return Opening(ME, low.index(" ") + 1, owns=True, many=low[0] == "o")
        if (match := self._possessive.match(low)) and not low.startswith("it 's"):
            owner = mentioned.last.get({"her": "she", "his": "he", "its": "it", "whose": "they"}.get(match["word"], "they")) or (
                mentioned.latest if match["word"] == "whose" else None
            )
            return Opening(owner, match.end(), owns=True) if owner else None
        if match := self._pronoun.match(low):
            found = mentioned.last.get(match["word"]) or (mentioned.latest if match["word"] in {"who", "which"} else None)
            if not found:
                return None
            return Opening(found, match.start("s") if match["s"] else match.end())
        head = re.match(r"([^\W\d_][\w'-]{1,19}) ", low)
        if head and (known := mentioned.names.get(head[1])):
            return Opening(known, head.end(), unsure=low.startswith("'s ", head.end()))
        return None

    def relation_in(self, low: str) -> Subject | None:
        """The last person or animal of the user's that the persona's words name ("your sister")."""
        found = None
        for match in re.finditer(rf"\b(?:your|a|an) (?P<adjectives>{self.adjectives})(?P<relation>{self.relation})\b", low):
            found = self.of(match["adjectives"], match["relation"]) or found
        return found

    def parsed(self, low: str) -> Subject | None:
        """The subject that a few words in lower case name: "my older sister", "dog", "friend olga"."""
        match = re.fullmatch(
            rf"(?:my |our |their |the )?(?P<adjectives>{self.adjectives})(?P<relation>{self.relation})(?P<name> \w+)?", low
        )
        subject = self.of(match["adjectives"], match["relation"]) if match else None
        if not match or not subject or not match["name"]:
            return subject
        return replace(subject, words=f"{subject.words}{match['name'].title()}") if subject.several else None

    def named_in(self, low: str) -> frozenset[str]:
        """All that words in lower case speak of, as notes call them; of those the user may have several of, by name as well."""
        found = set[str]()
        for match in re.finditer(rf"\b(?P<adjectives>{self.adjectives})(?P<relation>{self.relation})s?\b,?(?P<name> \w+)?", low):
            for subject in (self.of(match["adjectives"], match["relation"]), self.of("", match["relation"])):
                if subject:
                    found.add(subject.words)
                    if subject.several and match["name"]:
                        found.add(f"{subject.words}{match['name'].title()}")
        return frozenset(found)

    def is_name(self, word: str) -> bool:
        """Whether a word in lower case is a common first name and nothing else."""
        return word in self._first_names

    def _relation(self, match: re.Match[str], text: str, low: str, lower: bool) -> Opening | None:
        subject = self.of(match["adjectives"], match["relation"])
        if not subject:
            return None
        if match.groupdict().get("sloppy"):  # "my sisters name"
            nested = self._nested.match(low, match.end("relation"))
            if not nested:
                return Opening(subject, match.end() + 1, owns=True)
        end = match.end("relation")
        nested = self._nested.match(low, end)
        if nested:
            inner = self.of(nested["adjectives"], nested["relation"])
            if inner and subject.words in self._close:
                return self._after(
                    Subject(f"{subject.words}'s {inner.words}", inner.kind, inner.pronoun, inner.plural), nested.end(), text, low, lower
                )
            return None
        return self._after(subject, end, text, low, lower)

    def _after(self, subject: Subject, end: int, text: str, low: str, lower: bool) -> Opening | None:
        """What follows the relation: a name in passing, a possessive, or the predicate."""
        owner = self._owner.match(low, end)
        if owner and not subject.plural:
            return Opening(subject, owner.end() + 1, owns=True, unsure=True)
        named = self._name.match(text, end) if low[end : end + 1] in {" ", ","} else None
        if named and self._may_be_name(named, text, low, lower):
            begins, ends = named.span("name")
            return self._with_name(subject, text, begins, ends, named.end(), low)
        if low[end : end + 1] not in {" ", ""}:
            return None
        return Opening(subject, end + 1)

    def _with_name(self, subject: Subject, text: str, begins: int, ends: int, after: int, low: str) -> Opening:
        base = subject
        if subject.several:
            subject = replace(subject, words=f"{subject.words} {text[begins:ends].title()}")
        owner = self._owner.match(low, ends)
        if owner:
            return Opening(subject, owner.end() + 1, owns=True, unsure=True, named=(begins, ends), base=base)
        after += 1 if low[after : after + 1] == " " else 0
        return Opening(subject, after, named=(begins, ends), base=base)

    def _may_be_name(self, named: re.Match[str], text: str, low: str, lower: bool) -> bool:
        begins, ends = named.span("name")
        words = low[begins:ends].split()
        if any(word in self._no_names for word in words):
            return False
        return text[begins].isupper() or self.is_name(words[0])
