"""``netback archive`` and ``netback reproduce``: a plan that somebody else can solve again, to the digit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netback.cli.common import counted, finite, positive
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.results.solution import Solution

_VERSIONS = ("netback", "python", "numpy", "highspy")


def archive(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Folder of a case, or the name of a shipped one.")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE.netback", help="Archive to write.")],
    scenario: Annotated[str, typer.Option(help="Plan the case as this scenario changes it.")] = "",
    pooling: Annotated[str, typer.Option(help="Form of the plan, as in netback plan.")] = "segregated",
    time_limit: Annotated[
        float | None, typer.Option(min=0.0, callback=positive, help="Seconds for the solve.")
    ] = None,
    gap: Annotated[
        float | None, typer.Option(min=0.0, callback=finite, help="Relative gap at which a plan is proven.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the file if it exists.")] = False,
) -> None:
    """Plan a case and keep inputs, settings, versions and results in one file."""
    from netback.cli.plan import read_sound, solve_or_explain
    from netback.io.archive import Archive, case_files, check_target, write_archive

    check_target(file, force)
    found = read_sound(case, scenario)
    from netback.results.solution import solution_of

    settings = {"pooling": pooling, "time_limit": time_limit, "gap": gap}
    solution = solution_of(solve_or_explain(found, time_limit, gap, pooling))
    manifest = {
        "case": found.name,
        "scenario": found.scenario,
        "settings": settings,
        "versions": {name: solution.facts[name] for name in _VERSIONS},
        "certificate": solution.certificate.to_dict(),
        "margin": solution.economics.margin,
    }
    results = _results(solution)
    write_archive(Archive(manifest, case_files(found), results), file, force)
    print(f"Wrote {file}: the case with all its files, {counted(len(results), 'result table')}.")
    print(f"Anybody can solve it again: netback reproduce {file}")


def reproduce(
    file: Annotated[Path, typer.Argument(metavar="FILE.netback", help="Archive to solve again.")],
    unpack: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the case in this new folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Solve an archived plan again and compare every number; leaves with 2 if any differs."""
    from netback.cli.plan import read_sound, solve_or_explain
    from netback.io.archive import read_archive, unpack_case
    from netback.results.solution import solution_of

    held = read_archive(file)
    manifest = held.manifest
    settings = manifest.get("settings") or {}
    with tempfile.TemporaryDirectory(prefix="netback-") as temporary:
        folder = unpack_case(held, unpack or Path(temporary) / str(manifest.get("case") or "case"))
        found = read_sound(str(folder), str(manifest.get("scenario") or ""))
        solved = solve_or_explain(
            found, settings.get("time_limit"), settings.get("gap"), settings.get("pooling") or "segregated"
        )
        solution = solution_of(solved)
    versions = {name: solution.facts[name] for name in _VERSIONS}
    stated = manifest.get("versions") or {}
    changed = {name: (old, versions.get(name)) for name, old in stated.items() if versions.get(name) != old}
    differing = differences(held.results, _results(solution))
    if as_json:
        print(json.dumps({"same": not differing, "differences": differing, "versions": changed}, indent=1))
    else:
        for name, (old, new) in changed.items():
            print(f"{name} was {old} and is {new}.")
    if differing and not as_json:
        hint = "Other versions may pick another plan of the same worth." if changed else ""
        raise DataError([Finding(place, what, hint) for place, what in differing], f"archive {file.name}")
    if differing:
        raise typer.Exit(2)
    if not as_json:
        print(f"Reproduced to the digit: margin {solution.economics.margin:,.2f} {solution.currency}, "
              f"{counted(len(held.results), 'result table')}.")  # fmt: skip


def differences(archived: Mapping[str, str], again: dict[str, str]) -> list[tuple[str, str]]:
    """Place and kind of every difference between two sets of result tables, at most 50."""
    found: list[tuple[str, str]] = []
    for name in dict.fromkeys((*archived, *again)):
        one, other = archived.get(name), again.get(name)
        if one is None or other is None:
            found.append((name, "only in the archive." if other is None else "not in the archive."))
            continue
        rows, others = one.splitlines(), other.splitlines()
        if len(rows) != len(others):
            found.append((name, f"{len(rows)} lines in the archive, {len(others)} now."))
        for number, (old, new) in enumerate(zip(rows, others, strict=False), start=1):
            if old != new:
                found.append((f"{name}, row {number}", f"was {old}, is {new}."))
    return found[:50]


def _results(solution: Solution) -> dict[str, str]:
    return {f"{name}.csv": table.to_csv() for name, table in solution.tables.items() if len(table)}
