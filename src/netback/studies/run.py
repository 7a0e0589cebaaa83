"""Many cases on several cores: in order of completion, with progress, and stoppable with what is done kept."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")

#: Fewer tasks than this for each process do not pay for starting it.
WORTH_A_PROCESS = 20


def run_all(
    function: Callable[[Task], Answer], tasks: Sequence[Task], jobs: int | None = None
) -> Iterator[tuple[int, Answer]]:
    """Call a function for every task; yields the number of the task and its answer as they come.

    Parameters
    ----------
    function
        A function of a module, so that another process can find it; the caller's own script is not read there.
    tasks
        What it is called with.
    jobs
        Processes; those of the machine where it pays when None. One process calls in place.

    Raises
    ------
    Exception
        What the function raises. Tasks that have not ended are then dropped with their processes, as on Ctrl-C.
    """
    count = jobs if jobs is not None else min(os.cpu_count() or 1, len(tasks) // WORTH_A_PROCESS)
    if count <= 1:
        yield from enumerate(map(function, tasks))
        return
    # Spawned, not forked: a solver's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(max_workers=count, mp_context=context) as pool:
        with _without_main():
            waiting: dict[Future[Any], int] = {pool.submit(function, task): n for n, task in enumerate(tasks)}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BaseException:
            # Nobody reads what they would still find, and a plan with ships may take minutes to end by itself.
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep processes started here from running the caller's script again.

    A script of five lines has no guard against that, and each process would start others in its turn.
    """
    main = vars(sys.modules["__main__"])
    hidden = {name: main.pop(name) for name in ("__file__", "__spec__") if name in main}
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update({"__spec__": None} | hidden)
