"""``netback rank``: what each crude of the library would be worth to a plant, the dearest first."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netback.cli.common import EXIT_FINDINGS, EXIT_INTERRUPTED, counted, printable
from netback.cli.options import AsJson, CaseOrWorkbook, Force, Jobs, Seed
from netback.errors import DataError, Finding, closest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netback.case.case import Case
    from netback.studies.rank import Ranked

_DEFAULT_DAYS = 14.0
_CENT = 0.005


def rank(
    case: CaseOrWorkbook,
    crudes: Annotated[
        str, typer.Option(help="Names of assays, separated by commas; all unless told.")
    ] = "all",
    scenario: Annotated[str, typer.Option(help="Rank in the case as this scenario changes it.")] = "",
    like: Annotated[
        str, typer.Option(help="Crude on offer whose units, costs and hand-stated qualities each one takes.")
    ] = "",
    volume: Annotated[
        str, typer.Option(help="Volume of each, for example 70kt; half a month's feed unless told.")
    ] = "",
    samples: Annotated[
        int, typer.Option(min=0, help="Samples of the uncertain inputs, to tell crudes apart.")
    ] = 0,
    seed: Seed = 0,
    jobs: Jobs = None,
    out: Annotated[Path | None, typer.Option(help="Write the ranking as CSV into this folder.")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Rank crudes by what a cargo of each is worth at the gate of this plant."""
    from netback.cli.plan import check_targets, read_sound

    check_targets(out, force)
    found = read_sound(case, scenario)
    from netback.cli.value import watch
    from netback.studies.rank import STOPPED, library_crudes
    from netback.studies.rank import rank as rank_crudes

    names = list(library_crudes()) if crudes == "all" else _named(crudes, found)
    _require_cuts(found, names)
    stream = like or _first_crude(found)
    amount = _amount(volume, found, stream)
    ranked = rank_crudes(found, names, stream, amount, samples, seed, jobs, watch("crudes"))
    if as_json:
        print(
            json.dumps(_plain(found, ranked, stream, amount), indent=1, ensure_ascii=False, allow_nan=False)
        )
    else:
        _show(found, ranked, stream, amount, samples)
    if out is not None:
        from netback.results.export import write_folder

        write_folder(out, {"ranking.csv": _table(found, ranked).to_csv()})
        print(printable(f"Written to {out}: ranking.csv"), file=sys.stderr if as_json else sys.stdout)
    if any(one.fault == STOPPED for one in ranked):
        raise typer.Exit(EXIT_INTERRUPTED)
    if all(one.fault for one in ranked):
        print("None of the crudes could be valued.", file=sys.stderr)
        raise typer.Exit(EXIT_FINDINGS)


def _named(text: str, case: Case) -> list[str]:
    from netback.studies.rank import library_crudes

    known = [*library_crudes(), *(row["crude"] for row in case.table("crudes").records)]
    names = [part.strip() for part in text.split(",") if part.strip()]
    findings = [
        Finding(
            "--crudes", f'there is no crude "{name}".', closest(name, known) or "See: netback assay list."
        )
        for name in names
        if name not in known
    ]
    if findings or not names:
        raise DataError(findings or [Finding("--crudes", "no crude is named.", "Name some, or all.")])
    return names


def _require_cuts(case: Case, names: Sequence[str]) -> None:
    """Refuse crudes of the library where nothing cuts an assay: the yields of a crude stand in tables then."""
    own = {row["crude"] for row in case.table("crudes").records}
    if case.table("cuts").records or set(names) <= own:
        return
    what = "the case states the yields of its crudes and cuts no assays, so it has none for a crude of the library."
    raise DataError(Finding("cuts.csv", what, "State at what temperatures a unit cuts."), case.subject)


def _first_crude(case: Case) -> str:
    kinds = {row["stream"]: row["kind"] for row in case.table("streams").records}
    for row in case.table("offers").records:
        if kinds.get(row["stream"]) == "crude":
            return str(row["stream"])
    raise DataError(
        Finding("offers.csv", "no crude is offered.", "Offer one whose way the others take."), case.subject
    )


def _amount(text: str, case: Case, stream: str) -> float:
    """Volume in the uom of the stream: as stated, or half a month of what the plan without it would run."""
    from netback.studies.volume_worth import room

    found = room(case, stream)
    if text:
        from netback.cli.value import amounts

        return amounts(text, found.uom, found.per, found.per_volume)[-1]
    if math.isinf(found.most):
        what = f"the plant takes any volume of {stream}, so half a month of it is no volume."
        raise DataError(Finding("--volume", what, "Name one, for example 70kt."), case.subject)
    return found.most * min(1.0, _DEFAULT_DAYS / float(case.horizon.days.sum()))


def _show(case: Case, ranked: Sequence[Ranked], like: str, volume: float, samples: int) -> None:
    from netback.cli.show import figure, say, show_table
    from netback.studies.rank import stand_ins

    good = [one for one in ranked if not one.fault]
    uom = (
        next((row["uom"] for row in case.table("streams").records if row["stream"] == like), None)
        or case.flow_uom
    )
    say(f"What {volume:,.0f} {uom} of each crude would be worth at the gate of {case.title or case.name}")
    rows: list[tuple[Any, ...]] = []
    # Where something is whole a first barrel has no worth of its own.
    slopes = not all(math.isnan(one.first) for one in good)
    for one in good:
        row = [
            one.place,
            one.crude + (" ?" if one.doubt else "") + (f" ({one.kind})" if one.kind else ""),
            _maybe(one.api, 1),
            _maybe(one.sulfur_wt_pct, 2),
            *([_maybe(one.first, 2)] if slopes else []),
            figure(one.average, 2),
        ]
        if samples:
            row.append(f"{figure(one.low, 2)} to {figure(one.high, 2)}")
        rows.append(tuple(row))
    heads = ["place>", "crude", "API>", "S wt%>", *(["first barrel>"] if slopes else []), "all of it>"]
    if samples:
        heads.append("5 to 95 %>")
    show_table(f"Worth at the gate [{case.currency}/bbl]", heads, rows)
    faulty = {one.crude for one in ranked if one.fault}
    for one in good:
        if one.doubt:
            say(f"? {one.crude}: its assay is doubtful: {one.doubt}{_instead(one, faulty)}.")
    within = max((one.within for one in good), default=0.0)
    if within >= _CENT:
        say(
            f"All of it: known within {within:.2f} {case.currency}/bbl or better, by the gaps of plans with whole "
            "ships or lots; crudes that this does not tell apart share a place."
        )
    if case.table("cargoes").records:
        say(
            "Each comes at the gate by the barrel, all other ships as the plan likes them; of a crude that the case "
            "brings in ships none come but those that must load."
        )
    if samples:
        say(f"Crudes that {samples} samples do not tell apart share a place.")
    taken = [f"{row['property']} of {row['stream']}" for row in stand_ins(case, like)]
    if taken:
        say(
            f"Stated by hand for {like} and taken for every crude that the case does not know: {', '.join(taken)}."
        )
    bad = [one for one in ranked if one.fault]
    if bad:
        print()
        reasons: dict[str, list[str]] = {}
        for one in bad:
            reasons.setdefault(one.fault.replace(f"@{one.crude}", ""), []).append(one.crude)
        title = f"Not valued: {counted(len(bad), 'crude')}"
        show_table(title, ("reason", "crudes"), [(why, ", ".join(names)) for why, names in reasons.items()])


def _instead(one: Ranked, faulty: set[str]) -> str:
    if one.prefer in faulty:
        return f"; the library has {one.prefer} instead, which could not be valued"
    return f"; prefer {one.prefer}" if one.prefer else ""


def _maybe(value: float, places: int) -> str:
    return "" if math.isnan(value) else f"{value:.{places}f}"


def _table(case: Case, ranked: Sequence[Ranked]) -> Any:
    from netback.results.table import ResultTable

    money = f"{case.currency}/bbl"
    columns = [
        ("place", "", "shared by those that are not surely apart"),
        ("crude", "", ""),
        ("title", "", ""),
        ("api_gravity", "API", ""),
        ("sulfur", "wt%", ""),
        ("worth_of_first", money, "at the gate"),
        ("average_worth", money, "at the gate, of the whole volume against none"),
        ("within", money, "how far the gaps of its plans leave the average open, either way"),
        ("p5", money, "5th percentile of the average over the samples"),
        ("p95", money, ""),
        ("fault", "", "why it has no worth"),
        ("doubt", "", "what is wrong with its assay"),
        ("prefer", "", "the assay to take instead"),
        ("kind", "", "blank for a crude"),
    ]
    rows = [
        (
            *(one.place or None, one.crude, one.title),
            *(
                _known(value)
                for value in (
                    one.api,
                    one.sulfur_wt_pct,
                    one.first,
                    one.average,
                    math.nan if one.fault else one.within,
                    one.low,
                    one.high,
                )
            ),
            one.fault,
            one.doubt,
            one.prefer,
            one.kind,
        )
        for one in ranked
    ]
    return ResultTable.of("ranking", "Crudes by what they are worth", columns, rows)


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _plain(case: Case, ranked: Sequence[Ranked], like: str, volume: float) -> dict[str, Any]:
    shown: dict[str, Any] = {"format": "netback-ranking/1", "case": case.name, "scenario": case.scenario}
    return shown | {"like": like, "volume": volume, "ranking": _table(case, ranked).to_dict()}
