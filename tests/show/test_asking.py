"""Who asks to see her is understood; who refuses, quotes, tells of others, or asks how to, is not shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.show.asking import asking

ASKS = """
show me
Show me!
Can you show me?
show me you
Show me yourself, please
Show me your face.
show me your kitchen
show me your new haircut
Show me where you are
show me how you look
Show me what you're wearing!
show me you laughing
show me you in the garden
send me a picture
Send me a selfie :)
could you send me another picture?
Would you please send me a quick photo of you
send a pic
send a picture of yourself
Send pics!
share a photo of you with me
I'd like you to send me a photo
take a selfie for me
Take a picture of yourself right now
snap a pic for me?
What do you look like?
what do you look like right now?
I wonder what you look like
I'd love to know what you look like.
How do you look today?
Can I see you?
could I see you now?
May I see your face?
Let me see you!
I want to see you
I want to see your smile
I wish I could see you right now
can I see a picture of you?
Can I have a selfie?
Can I get a photo?
do you have any pictures of you?
got a pic?
selfie?
Picture please
a picture of you?
how about a selfie
draw yourself
why don't you send me a picture?
Can't you show me?
Won't you send me a selfie?
If you don't mind, show me your face
if you don't mind show me a photo
Don't be shy, show me
I'm not busy now, send me a selfie
I had a terrible day. Show me your smile?
I don't know what you look like. Show me?
It is late but show me anyway, please show me
Hey! What are you up to? Send me a picture :)
wave at me!
smile for me
I can't wait to see you, send me a pic
""".strip().splitlines()

REFUSES = """
don't show me
Don't send me a picture
please do not send me any photos
No pictures please
You don't have to send me a picture
no need to show me
I don't need to see you
I never asked to see a picture of you
stop sending me selfies
Please don't ever show me your face
I'd rather not see you
Send me a picture? No thanks.
Show me. Never mind.
""".strip().splitlines()

OTHER = """
show me how to bake bread
Show me how
can you show me how you tie that knot?
Show me how to take a selfie
Can you teach me how to take a good picture?
How do I send you a picture?
Can I send you a picture?
I'll show you a picture
I'll send you a selfie later
show me the way
show me the money
show me an example
Show me what to do
Show me that you care
show me you care
show me your code
Let me see... it was in May.
See you later!
Can I see you tomorrow?
I'll see you soon
I want to see you happy
I want to see you succeed
My boss asked me to send her a photo
She said "send me a picture" and laughed
My mother wants me to send a picture
did you send me a picture?
You showed me a picture yesterday
I remember when you sent me a selfie
send me a picture of a cat
Show me a picture of the moon landing
what does a lighthouse look like?
What do you think of my picture?
I took a picture of the sea today
The big picture is what matters
picture this: rain, and no umbrella
I can picture it
it looks like rain
What do you like?
how are you?
Send me the recipe
send me a selfie tomorrow
I like your face
your smile is lovely
I painted a portrait of my grandmother
We talked about photography and selfies
""".strip().splitlines()


@pytest.mark.parametrize("text", ASKS)
def test_a_request_is_understood(text: str) -> None:
    assert asking().asked(text)


@pytest.mark.parametrize("text", REFUSES)
def test_a_refusal_is_no_request(text: str) -> None:
    assert asking().asked(text) is None


@pytest.mark.parametrize("text", OTHER)
def test_what_is_something_else_is_no_request(text: str) -> None:
    assert asking().asked(text) is None


def test_her_places_and_clothes_may_be_asked_for_by_name() -> None:
    assert asking().asked("show me the lamp room", ["lamp room"]) and asking().asked("Show me the Lamp Room!", ["lamp room", "kitchen"])
    assert asking().asked("show me the lamp room") is None and asking().asked("show me the ropes", ["lamp room"]) is None
    assert asking().asked("show me the (", ["("]) is None, "a name without words names nothing"


CALM = st.sampled_from(["I had a long day.", "It is raining here.", "Well.", "The bread is good!", "You are kind."])


@given(st.sampled_from(ASKS), st.lists(CALM, max_size=3))
def test_a_request_is_one_wherever_it_stands(request: str, around: list[str]) -> None:
    assert asking().asked(" ".join([*around, request]))
    assert asking().asked(request.upper())
    assert asking().asked(f"{request}\n{' '.join(around)}")


@given(st.sampled_from([one for one in ASKS if one.split()[0].lower() in ("send", "show", "take", "snap", "share")]))
def test_the_same_request_refused_is_none(request: str) -> None:
    first = request.split(".")[0]
    assert asking().asked(f"don't {first}") is None
    assert asking().asked(f"Please never {first}") is None
    assert asking().asked(f"she asked me: could you explain how to {first}") is None


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_can_be_read(text: str, names: list[str]) -> None:
    asking().asked(text, names)
