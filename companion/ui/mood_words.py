"""What she feels, in the words of the page. No markup: callers escape what they draw.

The keys are the labels that are read and reckoned with: the 28 of GoEmotions (Demszky et al. 2020) for what is read and shown, those of
the OCC model (Ortony, Clore and Collins 1988) for her own emotions. What is not listed stands as it is.
"""

from collections.abc import Iterator

from companion.affect import Affect, Felt, Manner, Mood

REST = Mood(0.0, 0.0, 0.0)
# What she shows, as one would say it of her.
SHOWN = {
    "admiration": "full of admiration",
    "amusement": "amused",
    "anger": "angry",
    "annoyance": "annoyed",
    "approval": "agreeing with you",
    "caring": "tender with you",
    "confusion": "puzzled",
    "curiosity": "curious",
    "desire": "wishing for something",
    "disappointment": "let down",
    "disapproval": "not of your opinion",
    "disgust": "put off",
    "embarrassment": "embarrassed",
    "excitement": "excited",
    "fear": "afraid",
    "gratitude": "grateful",
    "grief": "grieving",
    "joy": "glad",
    "love": "full of love",
    "nervousness": "nervous",
    "optimism": "hopeful",
    "pride": "proud",
    "realization": "struck by a thought",
    "relief": "relieved",
    "remorse": "sorry",
    "sadness": "sad",
    "surprise": "surprised",
    "neutral": "",
}
# The face that a shown feeling gives her portrait (`show/portrait.py` draws five).
FACES = {
    "happy": ("admiration", "amusement", "approval", "excitement", "gratitude", "joy", "love", "optimism", "pride", "relief"),
    "sad": ("disappointment", "embarrassment", "fear", "grief", "nervousness", "remorse", "sadness"),
    "surprised": ("realization", "surprise"),
    "thoughtful": ("annoyance", "confusion", "disapproval"),
}
PACES = {"slow": "unhurried", "even": "", "quick": "quickly"}
QUESTIONS = {"none": "asks nothing", "one": "asks one question at most", "allowed": ""}


def label(name: str) -> str:
    """A label as a word: "fears-confirmed" is "fears confirmed"."""
    return name.replace("_", " ").replace("-", " ")


def capital(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]


def signed(value: float) -> str:
    """A figure on a scale from −1 to 1: "+0.18", "−0.31", "0.00"."""
    figure = f"{abs(value):.2f}"
    return figure if figure == "0.00" else f"{'+' if value > 0 else '−'}{figure}"


def shown(name: str) -> str:
    """What she shows, as one would say it of her; empty where nothing stands out."""
    return SHOWN.get(name, label(name))


def face(name: str) -> str:
    """The expression of her portrait for what she shows."""
    return next((face for face, names in FACES.items() if name in names), "neutral")


def feeling(affect: Affect | None) -> str:
    """The line under her name: "A little wistful, tender with you"; "At rest" as long as nothing was read."""
    if affect is None:
        return "At rest"
    mood = affect.mood.words.partition(",")[0]
    told = shown(affect.shown)
    if mood == "even":
        return capital(told or mood)
    return capital(f"{mood}, {told}" if told else mood)


def brief(affect: Affect) -> str:
    """The same where there is less room: "Tender with you", or her mood where she shows no more."""
    return capital(shown(affect.shown) or affect.mood.words.partition(",")[0])


def figures(mood: Mood) -> str:
    """A mood in figures: "pleasure +0.18, arousal −0.31, dominance +0.12"."""
    return ", ".join(f"{name} {signed(value)}" for name, value in zip(Mood._fields, mood, strict=True))


def changed(manner: Manner) -> Iterator[tuple[str, str]]:
    """What the rules that hold change in a reply: what, and how."""
    if manner.pace != "even":
        yield "pace", PACES[manner.pace]
    if manner.tone:
        yield "tone", manner.tone
    if manner.expression:
        yield "expression", manner.expression
    if manner.reply_sentences is not None:
        yield "length", f"at most {manner.reply_sentences} sentence{'s' if manner.reply_sentences != 1 else ''}"
    if manner.sentence_words is not None:
        yield "sentences", f"at most {manner.sentence_words} words each"
    if manner.questions != "allowed":
        yield "questions", QUESTIONS[manner.questions]
    if manner.favour:
        yield "likes to say", quoted(manner.favour)
    if manner.avoid:
        yield "does not say", quoted(manner.avoid)
    if manner.temperature != 1.0:
        steadier = "steadier" if manner.temperature < 1 else "more surprising"
        yield "choice of words", f"{steadier}, temperature × {manner.temperature:.2g}"


def talks(manner: Manner) -> str:
    """How she then talks, in a line: "Hushed, unhurried, in short sentences"; empty where nothing changes that one would notice."""
    said = [manner.tone, PACES[manner.pace] if manner.pace != "quick" else "quick"]
    if manner.reply_sentences is not None:
        said.append("in few sentences")
    elif manner.sentence_words is not None:
        said.append("in short sentences")
    if manner.questions == "none":
        said.append("asking nothing")
    return capital(", ".join(one for one in said if one))


def quoted(phrases: tuple[str, ...], most: int = 6) -> str:
    """Phrases of a rule: "“wake up”, “cheer up”"."""
    words = ", ".join(f"“{phrase}”" for phrase in phrases[:most])
    return words + (f" and {len(phrases) - most} more" if len(phrases) > most else "")


def moved(felt: Felt, before: Mood) -> float:
    """How far a message moved her on the plane of pleasure and arousal, from 0 to 2√2."""
    across, up = felt.affect.mood.pleasure - before.pleasure, felt.affect.mood.arousal - before.arousal
    return float((across**2 + up**2) ** 0.5)
