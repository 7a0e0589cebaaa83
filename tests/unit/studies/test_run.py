"""Many cases on several cores: answers, faults, and scripts without a guard."""

from __future__ import annotations

import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest

from netback.studies.run import run_all

#: As somebody writes it who has read that an API takes five lines.
SCRIPT = """
from math import sqrt
from netback.studies.run import run_all

print("begun")
print(sorted(run_all(sqrt, [4.0, 9.0, 16.0], jobs=2)))
print(__file__, __spec__)
"""


def test_one_process_answers_in_order() -> None:
    assert list(run_all(sqrt, [4.0, 9.0], jobs=1)) == [(0, 2.0), (1, 3.0)]


def test_few_tasks_stay_in_this_process() -> None:
    inside: list[float] = []
    assert list(run_all(inside.append, [1.0, 2.0])) == [(0, None), (1, None)]
    assert inside == [1.0, 2.0]


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "five_lines.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["begun", "[(0, 2.0), (1, 3.0), (2, 4.0)]", f"{script} None"]


def test_what_a_task_raises_comes_out_of_either_way() -> None:
    for jobs in (1, 2):
        with pytest.raises(ValueError, match="math domain error"):
            list(run_all(sqrt, [4.0, -1.0], jobs=jobs))
    # The process that asked is as it was.
    main = sys.modules["__main__"]
    assert main.__spec__ is None or main.__spec__.name
