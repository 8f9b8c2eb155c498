from pathlib import Path

from deploy.local.logs import LIMIT, last_words, open_log


def test_a_small_log_is_continued(tmp_path: Path) -> None:
    for line in (b"one\n", b"two\n"):
        with open_log(tmp_path / "logs" / "store.log") as log:
            log.write(line)
    assert (tmp_path / "logs" / "store.log").read_bytes() == b"one\ntwo\n"


def test_a_log_over_the_limit_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "store.log"
    path.write_bytes(b"x" * (LIMIT + 1))
    open_log(path).close()
    assert path.read_bytes() == b""
    assert (tmp_path / "store.log.1").stat().st_size == LIMIT + 1


def test_last_words_are_the_last_line_of_this_run(tmp_path: Path) -> None:
    path = tmp_path / "store.log"
    path.write_text("an earlier run\n")
    before = path.stat().st_size
    assert last_words(path, since=before) == ""
    with path.open("a") as log:
        log.write("Traceback\nValueError: the reason\n\n")
    assert last_words(path, since=before) == "ValueError: the reason"


def test_a_log_that_was_never_written_has_no_last_words(tmp_path: Path) -> None:
    assert last_words(tmp_path / "store.log") == ""
