"""`storywire generate`, as it is typed."""

import json
from pathlib import Path

from tests.e2e.stack import Stack

TEXT = "A fox sold umbrellas, and it never rained.\n"


def _file(folder: Path, text: str) -> Path:
    file = folder / "notes.txt"
    file.write_text(text)
    return file


def test_it_prints_the_story_and_nothing_else(stack: Stack, tmp_path: Path) -> None:
    done = stack.generate(_file(tmp_path, TEXT), "--title", "The Fox")
    assert (done.returncode, done.stderr) == (0, "")
    newest = stack.get("/api/stories?limit=1")["stories"][0]
    assert newest["title"] == "The Fox"
    story = stack.get(f"/api/stories/{newest['storyId']}")
    assert done.stdout == story["generatedContent"] + "\n"
    assert len(done.stdout.split()) == 90


def test_as_json_it_prints_all_that_is_known(stack: Stack, tmp_path: Path) -> None:
    done = stack.generate(_file(tmp_path, TEXT), "--title", "The Fox", "--prompt", "Make it rain.", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    story = json.loads(done.stdout)
    assert (story["status"], story["prompt"], story["sequence"]) == ("complete", "Make it rain.", 6)
    assert story == stack.get(f"/api/stories/{story['storyId']}")


def test_a_story_that_fails_is_one_line_on_stderr(stack: Stack, tmp_path: Path) -> None:
    done = stack.generate(_file(tmp_path, " \n \n"), "--title", "Nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "storywire: The file 'notes.txt' holds only white space; a story needs words to start from.\n"


def test_a_request_that_is_refused_is_one_line_on_stderr(stack: Stack, tmp_path: Path) -> None:
    done = stack.generate(_file(tmp_path, TEXT), "--title", "x" * 201)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "200" in line


def test_without_a_token_it_is_one_and_the_same_guest_each_time(stack: Stack, tmp_path: Path) -> None:
    owners = set()
    for _ in range(2):
        done = stack.generate(_file(tmp_path, TEXT), "--title", "The Fox", "--json", as_guest=True)
        owners.add(json.loads(done.stdout)["owner"])
    assert len(owners) == 1
    assert owners != {stack.get("/api/stories?limit=1")["stories"][0]["owner"]}
    kept = stack.data / "secrets" / "guest.json"
    assert kept.stat().st_mode & 0o777 == 0o600
