"""``netback bench``: solve benchmark files, show value and bound of each, tell what differs from the best known."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from netback.cli.common import EXIT_BUG, EXIT_INTERRUPTED, number, positive, printable, progress_line
from netback.errors import DataError, Finding, closest

if TYPE_CHECKING:
    from netback.program.pooling.evaluate import Evaluation
    from netback.program.pooling.forms import Form
    from netback.program.pooling.instance import PoolingInstance
    from netback.program.problem import Problem
    from netback.program.solution import Certificate, RawSolution

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Solve benchmark files; tell how many values agree with the best known, and which do not.",
)

#: A value or bound contradicts a known one only beyond this, relative: known values come from solvers' tolerances.
KNOWN_TOLERANCE = 1e-5
#: Largest relative residual of a plan in the original rows.
RESIDUAL = 1e-6
_SUFFIXES = (".json", ".json.gz")
#: The form, or the forms, that fit the instance.
AUTO = "auto"

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE|DIR...", help="Files, gzipped or not, or folders of them.")
]
TimeLimit = Annotated[float, typer.Option(min=0.0, callback=positive, help="Seconds for each instance.")]
Gap = Annotated[float, typer.Option(min=1e-9, max=0.5, help="Relative gap at which one counts as proven.")]
Out = Annotated[Path | None, typer.Option("--json", help="Write the rows to this file.")]
Force = Annotated[bool, typer.Option("--force", help="Write over the file of --json if it exists.")]
FormName = Annotated[
    str,
    typer.Option("--form", help="auto, or the one form to solve: p, pq, source, tp, stp.", metavar="FORM"),
]
Seed = Annotated[int, typer.Option(min=0, help="Varies the local searches.")]


@dataclass(frozen=True, eq=False)
class Task:
    """One thing to solve, or the reason why there is none. ``sign`` turns its value into that of the file."""

    file: str
    name: str
    sense: str
    best_known: float | None = None
    best_bound: float | None = None
    pooling: PoolingInstance | None = None
    problem: Problem | None = None
    group: str = ""
    reason: str = ""

    @property
    def sign(self) -> float:
        """-1 where the file maximises what is minimised here."""
        own = "min" if self.pooling is not None or self.problem is None else self.problem.sense
        return 1.0 if own == self.sense else -1.0


@dataclass(frozen=True)
class Settings:
    """What the caller asked for."""

    time_limit: float
    gap: float
    seed: int
    form: str = AUTO


@app.command()
def pooling(
    files: Files,
    time_limit: TimeLimit = 60.0,
    gap: Gap = 1e-4,
    out: Out = None,
    seed: Seed = 0,
    form: FormName = AUTO,
    force: Force = False,
) -> None:
    """Solve pooling instances (pooling-json/1)."""
    from netback.io.pooling_json import read_pooling

    _check_form(form)

    def read(path: Path) -> Task:
        found = read_pooling(path)
        known = found.best_known
        return Task(
            path.name, found.name, "min", known.objective, known.dual_bound, pooling=found, group=found.group
        )

    _bench("pooling-json/1", files, read, Settings(time_limit, gap, seed, form), out, force)


@app.command()
def planning(
    files: Files,
    time_limit: TimeLimit = 60.0,
    gap: Gap = 1e-4,
    out: Out = None,
    seed: Seed = 0,
    force: Force = False,
) -> None:
    """Solve planning cases (netback-benchmark/1) whose data say the whole program; the others are listed."""
    from netback.io.planning_json import read_planning

    def read(path: Path) -> Task:
        found = read_planning(path)
        return Task(
            path.name,
            found.name,
            found.sense,
            found.best_known,
            pooling=found.pooling,
            problem=found.problem,
            reason=found.reason,
        )

    _bench("netback-benchmark/1", files, read, Settings(time_limit, gap, seed), out, force)


@app.command()
def program(
    files: Files,
    time_limit: TimeLimit = 60.0,
    gap: Gap = 1e-4,
    out: Out = None,
    seed: Seed = 0,
    force: Force = False,
) -> None:
    """Solve programs in plain matrix form (program-json/1)."""
    from netback.io.program_json import read_program

    def read(path: Path) -> Task:
        found = read_program(path)
        problem = found.problem
        return Task(path.name, problem.name, problem.sense, found.best_known, problem=problem)

    _bench("program-json/1", files, read, Settings(time_limit, gap, seed), out, force)


def _check_form(form: str) -> None:
    from netback.program.pooling.forms import FORMS

    if form not in (AUTO, *FORMS):
        what = f'"{form}" is none of {", ".join((AUTO, *FORMS))}.'
        raise DataError(Finding("--form", what, closest(form, (AUTO, *FORMS))))


def _bench(
    kind: str,
    files: Sequence[Path],
    read: Callable[[Path], Task],
    settings: Settings,
    out: Path | None,
    force: bool,
) -> None:
    """Read everything, so that all faults come together, then solve one after the other."""
    _check_target(out, force)
    tasks = _read_all(_paths(files), read)
    report = Report(kind, settings, out)
    for task in tasks:
        if task.reason:
            report.skip(task)
    waiting = [task for task in tasks if not task.reason]
    report.heading(len(waiting))
    for task in waiting:
        try:
            row = solve(task, settings)
        except KeyboardInterrupt:
            report.interrupted = True
            break
        report.add(task, row)
        if row["status"] == "interrupted":
            report.interrupted = True
            break
    report.close()


def _paths(files: Sequence[Path]) -> list[Path]:
    """Files named, and those of the folders named in the order of their names."""
    found: list[Path] = []
    findings: list[Finding] = []
    for path in files:
        if path.is_dir():
            inside = sorted(
                item for item in path.iterdir() if item.name.endswith(_SUFFIXES) and item.is_file()
            )
            if not inside:
                findings.append(Finding(str(path), "holds no file that ends with .json or .json.gz."))
            found += inside
        elif not path.exists():
            findings.append(Finding(str(path), "does not exist."))
        else:
            found.append(path)
    if findings:
        raise DataError(findings, "the files to solve")
    return found


def _read_all(paths: Sequence[Path], read: Callable[[Path], Task]) -> list[Task]:
    tasks: list[Task] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            tasks.append(read(path))
        except DataError as error:
            findings.extend(error.findings)
    if findings:
        raise DataError(findings, f"{paths[0].name}" if len(paths) == 1 else f"{len(paths)} files")
    return tasks


def _check_target(out: Path | None, force: bool) -> None:
    """Before anything is solved: there is a place for the rows, and nothing of the user's in it."""
    if out is None:
        return
    if out.is_dir():
        raise DataError(Finding(str(out), "is a folder.", "Name a file to write."))
    if out.exists() and not force:
        raise DataError(Finding(str(out), "exists already.", "Name a new file, or add --force."))
    if not out.parent.is_dir():
        raise DataError(Finding(str(out), f"the folder {out.parent} does not exist.", "Make it first."))


def solve(task: Task, settings: Settings) -> dict[str, Any]:
    """Solve one task and make its row; the seconds are those of building and solving."""
    # Loading the solvers is no part of the time of the first instance.
    from netback.program import globally
    from netback.program.pooling import solve as pools

    started = time.monotonic()
    common: dict[str, Any] = {
        "gap": settings.gap,
        "time_limit": settings.time_limit,
        "seed": settings.seed,
        "progress": progress_line(f"{task.name[:30]}: "),
    }
    if task.pooling is not None:
        form = None if settings.form == AUTO else cast("Form", settings.form)
        solved = pools.solve_pooling(task.pooling, form=form, **common)
        row = _row(task, settings, solved.raw, solved.certificate)
        problem = solved.model.problem
        if solved.evaluation is not None:
            row |= _checked(row, task.sign * solved.evaluation.objective, solved.evaluation)
    else:
        assert task.problem is not None
        problem = task.problem
        row = _row(task, settings, *globally.solve_global(problem, **common))
    row["seconds"] = round(time.monotonic() - started, 4)
    row["sizes"] = _sizes(task, problem)
    return row


def _sizes(task: Task, problem: Problem) -> dict[str, int]:
    """Sizes of the program that was solved, and of the instance behind it."""
    rows, columns = problem.shape
    own = {} if task.pooling is None else task.pooling.sizes
    sizes = {"rows": rows, "columns": columns, "products": len(problem.products)}
    return {**own, **sizes, "integers": int(problem.integer.sum())}


def _checked(row: dict[str, Any], value: float, evaluation: Evaluation) -> dict[str, Any]:
    """What changes in a row by the check of the arc flows alone; flows that fail it are no plan."""
    residual = max(row["residual"] or 0.0, evaluation.worst)
    if row["value"] is None or not residual <= RESIDUAL:
        failed = residual > RESIDUAL or math.isnan(residual)
        message = f"The arc flows fail the check: {evaluation.where}." if failed else row["message"]
        word = row["word"] if row["word"] == "proven infeasible" else "not solved"
        finite = residual if math.isfinite(residual) else None
        return {"residual": finite, "value": None, "gap": None, "word": word, "message": message}
    gap = relative_gap(value, row["bound"])
    lost = row["word"] == "proven" and (gap is None or gap > row["gap_asked"])
    return {"residual": residual, "value": value, "gap": gap, "word": "feasible" if lost else row["word"]}


def _row(task: Task, settings: Settings, raw: RawSolution, certificate: Certificate) -> dict[str, Any]:
    """The row of a task, its value and bound in the sense of the file."""

    def own(number: float | None) -> float | None:
        return None if number is None or not math.isfinite(number) else task.sign * number

    value, bound = own(certificate.value), own(certificate.bound)
    worst = certificate.residuals.worst_primal[0]
    return {
        "name": task.name,
        "file": task.file,
        "set": task.group,
        "sense": task.sense,
        "value": value,
        "bound": bound,
        "gap": relative_gap(value, bound),
        "seconds": 0.0,
        "word": certificate.word,
        "status": raw.status,
        "residual": worst if raw.x is not None and math.isfinite(worst) else None,
        "best_known": task.best_known,
        "best_bound": task.best_bound,
        "value_by": certificate.value_by,
        "bound_by": certificate.bound_by,
        "message": certificate.message,
        "seed": settings.seed,
        "time_limit": settings.time_limit,
        "gap_asked": settings.gap,
        "form": settings.form,
    }


def relative_gap(value: float | None, bound: float | None) -> float | None:
    """``|bound - value|`` over the larger magnitude; None while one is unknown."""
    if value is None or bound is None:
        return None
    size = max(abs(value), abs(bound))
    return abs(bound - value) / size if size > 0.0 else 0.0


def contradiction(row: dict[str, Any]) -> str:
    """What in a row contradicts what is known, in words; empty where nothing does."""
    sign = 1.0 if row["sense"] == "min" else -1.0
    known, proven, value, bound = (row[key] for key in ("best_known", "best_bound", "value", "bound"))
    if known is not None:
        slack = KNOWN_TOLERANCE * max(1.0, abs(known))
        if bound is not None and sign * (bound - known) > slack:
            return f"the bound {bound!r} is on the wrong side of the known value {known!r}"
        if row["word"] == "proven infeasible":
            return f"called infeasible, where {known!r} is known"
    if proven is None or value is None:
        return ""
    better = sign * (proven - value) > KNOWN_TOLERANCE * max(1.0, abs(proven))
    return f"the value {value!r} is better than the known bound {proven!r}" if better else ""


def beside_known(row: dict[str, Any]) -> str:
    """How the value compares with the best known, in words; empty where both agree or one is not known."""
    known, value = row["best_known"], row["value"]
    if known is None or value is None:
        return ""
    ahead = (known - value) * (1.0 if row["sense"] == "min" else -1.0)
    part = abs(ahead) / max(abs(known), abs(value), 1e-9)
    if part <= KNOWN_TOLERANCE:
        return ""
    return f"best known {_cell(known)}, ours is {100.0 * part:.3g} % {'better' if ahead > 0.0 else 'worse'}"


def against_known(rows: Sequence[dict[str, Any]]) -> str:
    """How many values agree with the best known, in words; empty where no best value is known."""
    known = [row for row in rows if row["best_known"] is not None]
    equal = [row for row in known if row["value"] is not None and not beside_known(row)]
    return f"{len(equal)} of {len(known)} with a best known value agree with it." if known else ""


class Report:
    """Shows rows as they come and keeps the JSON file up to date."""

    def __init__(self, kind: str, settings: Settings, out: Path | None) -> None:
        self.kind, self.settings, self.out = kind, settings, out
        self.rows: list[dict[str, Any]] = []
        self.skipped: list[dict[str, str]] = []
        self.contradictions: list[str] = []
        self.interrupted = self.complete = False

    def heading(self, count: int) -> None:
        """Print what the columns are."""
        if count:
            print(f"{'name':<36}{'value':>14}{'bound':>14}{'gap %':>9}{'seconds':>9}  word", flush=True)

    def skip(self, task: Task) -> None:
        """Note a file that is not read as a program."""
        self.skipped.append({"file": task.file, "name": task.name, "reason": task.reason})
        print(printable(f"Not read: {task.file}: {task.reason}."), file=sys.stderr)

    def add(self, task: Task, row: dict[str, Any]) -> None:
        """Print a row and write the file anew."""
        self.rows.append(row)
        gap = "" if row["gap"] is None else f"{100.0 * row['gap']:.4f}"
        name = task.name if len(task.name) <= 35 else task.name[:34] + "…"
        cells = f"{name:<36}{_cell(row['value']):>14}{_cell(row['bound']):>14}{gap:>9}{row['seconds']:>9.2f}"
        print(printable(f"{cells}  {row['word']}"), flush=True)
        if told := beside_known(row):
            print(f"  {told}", flush=True)
        if found := contradiction(row):
            self.contradictions.append(f"{task.name}: {found}")
            print(printable(f"  Contradiction: {found}."), file=sys.stderr)
        self.write()

    def write(self) -> None:
        """Write the JSON file whole, with what is done so far."""
        if self.out is None:
            return
        from netback.io.atomic import write_files

        content = {
            "format": self.kind,
            "settings": {
                "time_limit": self.settings.time_limit,
                "gap": self.settings.gap,
                "seed": self.settings.seed,
                "form": self.settings.form,
            },
            "complete": self.complete,
            "rows": self.rows,
            "not_read": self.skipped,
            "contradictions": self.contradictions,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write_files(self.out.parent, {self.out.name: text + "\n"})

    def close(self) -> None:
        """Write, sum up and leave with the exit code."""
        self.complete = not self.interrupted
        self.write()
        done = [row for row in self.rows if row["word"] == "proven"]
        mean = math.exp(
            sum(math.log(max(row["seconds"], 1e-3)) for row in self.rows) / max(1, len(self.rows))
        )
        counts = f"{len(self.rows)} solved for, {len(done)} proven"
        print(f"{counts}, geometric mean {mean:.3g} s." if self.rows else "Nothing was solved.")
        if told := against_known(self.rows):
            print(told)
        if self.interrupted:
            raise typer.Exit(EXIT_INTERRUPTED)
        if self.contradictions:
            raise typer.Exit(EXIT_BUG)


def _cell(value: float | None) -> str:
    """A number with two decimals where it fits, else six figures."""
    if value is None:
        return ""
    text = f"{value:,.2f}"
    return text if len(text) <= 13 else number(value)
