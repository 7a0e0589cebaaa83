"""``netback plan``, ``compare`` and ``explain``: solve, show what a planner asks first, write the rest to files."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netback.cli.common import (
    EXIT_INTERRUPTED,
    WIDTH,
    counted,
    named_case,
    printable,
    progress_line,
    split_case,
)
from netback.cli.options import Force, Gap, Jobs, Pooling, TimeLimit
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.planning.solve import Plan
    from netback.program.solution import Progress
    from netback.results.solution import Solution

FLAGSHIP = "karachi_2023"


def plan(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Folder of a case, or the name of a shipped one.")
    ],
    scenario: Annotated[str, typer.Option(help="Plan the case as this scenario changes it.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write tables, figures and a page into this folder.")
    ] = None,
    force: Force = False,
    full: Annotated[
        bool, typer.Option("--full", help="Show every row of every table after the first answers.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole solution as JSON.")] = False,
    excel: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write a workbook of the results to this file.")
    ] = None,
    mps: Annotated[
        Path | None, typer.Option(help="Write the program with readable names to this file.")
    ] = None,
    pooling: Pooling = "segregated",
    time_limit: TimeLimit = None,
    gap: Gap = None,
) -> None:
    """Find the plan of greatest margin, check it independently and show it."""
    check_targets(out, force, mps, excel=excel)
    found = read_sound(case, scenario)
    from netback.results.solution import solution_of

    solved = solve_or_explain(found, time_limit, gap, pooling)
    solution = solution_of(solved)
    if as_json:
        from netback.results.export import as_json_text

        print(as_json_text(solution))
    else:
        from netback.cli.plan_tables import show_solution

        show_solution(solution, full)
    # What is printed as JSON is read by a program: remarks go beside it.
    remarks = sys.stderr if as_json else sys.stdout
    if solved.raw.status in ("interrupted", "time limit"):
        print("Stopped before the search ended: this is the best plan found until then.", file=sys.stderr)
    if mps is not None:
        _write_mps(solved, mps)
        print(printable(f"Written: {mps}"), file=remarks)
    if excel is not None:
        _write_workbook([solution], [found], excel)
        print(printable(f"Written: {excel}"), file=remarks)
    if out is not None:
        names = _write(solution, solved.case, out)
        text = printable(f"Written to {out}: {', '.join(names)}")
        print(textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False), file=remarks)
    if solved.raw.status == "interrupted":
        raise typer.Exit(EXIT_INTERRUPTED)


def compare(
    cases: Annotated[
        list[str],
        typer.Argument(metavar="CASE[:SCENARIO]...", help="One case alone stands for all its scenarios."),
    ],
    out: Annotated[Path | None, typer.Option(help="Write both tables as CSV into this folder.")] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Allot the difference in margin to the inputs that caused it.")
    ] = False,
    excel: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write a workbook of all plans to this file.")
    ] = None,
    force: Force = False,
    time_limit: TimeLimit = None,
    gap: Gap = None,
) -> None:
    """Plan several scenarios and show what differs, in the inputs and in the results, and why."""
    check_targets(out, force, excel=excel)
    found = _named(cases)
    if len(found) < 2:
        raise DataError(
            Finding("", "one plan alone cannot be compared.", "Name two or more cases or scenarios.")
        )
    from netback.cli.compare_tables import show_comparison
    from netback.results.compare import changed_inputs, side_by_side
    from netback.results.solution import solution_of

    solutions = [solution_of(solve_or_explain(one, time_limit, gap)) for one in found]
    inputs, results = changed_inputs(found), side_by_side(solutions)
    show_comparison(solutions, inputs, results)
    if why:
        from netback.cli.attribute import show_why

        show_why(found)
    if out is not None:
        from netback.io.atomic import write_files

        write_files(out, {"inputs.csv": inputs.to_csv(), "comparison.csv": results.to_csv()})
        print(printable(f"Written to {out}: comparison.csv, inputs.csv"))
    if excel is not None:
        _write_workbook(solutions, found, excel)
        print(printable(f"Written: {excel}"))


def explain(
    crude: Annotated[
        str, typer.Argument(metavar="[CRUDE]", help="Crude, stream or offer to explain.", show_default=False)
    ] = "",
    case: Annotated[
        str,
        typer.Option(help="Case; the folder you are in if it is one, else the flagship.", show_default=False),
    ] = "",
    scenario: Annotated[str, typer.Option(help="Plan the case as this scenario changes it.")] = "",
    change: Annotated[
        bool, typer.Option("--change", help="Search what would have to change for it to enter or leave.")
    ] = False,
    parcel: Annotated[
        str, typer.Option(help="Parcel that is to pay with --change: 70kt. Default: the first barrels.")
    ] = "",
    month: Annotated[
        str,
        typer.Option(
            help="With --change and ships: month of loading. Default: that nearest to turning.",
            metavar="PERIOD",
        ),
    ] = "",
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough", help="With --change and ships: plan every number anew at the ends of its range."
        ),
    ] = False,
    limit: Annotated[
        str, typer.Option(metavar="NAME", help="Tell why a limit does not bind: a unit, sale, offer, tank.")
    ] = "",
    pooling: Pooling = "segregated",
    time_limit: TimeLimit = None,
    jobs: Jobs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Tell why a crude is in the plan or out of it, dollar by dollar per barrel, and what would change that."""
    if bool(crude) == bool(limit):
        raise DataError(
            Finding("", "one thing is explained at a time.", "Name a crude, or a limit with --limit.")
        )
    lonely = next(
        (
            name
            for name, told in (("--parcel", parcel), ("--month", month), ("--thorough", thorough))
            if told and not change
        ),
        "",
    )
    if lonely or (change and limit):
        option = lonely or "--change"
        raise DataError(Finding(option, "does not go with the rest.", "Write: CRUDE --change --parcel 70kt."))
    name = case or ("." if Path("case.yaml").is_file() else FLAGSHIP)
    found = read_sound(name, scenario)
    if change and pooling != "segregated":
        what = "follows numbers in the segregated plan, which is linear."
        raise DataError(Finding("--change", what, "Leave out --pooling."))
    if change and _is_whole(found):
        if time_limit is not None:
            what = "does not hold for the many plans of --change with ships or whole lots."
            raise DataError(Finding("--time-limit", what, "Leave it out; Ctrl-C shows what is known."))
        from netback.cli.cargo_change import show_cargo_change

        show_cargo_change(found, crude, parcel, month, thorough, jobs, as_json)
        return
    if month or thorough:
        what = "is for cases with ships or whole lots; here every number is followed exactly, all months together."
        raise DataError(Finding("--month" if month else "--thorough", what, "Leave it out."))
    solved = solve_or_explain(found, time_limit, pooling=pooling)
    if limit:
        from netback.cli.limit import show_limit

        show_limit(solved, limit, as_json)
        return
    if change:
        from netback.cli.change import show_change

        show_change(solved, crude, parcel, as_json)
        return
    from netback.cli.compare_tables import explanation_json, show_explanation
    from netback.cli.show import say_pools
    from netback.results.explain import explain as explain_crude

    line = _Explaining(crude)
    told = explain_crude(solved, crude, line.count, line.tick)
    line.clear()
    if as_json:
        print(explanation_json(solved, told))
    else:
        say_pools(
            found, pooling, "mixes answer from where they are, and a plan of another kind may earn more"
        )
        for one in told:
            show_explanation(solved, one)
    if len(told) < line.total:
        what = f"Stopped: {len(told):,} of {counted(line.total, 'offer')} by period explained until then."
        print(what, file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED)


class _Explaining:
    """A line on the terminal with what is explained and the time taken, at most once a second; quick answers need none.

    ``total`` is how many offers by period there are.
    """

    def __init__(self, crude: str) -> None:
        self.total, self._crude, self._done = 0, crude, 0
        self._start, self._last = time.monotonic(), 0.0
        self._wanted, self._shown = sys.stderr.isatty(), False

    def count(self, done: int, total: int) -> None:
        """Note how many are explained."""
        self._done, self.total = done, total
        self._show()

    def tick(self, now: Progress) -> None:  # noqa: ARG002
        """Go on while a program is solved."""
        self._show()

    def _show(self) -> None:
        seconds = time.monotonic() - self._start
        if not self._wanted or seconds - self._last < 1.0:
            return
        self._last, self._shown = seconds, True
        text = f"{self._crude}: {self._done:,} of {self.total:,} offers by period explained, {seconds:.0f} s"
        text += "  (Ctrl-C shows those)"
        print(f"\r{printable(text)[: WIDTH - 1]:<{WIDTH - 1}}", end="\r", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the line."""
        if self._shown:
            print(f"\r{'':<{WIDTH - 1}}", end="\r", file=sys.stderr, flush=True)


def _is_whole(case: Case) -> bool:
    """Whether ships, lots or anything else is whole in the plan of a case."""
    from netback.planning.model import build_plan

    return bool(case.table("cargoes").records) or build_plan(case).problem.is_integer


def read_sound(name: str, scenario: str) -> Case:
    """Read a case, ``case:scenario`` too, and refuse one of which no sound plan can be made."""
    from netback.io.folder import read_case

    path, scenario = named_case(name, scenario)
    found = read_case(path, scenario or None)
    _require_choices(found, path)
    # Only now: what puts a model together takes longer to import than most faults take to find.
    from netback.planning.checks import require_sound

    require_sound(found)
    return found


#: A plan chooses among the rows of these tables; without any there is none.
_CHOICES = ("offers", "units", "blends", "sales", "opening_stocks", "cargoes_at_sea")


def _require_choices(case: Case, path: str) -> None:
    """Refuse a case without anything to buy, run, blend or sell."""
    if any(case.table(name).records for name in _CHOICES):
        return
    what = "the case has no offers, units, blends or sales, so there is nothing to plan."
    hint = "Add rows to offers.csv and units.csv."
    if case.table("landed_costs").records:
        hint = f"It holds landed costs; see them with: netback landed --case {path}"
    raise DataError(Finding("", what, hint), case.subject)


def _named(names: list[str]) -> list[Case]:
    """Cases by name; ``case:scenario`` picks one, a single case alone stands for itself and all its scenarios."""
    from netback.io.folder import read_case

    found: list[Case] = []
    for name in names:
        path, scenario = split_case(name)
        found.append(read_sound(path, scenario))
    if len(names) == 1 and found[0].scenario is None:
        base = read_case(names[0])
        found += [read_sound(names[0], row["scenario"]) for row in base.table("scenarios").records]
    return found


def solve_or_explain(
    case: Case, time_limit: float | None = None, gap: float | None = None, pooling: str = "segregated"
) -> Plan:
    """Solve and make sure that there is a plan; an infeasible one is told in the planner's words."""
    from netback.planning.phrases import failure_findings
    from netback.planning.solve import plan as solve_plan

    solved = solve_plan(case, pooling=pooling, time_limit=time_limit, gap=gap, progress=progress_line())
    if not solved.solved:
        word, message = solved.certificate.word, solved.certificate.message or solved.raw.message
        if solved.raw.status == "interrupted":
            print("Stopped before any plan was found.", file=sys.stderr)
            raise KeyboardInterrupt
        raise failure_findings(solved.model, word, message, repair=True)
    return solved


def check_targets(out: Path | None, force: bool, *single: Path | None, excel: Path | None = None) -> None:
    """Refuse to write over files, or a workbook that no program would open, before any work is done."""
    findings = []
    if out is not None and out.exists() and not out.is_dir():
        findings.append(Finding(str(out), "is a file, not a folder.", "Name a folder."))
    elif out is not None and (out / "case.yaml").exists():
        what = "is the folder of a case: results would overwrite its tables."
        findings.append(Finding(str(out), what, "Name another folder; --force does not help here."))
    elif out is not None and out.is_dir() and any(out.iterdir()) and not force:
        hint = "Name a new folder, or add --force to write over files of the same names."
        findings.append(Finding(str(out), "is not empty.", hint))
    findings += [
        Finding(str(file), "exists already.", "Name a new file, or add --force.")
        for file in (*single, excel)
        if file is not None and file.exists() and not force
    ]
    if excel is not None:
        from netback.io.excel_writer import name_findings

        findings += name_findings(excel)
    from netback.io.atomic import unwritable

    findings += [
        finding for path in (out, *single, excel) if path is not None and (finding := unwritable(path))
    ]
    if findings:
        raise DataError(findings)


def _write(solution: Solution, case: Case, out: Path) -> list[str]:
    """Write everything, a new folder in one step, and return the names of the files."""
    from netback.plots.plan import figures
    from netback.reports.page import page
    from netback.results.export import files, write_folder

    drawn = figures(solution, case)
    contents: dict[str, str | bytes] = dict(files(solution))
    for name, figure in drawn.items():
        contents[f"{name}.png"] = figure.png
        contents[f"{name}.svg"] = figure.svg
    contents["report.html"] = page(solution, drawn)
    write_folder(out, contents)
    return sorted(contents)


def _write_workbook(solutions: list[Solution], cases: list[Case], target: Path) -> None:
    from netback.io.atomic import write_files
    from netback.plots.plan import figures
    from netback.reports.workbook import result_workbook

    content = result_workbook(solutions, cases, figures(solutions[0], cases[0]))
    write_files(target.parent, {target.name: content})


def _write_mps(solved: Plan, target: Path) -> None:
    import io

    from netback.io.atomic import write_files
    from netback.program.mps import write_mps

    text = io.StringIO()
    write_mps(solved.model.problem, text)
    write_files(target.parent, {target.name: text.getvalue()})
