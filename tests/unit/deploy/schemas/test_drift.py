import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts.events import EVENTS
from deploy.schemas.__main__ import documents, drift, generated, main


def test_what_is_committed_is_what_the_classes_say() -> None:
    assert {folder.name: drift(folder, wanted) for folder, wanted in generated().items()} == {
        "schemas": [],
        "vectors": [],
        "contracts": [],
    }


def test_a_check_of_fresh_files_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {tmp_path: documents()}) == 0
    assert main(["--check"], {tmp_path: documents()}) == 0
    assert capsys.readouterr().err == ""


def test_a_check_names_what_is_missing_what_differs_and_what_is_too_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([], {tmp_path: documents()})
    (tmp_path / "story.json").unlink()
    (tmp_path / "requested.json").write_text((tmp_path / "requested.json").read_text().rstrip("\n"))
    (tmp_path / "old.json").write_text("{}\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["--check"], {tmp_path: documents()}) == 1
    said = capsys.readouterr().err
    assert "story.json is missing" in said
    assert "requested.json differs" in said
    assert "old.json is superfluous" in said
    assert len(said.splitlines()) == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before, "a check changes nothing"


def test_writing_mends_every_drift(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}\n")
    (tmp_path / "requested.json").write_text("{}\n")
    assert main([], {tmp_path: documents()}) == 0
    assert drift(tmp_path, documents()) == []


def test_the_text_is_the_same_every_time() -> None:
    assert generated() == generated()


@pytest.mark.parametrize(("name", "text"), documents().items(), ids=documents().keys())
def test_a_file_is_sorted_json_with_a_newline_at_its_end(name: str, text: str) -> None:
    content = json.loads(text)
    assert text.endswith("}\n"), name
    assert text == json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", sorted(documents().keys() - {"asyncapi.json", "openapi.json"}))
def test_a_schema_is_one_of_2020_12_and_only_classes_have_titles(name: str) -> None:
    schema = json.loads(documents()[name])
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    Draft202012Validator.check_schema(schema)
    for each in (schema, *schema.get("$defs", {}).values()):
        assert not [field for field, said in each["properties"].items() if "title" in said]


def test_there_is_a_schema_for_every_event() -> None:
    assert documents().keys() >= {f"{event.kind}.json" for event in EVENTS}


def test_ids_times_and_steps_are_as_strict_as_the_classes() -> None:
    properties = json.loads(documents()["processing.start.json"])["properties"]
    assert properties["storyId"]["pattern"] == "^[0-9a-z]{26}$"
    assert properties["timestamp"]["format"] == "date-time"
    assert properties["step"]["const"] == "story_generation"


def test_whoever_asks_may_leave_out_what_has_a_default_and_whoever_answers_may_not() -> None:
    asked, answered = json.loads(documents()["store.query.events.json"]), json.loads(documents()["story.json"])
    assert asked["required"] == ["storyId"]
    assert answered["required"] == list(dict.fromkeys(answered["required"]))
    assert set(answered["required"]) == answered["properties"].keys()
