"""A card is shown whole, its departures are told, and what it says cannot play with the terminal."""

import json

from tests.persona.cards.building import BOOK, ENTRY, V2, V3, charx, chunk, png, text, written


def test_everything_in_a_card_is_shown(run, tmp_path):
    file = tmp_path / "ada.png"
    old = V2 | {"data": V2["data"] | {"description": "an older text"}, "create_date": "2023-5-12"}
    file.write_bytes(png(written("chara", old), written("ccv3", V3)))
    shown = run("card", "inspect", str(file))
    assert shown.exit_code == 0
    for field, value in V3["data"].items():
        assert field == "character_book" or field in shown.stdout
        assert not isinstance(value, str) or value in shown.stdout
    for words in (
        "a V3 card (chara_card_v3 3.0), PNG",
        "IDAT",
        "chara",
        "an older text",
        "2023-5-12",
        "own/thing",
        "1 entry",
        "It is late.",
    ):
        assert words in shown.stdout


def test_chunks_of_a_kind_that_follow_each_other_are_one_row(run, tmp_path):
    file = tmp_path / "ada.png"
    file.write_bytes(png(*[chunk(b"prVt", b"ab")] * 5_000, written("chara", V2)))
    assert "prVt × 5,000" in run("card", "inspect", str(file)).stdout


def test_as_json_it_is_one_line_a_file_with_the_raw_card(run, tmp_path):
    first, second = tmp_path / "ada.charx", tmp_path / "broken.png"
    first.write_bytes(charx(V3, {"a.png": b"abc"}))
    second.write_bytes(png()[:40])
    shown = run("card", "inspect", str(first), str(second), "--json")
    assert shown.exit_code == 2
    one, two = (json.loads(line) for line in shown.stdout.splitlines())
    assert one["documents"] == [{"place": "card.json", "value": V3}] and one["files"] == {"a.png": 3}
    assert one["lorebooks"] == [{"path": ["data", "character_book"], "form": "character_book", "entries": 1}]
    assert "damaged" in two["error"]


def test_a_lorebook_is_shown_with_its_entries(run, tmp_path):
    file = tmp_path / "windle.json"
    entry = {"uid": 0, "key": ["clock"], "keysecondary": ["noon"], "content": "It is late.", "disable": True}
    file.write_text(json.dumps({"entries": {"0": entry}}))
    shown = run("card", "inspect", str(file))
    assert shown.exit_code == 0
    for words in ("a lorebook", "clock + noon", '"disable": true', "It is late."):
        assert words in shown.stdout


def test_validate_tells_sound_from_departing_from_unreadable(run, tmp_path):
    sound, departing, broken = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"
    sound.write_bytes(text(V2))
    departing.write_bytes(text(V2 | {"data": V2["data"] | {"character_book": BOOK | {"entries": [ENTRY | {"keys": [""]}]}, "tags": None}}))
    broken.write_bytes(b'{"a": ')
    told = run("card", "validate", str(sound))
    assert told.exit_code == 0 and "as it should be" in told.stdout
    told = run("card", "validate", str(sound), str(departing))
    assert told.exit_code == 1
    assert "tags is not a list of texts" in told.stdout and "data.character_book.entries.0 has an empty key" in told.stdout
    told = run("card", "validate", str(departing), str(broken), str(tmp_path / "none.json"))
    assert told.exit_code == 2
    assert "not valid: line 1" in told.stderr and "No such file" in told.stderr and "tags" in told.stdout
    assert "Traceback" not in told.output
    lines = [json.loads(line) for line in run("card", "validate", str(sound), str(broken), "--json").stdout.splitlines()]
    assert lines[0] == {"file": str(sound), "error": None, "departures": []} and "not valid" in lines[1]["error"]


def test_what_a_terminal_would_obey_is_left_out(run, tmp_path):
    file = tmp_path / "evil.json"
    evil = "\x1b]0;owned\x07[red]not markup[/red] \ud800\u202e"
    file.write_bytes(text(V2 | {"data": V2["data"] | {"name": evil, evil: evil}, evil: evil}))
    shown = run("card", "inspect", str(file))
    assert shown.exit_code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.output) and "[red]not markup[/red]" in shown.stdout
    assert run("card", "inspect", str(file), "--json").exit_code == 0


def test_cards_are_taken_in_and_a_broken_one_stops_no_other(run, tmp_path, settings):
    files = [tmp_path / name for name in ("a.json", "b.png", "c.charx")]
    for file, data in zip(files, (text(V2), png()[:40], charx(V3)), strict=True):
        file.write_bytes(data)
    done = run("card", "import", *map(str, files))
    assert done.exit_code == 2
    one, two, three = (json.loads(line) for line in done.stdout.splitlines())
    assert one["persona"] == "ada" and three["persona"] == "ada-2" and one["warnings"]
    assert "damaged" in two["error"] and two["hint"]
    assert (settings.home / "personas" / "cards" / "ada-2.card").read_bytes() == charx(V3)


def test_a_card_leaves_as_it_came_in(run, tmp_path):
    came = tmp_path / "ada.png"
    came.write_bytes(png(written("ccv3", V3)))
    assert run("card", "import", str(came)).exit_code == 0
    out = tmp_path / "out.PNG"
    done = run("card", "export", "ada", "-o", str(out))
    assert done.exit_code == 0 and json.loads(done.stdout) == {"persona": "ada", "file": str(out), "warnings": []}
    assert out.read_bytes() == came.read_bytes()


def test_one_that_ships_leaves_as_a_card_made_for_her_and_comes_in_again(run, tmp_path):
    for name in ("mara.png", "mara.json", "mara.charx", "mara.companion"):
        out = tmp_path / name
        assert run("card", "export", "mara", "-o", str(out)).exit_code == 0 and out.stat().st_size
    taken = run("card", "import", str(tmp_path / "mara.png"), str(tmp_path / "mara.companion"))
    assert [json.loads(line)["persona"] for line in taken.stdout.splitlines()] == ["mara-2", "mara-3"]
    assert run("card", "validate", str(tmp_path / "mara.png"), str(tmp_path / "mara.charx")).exit_code == 0


def test_an_export_says_what_is_in_its_way(run, tmp_path):
    there = tmp_path / "there.json"
    there.write_text("mine")
    for arguments, words in (
        (("nobody", "-o", str(tmp_path / "a.json")), "There is no persona"),
        (("mara", "-o", str(there)), "there already"),
        (("mara", "-o", str(tmp_path / "a.docx")), "no format"),
        (("mara", "-o", str(tmp_path / "a.json"), "--spec", "v9"), "is not one of"),
        (("mara", "-o", str(tmp_path / "a.jpg")), "behind an image"),
    ):
        done = run("card", "export", *arguments)
        assert done.exit_code == 2 and words in done.stderr
    assert there.read_text() == "mine"
    assert run("card", "export", "mara", "-o", str(there), "--force").exit_code == 0 and there.read_text() != "mine"


def test_several_files_are_written_or_none(run, tmp_path):
    files = [tmp_path / name for name in ("m.JSON", "m.CharX", "m.Companion")]
    options = [part for file in files for part in ("-o", str(file))]
    refused = run("card", "export", "mara", *options, "-o", str(tmp_path / "none" / "m.png"))
    assert refused.exit_code == 2 and "cannot be written" in refused.stderr and not list(tmp_path.glob("m.*"))
    done = run("card", "export", "mara", *options)
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == list(map(str, files))
    taken = run("card", "import", *map(str, files))
    assert [json.loads(line)["persona"] for line in taken.stdout.splitlines()] == ["mara-2", "mara-3", "mara-4"]


def test_what_a_format_cannot_hold_is_on_stderr(run, tmp_path):
    came, out = tmp_path / "ada.charx", tmp_path / "out.json"
    came.write_bytes(charx(V3, {"assets/emotion/images/joy.png": b"x"}))
    run("card", "import", str(came))
    done = run("card", "export", "ada", "-o", str(out))
    assert "joy.png" in done.stderr and "joy.png" in json.loads(done.stdout)["warnings"][0] and json.loads(out.read_bytes()) == V3
    picture = tmp_path / "face.png"
    picture.write_bytes(png(tail=b""))
    framed = run("card", "export", "ada", "-o", str(tmp_path / "ada.png"), "--picture", str(picture))
    assert framed.exit_code == 0 and "portrait" in framed.stderr and "joy.png" in framed.stderr
