"""JSON as real cards have it: read leniently, kept to the letter, edited in one place only."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import CardError
from companion.persona.cards.document import json_text, read_document, same
from companion.persona.cards.splice import REMOVED, spliced

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abcdef"), VALUES, min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        (b'{"a": 1, "a": 2}', "twice in one object: a"),
        (b'{"a": NaN, "b": -Infinity}', "NaN"),
        (b'{"a": "\\ud83d"}', "half of a character"),
        (b'{"a": "\xed\xa0\xbd"}', "half of a character"),
        (b'{"a": "one\ntwo"}', "control characters"),
    ],
)
def test_what_a_strict_reader_would_refuse_is_read_and_noted(data, note):
    document = read_document(data, "file")
    assert "a" in document.members
    assert any(note in one for one in document.notes)
    assert document.text.encode("utf-8", "surrogatepass") == data.removeprefix(b"\xef\xbb\xbf")


def test_a_sound_text_has_no_notes():
    assert read_document(b'{"a": ["\\ud83d\\ude00", 1.50, null]}', "file").notes == ()


def test_a_number_of_a_million_digits_takes_no_time():
    assert read_document(b'{"a": ' + b"9" * 1_000_000 + b"}", "file").members["a"] == float("inf")


def test_equality_is_that_of_json():
    assert same({"a": [1, "x", None]}, {"a": [1.0, "x", None]})
    assert not same({"a": None}, {}) and not same(True, 1) and not same([1], [1, 2]) and not same({"a": 1}, {"a": "1"})


TEXT = '{ "b" : 1.50,"a":{"x":[10, {"y": "\\u00e9"} ,30]},\n "b":2e1 , "c": NaN }'


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("b",), 3, TEXT.replace("2e1", "3")),
        (("a", "x", 1, "y"), "é", TEXT.replace('"\\u00e9"', '"é"')),
        (("a", "x", 1, "z"), None, TEXT.replace('"\\u00e9"', '"\\u00e9", "z": null')),
        (("a", "x", 3), "\ud800", TEXT.replace("30]", '30, "\\ud800"]')),
        (("d",), {}, TEXT.replace("NaN", 'NaN, "d": {}')),
        (("a", "x", 0), REMOVED, TEXT.replace("10, ", "")),
        (("c",), REMOVED, TEXT.replace(' , "c": NaN', "")),
        (("d",), REMOVED, TEXT),
    ],
)
def test_an_edit_changes_its_own_characters_and_no_others(path, value, expected):
    assert spliced(TEXT, path, value) == expected


@pytest.mark.parametrize("path", [("z", "y"), ("a", "x", "y"), ("c", "y"), ("a", "x", 9, "y"), ("a", 0)])
def test_an_edit_of_what_is_not_there_is_refused(path):
    with pytest.raises(CardError):
        spliced(TEXT, path, 1)


@settings(deadline=None)
@given(OBJECTS, st.sampled_from("abcdefg"), VALUES, st.booleans(), st.sampled_from([None, 1, 4]))
def test_an_edit_is_what_an_edit_of_the_value_would_be(before, key, value, remove, indent):
    text = json.dumps(before, indent=indent, ensure_ascii=indent == 1)
    after = {name: one for name, one in before.items() if name != key} if remove else before | {key: value}
    edited = spliced(text, (key,), REMOVED if remove else value)
    assert same(json.loads(edited), after)
    if not remove:
        assert list(json.loads(edited)) == list(after)


def test_what_json_cannot_say_is_refused():
    for value in (float("nan"), {1, 2}, b"x"):
        with pytest.raises(CardError):
            json_text(value)
