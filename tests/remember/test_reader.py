"""The reader finds what answers a question where the embedder finds what is about the same."""

import numpy as np

from companion.remember.embedder import SentenceEmbedder
from companion.remember.reader import Reader, reader

TOLD = {
    "what instrument do I play?": "my cello case got stuck in the revolving door again, forty people watched",
    "where was our honeymoon?": "found our wedding rice in the old suitcase. two weeks of rain in Malta and we didn't mind once",
    "what's my daughter called?": "Ottilie has nits, so the whole house smells of vinegar. My girl is delighted, no school",
    "what am i scared of?": "had to ask a stranger to carry the spider out, i was shaking",
    "which subject was I worst at?": "never once did i pass a chemistry test, the teacher crossed himself when i came in",
    "where do my parents live?": "drove six hours to Lugano and back because mum had locked herself out of her own kitchen",
    "what do i have on my toast?": "out of marmite. this morning is cancelled",
    "how do I get to work?": "number 11 tram broke down again so i walked in late with wet socks",
    "what is my husband's job?": "he comes home with flour in his ears, being married to a baker is a crunchy life",
    "what did I want to be as a kid?": "at six i told everyone i'd drive a snow plough, and i'm still a bit sad about it",
}
CHATTER = (
    "Did you know that a cello has about the range of the human voice?",
    "Lots of people go to Italy for their honeymoon these days.",
    "I think the schools should start later, kids need sleep.",
    "That movie was so scary! Do you like horror films?",
    "The worst team in the league just won, how about that?",
    "Yes, many parents live far away from their kids now.",
    "Toast was invented by the Romans, they say.",
    "It would take years to get that to work, the engineers said.",
    "He got the job as a coach after all.",
    "Kids today all want to be on the internet.",
)


def firsts(scores: np.ndarray) -> int:
    """For how many questions their own remark scores best."""
    return int((scores.argmax(axis=1) == np.arange(len(TOLD))).sum())


def test_what_answers_comes_first_more_often_than_what_is_about_the_same() -> None:
    vectors = SentenceEmbedder().encode([*TOLD, *TOLD.values(), *CHATTER])
    asked, known = vectors[: len(TOLD)], vectors[len(TOLD) :]
    read = np.stack([reader().turned(one) for one in asked]) @ known.T
    assert firsts(read) >= firsts(asked @ known.T) + 2


def test_a_score_is_linear_in_the_remark() -> None:
    own, prior = np.array([2.0, 1.0, 0.0], dtype=np.float32), np.array([0.0, 0.0, 0.5], dtype=np.float32)
    left, right = np.array([[1.0], [0.0], [0.0]], dtype=np.float32), np.array([[0.0], [3.0], [0.0]], dtype=np.float32)
    turned = Reader(own, left, right, prior).turned(np.array([1.0, 1.0, 0.0], dtype=np.float32))
    assert turned.tolist() == [2.0, 4.0, 0.5]
    assert sorted(Reader(own, left, right, prior).tensors()) == ["left", "own", "prior", "right"]
