from pathlib import Path


def test_the_list_names_everyone_and_what_is_broken(run, settings):
    (settings.home / "personas").mkdir(parents=True)
    (settings.home / "personas" / "vera.yaml").write_text("greating: Hello")
    result = run("persona", "list")
    assert result.exit_code == 0
    assert "Mara" in result.stdout and "lighthouse keeper" in result.stdout
    assert "vera.yaml" in result.stdout and "greeting" in result.stdout


def test_a_copy_is_sound_and_listed_as_yours(run, settings):
    made = run("persona", "new", "Vera Lund", "--from", "theo")
    assert made.exit_code == 0
    path = settings.home / "personas" / "vera-lund.yaml"
    assert str(path) in made.stdout
    assert "is sound" in run("persona", "check", str(path)).stdout
    row = next(line for line in run("persona", "list").stdout.splitlines() if "vera-lund" in line)
    assert row.rstrip().endswith("yours")


def test_a_mistake_is_named_with_its_line(run, tmp_path):
    file = tmp_path / "vera.yaml"
    file.write_text("format: companion-blueprint-1\ngreating: Hello\n")
    result = run("persona", "check", str(file))
    assert result.exit_code == 2
    assert "line 2" in result.stderr and "greeting" in result.stderr
    assert "Traceback" not in result.output


def test_someone_who_is_not_there_is_said_so(run):
    result = run("persona", "new", "Vera", "--from", "nobody")
    assert result.exit_code == 2 and '"nobody"' in result.stderr


def test_rules_that_clash_are_told_beside_a_sound_file(run, settings):
    made = run("persona", "new", "Vera", "--from", "theo")
    path = settings.home / "personas" / "vera.yaml"
    path.write_text(path.read_text("utf-8").replace("pace: even", "pace: quick", 1), "utf-8")
    result = run("persona", "check", str(path))
    assert made.exit_code == result.exit_code == 0
    assert "is sound" in result.stdout and "disagree on" not in result.stdout, "they differ in priority"
    path.write_text(path.read_text("utf-8").replace("priority: 5", "priority: 0"), "utf-8")
    assert "bakers are up before the birds" in run("persona", "check", str(path)).stdout


def test_the_schema_is_printed_as_it_is_published(run):
    published = Path(__file__).parents[2] / "docs" / "blueprint.schema.json"
    assert run("persona", "schema").stdout == published.read_text("utf-8")
