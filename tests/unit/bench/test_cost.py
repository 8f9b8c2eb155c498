import os
import subprocess
import sys
import time

import pytest

from tests.bench import cost


def test_the_cpu_of_another_is_what_it_says_itself() -> None:
    spin = "import time; [0 for _ in iter(lambda: time.process_time() < 0.2, False)]; print(time.process_time(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", spin], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        said = float(other.stdout.readline())
        assert cost.cpu(other.pid) >= said >= 0.2
        other.communicate(b"\n")


def test_ones_own_cpu_is_that_of_all_threads() -> None:
    before = time.process_time()
    assert before <= cost.cpu(os.getpid()) <= time.process_time()


def test_nobody_has_no_cpu() -> None:
    with pytest.raises(OSError, match="no clock of process"):
        cost.cpu(2**22 + 1)


def test_memory_is_counted_in_bytes() -> None:
    assert cost.resident(os.getpid()) > 1024**2
