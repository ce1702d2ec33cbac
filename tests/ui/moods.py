"""A heart for tests of the studio: it hears a few words, and moves by a fixed amount for each."""

from collections.abc import Sequence
from datetime import datetime

from companion.affect import Affect, Bond, Felt, Manner, Mood, Reason
from companion.feel.temperament import resting_mood
from companion.persona.blueprint import Blueprint

HEARD = {"died": ("sadness", -0.3, -0.1), "job": ("joy", 0.3, 0.3), "furious": ("anger", -0.35, 0.4), "thank": ("gratitude", 0.25, 0.0)}
FADES = 0.5  # of the way back to rest, with every day


def try_out(blueprint: Blueprint, steps: Sequence[tuple[str, datetime]]) -> tuple[Felt, ...]:
    """What each message does; rules by the user's emotion alone."""
    rest = resting_mood(blueprint.character.big_five)
    mood, before, felt = rest, None, []
    likely = {goal.name: goal.likelihood for goal in blueprint.goals}
    for text, at in steps:
        days = (at - before).total_seconds() / 86_400 if before else 0.0
        share = FADES**days
        mood = Mood(*(home + (now - home) * share for home, now in zip(rest, mood, strict=True)))
        word = next((one for one in HEARD if one in text.casefold()), "")
        name, pleasure, arousal = HEARD.get(word, ("neutral", 0.0, 0.0))
        mood = Mood(max(-1.0, min(1.0, mood.pleasure + pleasure)), max(-1.0, min(1.0, mood.arousal + arousal)), mood.dominance)
        reasons, emotions = [Reason("read", name, "was read", 0.8)], {}
        for goal in blueprint.goals:
            for one in goal.moved_by:
                if one.emotion == name:
                    likely[goal.name] = max(0.0, min(1.0, likely[goal.name] + one.effect * (1 - likely[goal.name])))
                    feels = "hope" if one.effect * goal.utility > 0 else "fear"
                    emotions[feels] = round(abs(one.effect * goal.utility), 2)
                    reasons.append(Reason("goal", goal.name, f"made her feel {feels}", one.effect))
        rules = [rule for rule in blueprint.rules if rule.when.user_emotion == name]
        told = tuple(Reason("rule", rule.name, f"{rule.then.pace or 'even'} pace") for rule in rules)
        then = rules[0].then if rules else None
        manner = Manner(
            avoid=then.avoid if then else (),
            favour=then.favour if then else (),
            reply_sentences=then.reply_sentences if then else None,
            questions=(then.questions if then else None) or "allowed",
            pace=(then.pace if then else None) or "even",
            tone=(then.tone if then else None) or "",
            temperature=(then.temperature if then else None) or 1.0,
            reasons=told,
        )
        reasons.append(Reason("shown", "caring", "serves her goals best, and is near to her mood", 0.3))
        heard = {name: 0.8} if name != "neutral" else {}
        affect = Affect(at, mood, dict(emotions), dict(likely), "caring", heard, (), Bond(), tuple(reasons))
        felt.append(Felt("", affect, manner))
        before = at
    return tuple(felt)
